#include "controller/placement/spread.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <tuple>

#include "base/check.h"

namespace millrace::controller {
namespace {

std::string rack_of(const Candidate& candidate) {
  if (!candidate.rack.empty()) return candidate.rack;
  return " node " + std::to_string(candidate.id.value());  // no rack is called so: it is trimmed
}

/// One of each rack in turn, racks by name, brokers by id.
std::vector<Candidate> in_turn(std::vector<Candidate> candidates) {
  std::map<std::string, std::map<NodeId, Candidate>> racks;
  for (auto& each : candidates) {
    const auto rack = rack_of(each);
    each.rack = rack;
    racks[rack].emplace(each.id, std::move(each));
  }
  std::vector<Candidate> result;
  while (!racks.empty()) {
    for (auto rack = racks.begin(); rack != racks.end();) {
      result.push_back(std::move(rack->second.begin()->second));
      rack->second.erase(rack->second.begin());
      rack = rack->second.empty() ? racks.erase(rack) : std::next(rack);
    }
  }
  return result;
}

constexpr auto kMost = std::numeric_limits<std::size_t>::max();

class Spread {
 public:
  Spread(std::vector<Candidate> candidates, std::size_t start)
      : candidates_(in_turn(std::move(candidates))), start_(start % candidates_.size()) {}

  std::vector<NodeId> next(std::size_t replication_factor) {
    std::vector<NodeId> replicas;
    chosen_.assign(candidates_.size(), false);
    racks_.clear();
    while (replicas.size() < replication_factor) {
      const auto index = best(replicas.empty());
      auto& candidate = candidates_[index];
      chosen_[index] = true;
      racks_.insert(candidate.rack);
      ++candidate.replicas;
      if (replicas.empty()) ++candidate.leaders;
      replicas.push_back(candidate.id);
    }
    start_ = (start_ + 1) % candidates_.size();
    return replicas;
  }

 private:
  [[nodiscard]] std::size_t best(bool leader) const {
    const auto rank = [&](std::size_t index) {
      const auto& candidate = candidates_[index];
      const auto turn = (index + candidates_.size() - start_) % candidates_.size();
      // A follower rather goes to who has led: it leads less from now on.
      const auto led = candidate.leaders;
      return leader
                 ? std::tuple(std::size_t{0}, led, candidate.replicas, turn)
                 : std::tuple(racks_.count(candidate.rack), candidate.replicas, kMost - led, turn);
    };
    std::size_t best = candidates_.size();
    for (std::size_t i = 0; i < candidates_.size(); ++i) {
      if (!chosen_[i] && (best == candidates_.size() || rank(i) < rank(best))) best = i;
    }
    CHECK(best < candidates_.size());
    return best;
  }

  std::vector<Candidate> candidates_;
  std::size_t start_;
  std::vector<bool> chosen_;          // of this partition
  std::multiset<std::string> racks_;  // of this partition
};

}  // namespace

std::vector<std::vector<NodeId>> spread(std::vector<Candidate> candidates, std::size_t start,
                                        std::size_t count, std::size_t replication_factor) {
  CHECK(replication_factor >= 1 && replication_factor <= candidates.size());
  Spread spread(std::move(candidates), start);
  std::vector<std::vector<NodeId>> placed;
  placed.reserve(count);
  for (std::size_t i = 0; i < count; ++i) placed.push_back(spread.next(replication_factor));
  return placed;
}

}  // namespace millrace::controller
