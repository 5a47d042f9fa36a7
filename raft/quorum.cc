#include "raft/quorum.h"

#include <algorithm>
#include <functional>

#include "base/check.h"

namespace millrace::raft {
namespace {

/// What the majority-th largest of `values` is: so many have it or more.
template <class T>
T majority_of(std::vector<T> values) {
  CHECK(!values.empty());
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end(), std::greater<>());
  return *middle;
}

}  // namespace

Offset majority_end(std::vector<Offset> ends) {
  return majority_of(std::move(ends));
}

MonotonicTime majority_heard(std::vector<MonotonicTime> heard) {
  return majority_of(std::move(heard));
}

Ballot::Outcome Ballot::outcome(const VoterSet& voters) const {
  std::size_t granted = 0;
  std::size_t refused = 0;
  for (const Replica& voter : voters) {
    const auto answer = answers_.find(voter);
    if (answer == answers_.end()) continue;
    ++(answer->second ? granted : refused);
  }
  if (granted >= voters.majority()) return Outcome::kWon;
  // So many refused that the rest is no majority.
  if (voters.size() - refused < voters.majority()) return Outcome::kLost;
  return Outcome::kOpen;
}

std::string Ballot::describe() const {
  std::string text;
  for (const auto& [replica, granted] : answers_) {
    text += (text.empty() ? "" : " ") + raft::describe(replica) + (granted ? "+" : "-");
  }
  return text;
}

}  // namespace millrace::raft
