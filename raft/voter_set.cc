#include "raft/voter_set.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"

namespace millrace::raft {

VoterSet::VoterSet(std::vector<Replica> voters) : voters_(std::move(voters)) {
  std::sort(voters_.begin(), voters_.end());
  const auto twice = std::adjacent_find(voters_.begin(), voters_.end(),
                                        [](const auto& a, const auto& b) { return a.id == b.id; });
  CHECK(twice == voters_.end());
}

bool VoterSet::contains(const Replica& replica) const {
  return std::binary_search(voters_.begin(), voters_.end(), replica);
}

bool VoterSet::contains(NodeId id) const {
  return std::any_of(begin(), end(), [id](const Replica& voter) { return voter.id == id; });
}

VoterSet VoterSet::with(const Replica& replica) const {
  auto voters = voters_;
  voters.push_back(replica);
  return VoterSet(std::move(voters));
}

VoterSet VoterSet::without(const Replica& replica) const {
  CHECK(contains(replica));
  auto voters = voters_;
  std::erase(voters, replica);
  return VoterSet(std::move(voters));
}

bool overlap(const VoterSet& a, const VoterSet& b) {
  const auto missing_in = [](const VoterSet& in, const VoterSet& of) {
    return std::count_if(of.begin(), of.end(),
                         [&](const Replica& voter) { return !in.contains(voter); });
  };
  return missing_in(a, b) + missing_in(b, a) <= 1;
}

std::string describe(const Replica& replica) {
  // The first characters tell directories of one node apart well enough for a person.
  return replica.directory.is_zero()
             ? fmt::format("{}", replica.id.value())
             : fmt::format("{}@{}", replica.id.value(), replica.directory.to_string().substr(0, 6));
}

std::string describe(const VoterSet& voters) {
  std::string text = "{";
  for (const Replica& voter : voters) {
    if (text.size() > 1) text += ' ';
    text += describe(voter);
  }
  return text + "}";
}

}  // namespace millrace::raft
