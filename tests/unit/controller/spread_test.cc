#include "controller/placement/spread.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/random.h"
#include "tests/support/catch.h"

namespace millrace::controller {
namespace {

/// `sizes`: brokers of each rack.
std::vector<Candidate> racks(const std::vector<int>& sizes) {
  std::vector<Candidate> candidates;
  for (std::size_t rack = 0; rack < sizes.size(); ++rack) {
    for (int i = 0; i < sizes[rack]; ++i) {
      const NodeId id(static_cast<std::int32_t>(candidates.size()) + 1);
      candidates.push_back({id, std::to_string(rack), 0, 0});
    }
  }
  return candidates;
}

struct Counts {
  std::map<NodeId, std::size_t> leaders;
  std::map<NodeId, std::size_t> replicas;
  std::size_t racks_min = 1000;

  Counts(const std::vector<Candidate>& candidates, const std::vector<std::vector<NodeId>>& placed) {
    std::map<NodeId, std::string> rack;
    for (const auto& each : candidates) {
      rack[each.id] = each.rack.empty() ? std::to_string(each.id.value()) : each.rack;
      leaders[each.id] = each.leaders;
      replicas[each.id] = each.replicas;
    }
    for (const auto& partition : placed) {
      std::set<std::string> spanned;
      std::set<NodeId> different;
      ++leaders[partition.front()];
      for (const auto id : partition) {
        ++replicas[id];
        spanned.insert(rack.at(id));
        different.insert(id);
      }
      REQUIRE(different.size() == partition.size());
      racks_min = std::min(racks_min, spanned.size());
    }
  }

