#include "raft/entry_window.h"

#include <algorithm>

#include "base/check.h"

namespace millrace::raft {

void EntryWindow::append(Entry entry) {
  CHECK_MSG(entry.offset == end(), describe(entry));
  bytes_ += bytes_of(entry);
  entries_.push_back(std::move(entry));
}

void EntryWindow::truncate(Offset end) {
  while (!entries_.empty() && entries_.back().offset >= end) {
    bytes_ -= bytes_of(entries_.back());
    entries_.pop_back();
  }
  if (entries_.empty()) first_ = std::min(first_, end);
}

void EntryWindow::trim(Offset limit, std::size_t bytes_max) {
  while (!entries_.empty() && bytes_ > bytes_max && entries_.front().offset < limit) {
    bytes_ -= bytes_of(entries_.front());
    entries_.pop_front();
    ++first_;
  }
}

std::vector<Entry> EntryWindow::read(Offset from, std::size_t bytes_max) const {
  CHECK(first_ <= from && from <= end());
  std::vector<Entry> found;
  std::size_t bytes = 0;
  for (auto i = static_cast<std::size_t>(from - first_); i < entries_.size(); ++i) {
    bytes += bytes_of(entries_[i]);
    if (!found.empty() && bytes > bytes_max) break;
    found.push_back(entries_[i]);
  }
  return found;
}

}  // namespace millrace::raft
