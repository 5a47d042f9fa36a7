#include "cli/commands/health_reasons.h"

#include "tests/support/catch.h"

namespace millrace::cli {
namespace {

QuorumReplica voter(int node, std::optional<std::int64_t> fetch_ms_ago) {
  QuorumReplica replica;
  replica.node = NodeId(node);
  replica.role = "voter";
  replica.last_fetch_ms_ago = fetch_ms_ago;
  return replica;
}

/// A topic with one partition for each pair of leader and replicas in sync, out of three.
MetadataTopic topic(const std::string& name, const std::vector<std::pair<int, int>>& partitions) {
  MetadataTopic topic;
  topic.name = name;
  for (const auto& [leader, in_sync] : partitions) {
    auto& partition = topic.partitions.emplace_back();
    partition.partition_index = PartitionIndex(static_cast<int>(topic.partitions.size()) - 1);
    partition.leader_id = NodeId(leader);
    for (int replica = 1; replica <= 3; ++replica) partition.replica_nodes.emplace_back(replica);
    for (int replica = 1; replica <= in_sync; ++replica) partition.isr_nodes.emplace_back(replica);
  }
  return topic;
}

std::vector<std::string> subjects(const HealthReasons& reasons, const std::string& kind) {
  std::vector<std::string> subjects;
  for (const auto& reason : reasons) {
    REQUIRE(reason.kind == kind);
    REQUIRE_FALSE(reason.message.empty());
    subjects.push_back(reason.subject);
  }
  return subjects;
}

using Subjects = std::vector<std::string>;

}  // namespace

TEST_CASE("health: a voter is missing after 10 s, or when it was never heard of") {
  QuorumView quorum;
  quorum.leader = NodeId(1);
  quorum.voters = {voter(1, std::nullopt), voter(2, kVoterSilentMs), voter(3, kVoterSilentMs + 1),
                   voter(4, std::nullopt)};
  quorum.voters[0].role = "leader";
  REQUIRE(subjects(missing_voters(quorum), "voter_missing") == Subjects{"node 3", "node 4"});
  // An observer may come and go.
  quorum.observers = {voter(5, std::nullopt)};
  REQUIRE(missing_voters(quorum).size() == 2);
  quorum.tells_times = false;
  REQUIRE(missing_voters(quorum).empty());
}

TEST_CASE("health: fenced brokers, where the cluster tells") {
  std::vector<NodeView> nodes(3);
  for (int i = 0; i < 3; ++i) nodes[static_cast<std::size_t>(i)].id = NodeId(i);
  nodes[0].fenced = false;
  nodes[1].fenced = true;
  REQUIRE(subjects(fenced_brokers(nodes), "broker_fenced") == Subjects{"node 1"});
}

TEST_CASE("health: partitions without a leader, one reason a topic") {
  const std::vector<MetadataTopic> topics{topic("a", {{1, 3}, {-1, 1}, {-1, 1}}),
                                          topic("b", {{1, 3}}), topic("c", {{-1, 1}})};
  const auto reasons = leaderless_topics(topics);
  REQUIRE(subjects(reasons, "no_leader") == Subjects{"topic a", "topic c"});
  REQUIRE(reasons[0].message.starts_with("partitions 1, 2 of a have no leader"));
  REQUIRE(reasons[1].message.starts_with("partition 0 of c has no leader"));
  std::vector<std::pair<int, int>> many(8, {-1, 1});
  REQUIRE(leaderless_topics({topic("m", many)})[0].message.starts_with(
      "partitions 0, 1, 2, 3, 4 and 3 more of m have no leader"));
}

TEST_CASE("health: a margin is a replica in sync more than min.insync.replicas") {
  struct Case {
    int min_isr;
    int in_sync;
    bool has_margin;
  };
  for (const auto& [min_isr, in_sync, has_margin] : std::vector<Case>{{1, 1, false},
                                                                      {1, 2, true},
                                                                      {2, 1, false},
                                                                      {2, 2, false},
                                                                      {2, 3, true},
                                                                      {3, 2, true},
                                                                      {3, 3, true}}) {
    CAPTURE(min_isr, in_sync);
    std::map<std::string, TopicConfigs> configs;
    configs["t"].min_insync_replicas = min_isr;
    const auto reasons = topics_without_margin({topic("t", {{1, in_sync}})}, configs);
    REQUIRE(reasons.empty() == has_margin);
    if (!has_margin) REQUIRE(subjects(reasons, "no_margin") == Subjects{"topic t"});
  }
}

TEST_CASE("health: no margin without a leader or without known settings is not told twice") {
  std::map<std::string, TopicConfigs> configs;
  REQUIRE(topics_without_margin({topic("t", {{1, 1}})}, configs).empty());
  configs["t"].min_insync_replicas = 2;
  REQUIRE(topics_without_margin({topic("t", {{-1, 1}})}, configs).empty());
  REQUIRE(topics_without_margin({topic("t", {{1, 1}})}, configs).size() == 1);
}

}  // namespace millrace::cli