  static std::size_t gap(const std::map<NodeId, std::size_t>& counts) {
    const auto [least, most] =
        std::minmax_element(counts.begin(), counts.end(),
                            [](const auto& a, const auto& b) { return a.second < b.second; });
    return most->second - least->second;
  }
};

}  // namespace

TEST_CASE("with racks of one size leaders and replicas differ by one at most") {
  for (const auto& sizes : std::vector<std::vector<int>>{
           {1}, {3}, {1, 1, 1}, {2, 2, 2}, {3, 3, 3}, {2, 2}, {1, 1, 1, 1, 1}, {4, 4, 4}}) {
    const auto candidates = racks(sizes);
    for (std::size_t factor = 1; factor <= std::min<std::size_t>(candidates.size(), 5); ++factor) {
      for (std::size_t count = 1; count < 40; ++count) {
        for (std::size_t start = 0; start < candidates.size(); ++start) {
          INFO(sizes.size() << " racks of " << sizes[0] << " factor " << factor << " count "
                            << count << " start " << start);
          const Counts counts(candidates, spread(candidates, start, count, factor));
          REQUIRE(Counts::gap(counts.leaders) <= 1);
          // A rest that does not fill the racks may leave one more.
          const auto rest = factor > sizes.size() ? factor % sizes.size() : 0;
          REQUIRE(Counts::gap(counts.replicas) <= (rest == 0 ? 1 : 2));
          REQUIRE(counts.racks_min == std::min(factor, sizes.size()));
        }
      }
    }
  }
}

TEST_CASE("with uneven racks all are spanned and leaders stay balanced") {
  for (const auto& sizes : std::vector<std::vector<int>>{{1, 2, 3}, {1, 1, 4}, {3, 2, 2}, {5, 1}}) {
    const auto candidates = racks(sizes);
    for (std::size_t factor = 1; factor <= 3; ++factor) {
      for (std::size_t count = 1; count < 60; ++count) {
        const Counts counts(candidates, spread(candidates, 1, count, factor));
        REQUIRE(counts.racks_min == std::min(factor, sizes.size()));
        REQUIRE(Counts::gap(counts.leaders) <= 1);
        // Inside a rack nothing forces a difference.
        for (std::size_t rack = 0, first = 1; rack < sizes.size(); ++rack) {
          std::map<NodeId, std::size_t> inside;
          for (int i = 0; i < sizes[rack]; ++i, ++first) {
            const NodeId id(static_cast<std::int32_t>(first));
            inside[id] = counts.replicas.at(id);
          }
          REQUIRE(Counts::gap(inside) <= 2);
        }
      }
    }
  }
}

TEST_CASE("unknown racks are racks of their own") {
  auto candidates = racks({1, 1, 1, 1});
  for (auto& each : candidates) each.rack.clear();
  candidates[0].rack = "known";
  const Counts counts(candidates, spread(candidates, 0, 20, 3));
  REQUIRE(counts.racks_min == 3);
  REQUIRE(Counts::gap(counts.replicas) <= 1);
}

TEST_CASE("partitions that are added go where the topic has fewest") {
  const auto candidates = racks({2, 2, 2});
  for (std::size_t before = 1; before < 20; ++before) {
    auto grown = candidates;
    const Counts first(candidates, spread(candidates, 0, before, 3));
    for (auto& each : grown) {
      each.leaders = first.leaders.at(each.id);
      each.replicas = first.replicas.at(each.id);
    }
    const Counts counts(grown, spread(grown, before, 7, 3));
    REQUIRE(Counts::gap(counts.leaders) <= 1);
    REQUIRE(Counts::gap(counts.replicas) <= 1);
  }
}

TEST_CASE("added brokers get new partitions until all have as many, and nothing moves") {
  for (const auto added : {std::size_t{3}, std::size_t{6}}) {
    auto candidates = racks({1, 1, 1});
    const Counts first(candidates, spread(candidates, 0, 12, 3));
    for (auto& each : candidates) {
      each.leaders = first.leaders.at(each.id);
      each.replicas = first.replicas.at(each.id);
    }
    const auto brokers = candidates.size() + added;
    for (std::size_t i = candidates.size(); i < brokers; ++i) {
      const NodeId id(static_cast<std::int32_t>(i) + 1);
      candidates.push_back({id, std::to_string(i % 3), 0, 0});
    }
    // As many leaderships and replicas as the added lack: all of them are theirs.
    const auto lacking = 4 * added;
    const auto placed = spread(candidates, 12, lacking, 3);
    const Counts counts(candidates, placed);
    REQUIRE(counts.racks_min == 3);
    REQUIRE(Counts::gap(counts.leaders) == 0);
    for (const auto& replicas : placed) REQUIRE(replicas.front() > NodeId(3));
    for (const auto id : {NodeId(1), NodeId(2), NodeId(3)}) {
      REQUIRE(counts.leaders.at(id) == first.leaders.at(id));
    }
    // Replicas are level once there are enough of them: 12 + 12 each.
    const Counts level(candidates, spread(candidates, 12, 12 * added / 3, 3));
    REQUIRE(Counts::gap(level.replicas) <= 1);
  }
}

TEST_CASE("topics of one partition go in turn") {
  const auto candidates = racks({2, 2, 2});
  std::map<NodeId, std::size_t> leaders;
  for (std::size_t topic = 0; topic < 60; ++topic) {
    ++leaders[spread(candidates, topic, 1, 3).front().front()];
  }
  REQUIRE(leaders.size() == 6);
  REQUIRE(Counts::gap(leaders) == 0);
}

TEST_CASE("the order of the candidates does not matter") {
  Random random(1);
  const auto candidates = racks({2, 1, 3});
  const auto placed = spread(candidates, 2, 30, 3);
  for (int i = 0; i < 20; ++i) {
    auto shuffled = candidates;
    for (std::size_t at = shuffled.size(); at > 1; --at) {
      std::swap(shuffled[at - 1], shuffled[static_cast<std::size_t>(random.below(at))]);
    }
    REQUIRE(spread(shuffled, 2, 30, 3) == placed);
  }
}

}  // namespace millrace::controller
