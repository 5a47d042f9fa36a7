#include "raft/term_history.h"

#include <algorithm>

#include "base/check.h"

namespace millrace::raft {

void TermHistory::append(Term term) {
  const Term before = last().term;
  CHECK_MSG(term >= before, describe(last()));
  if (runs_.empty() || term > before) runs_.push_back({term, end_});
  ++end_;
}

void TermHistory::truncate(Offset end) {
  CHECK(start_.end <= end && end <= end_);
  while (!runs_.empty() && runs_.back().first >= end) runs_.pop_back();
  end_ = end;
}

void TermHistory::compact(LogPosition start) {
  CHECK_MSG(contains(start), describe(start));
  const auto beyond = std::find_if(runs_.begin(), runs_.end(),
                                   [&](const Run& run) { return run.first > start.end; });
  // The run that the new start lies in goes on after it, if it has entries there.
  const bool inside = beyond != runs_.begin() && start.end < end_ &&
                      std::prev(beyond)->first < start.end &&
                      (beyond == runs_.end() || beyond->first > start.end);
  const Run rest = inside ? Run{std::prev(beyond)->term, start.end} : Run{};
  std::erase_if(runs_, [&](const Run& run) { return run.first < start.end; });
  if (inside) runs_.insert(runs_.begin(), rest);
  start_ = start;
}

bool TermHistory::contains(LogPosition position) const {
  return start_.end <= position.end && position.end <= end_ &&
         term_before(position.end) == position.term;
}

Term TermHistory::term_before(Offset end) const {
  CHECK(start_.end <= end && end <= end_);
  const auto beyond =
      std::find_if(runs_.begin(), runs_.end(), [end](const Run& run) { return run.first >= end; });
  return beyond == runs_.begin() ? start_.term : std::prev(beyond)->term;
}

LogPosition TermHistory::nearest(LogPosition wanted) const {
  LogPosition found{Term(0), std::clamp(wanted.end, start_.end, end_)};
  found.term = term_before(found.end);
  while (found.term > wanted.term && found.end > start_.end) {
    const auto run = std::find_if(runs_.rbegin(), runs_.rend(),
                                  [&](const Run& each) { return each.first < found.end; });
    if (run == runs_.rend()) break;
    found.end = run->first;
    found.term = term_before(found.end);
  }
  return found;
}

}  // namespace millrace::raft
