#include "raft/log.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "raft/limits.h"
#include "raft/planted.h"

namespace millrace::raft {
namespace {

TermHistory history_of(const Log::Found& found) {
  TermHistory terms(found.start);
  for (std::size_t i = 0; i < found.runs.size(); ++i) {
    const Offset end = i + 1 < found.runs.size() ? found.runs[i + 1].first : found.end;
    while (terms.end() < end) terms.append(found.runs[i].term);
  }
  CHECK(terms.end() == found.end);
  return terms;
}

}  // namespace

Log::Log(Found found)
    : saves(found.end),
      terms_(history_of(found)),
      window_(found.end),
      voters_(std::move(found.voters)),
      known_committed_(found.start.end),
      committed_end_(found.start.end) {}

void Log::append(const Entry& entry) {
  terms_.append(entry.term);
  window_.append(entry);
  if (const auto* voters = std::get_if<VoterSet>(&entry.body)) {
    voters_.append(entry.offset, *voters);
  }
}

void Log::truncate(Offset end) {
  CHECK_MSG(end >= committed_end_, describe());
  terms_.truncate(end);
  window_.truncate(end);
  voters_.truncate(end);
}

void Log::compact(LogPosition start) {
  CHECK_MSG(start.end <= committed_end_, describe());
  terms_.compact(start);
  voters_.compact(start.end);
}

void Log::replace(LogPosition start, const VoterSet& voters) {
  CHECK_MSG(start.end > committed_end_, describe());
  terms_ = TermHistory(start);
  window_ = EntryWindow(start.end);
  voters_ = VoterHistory(voters, start.end);
  saves.on_replaced(start.end);
  note_committed(start.end);
}

void Log::note_committed(Offset end) {
  known_committed_ = std::max(known_committed_, end);
  advance();
}

void Log::on_saved(std::uint64_t number) {
  saves.on_saved(number);
  advance();
}

void Log::advance() {
  const Offset end = std::min(
      known_committed_, planted(Bug::kCommittedBeforeDurable) ? terms_.end() : saves.durable_end());
  committed_end_ = std::max(committed_end_, end);
  window_.trim(committed_end_, kWindowBytesMax);
}

void Log::check_invariants() const {
  CHECK_MSG(start().end <= committed_end_, describe());
  CHECK_MSG(committed_end_ <= durable_end() || planted(Bug::kCommittedBeforeDurable), describe());
  CHECK_MSG(durable_end() <= end(), describe());
  CHECK_MSG(window_.end() == end(), describe());
}

std::string Log::describe() const {
  return fmt::format("log [{}, {}) durable {} committed {}", raft::describe(start()),
                     raft::describe(last()), durable_end().value(), committed_end_.value());
}

}  // namespace millrace::raft
