// What the golden files cannot show: other clusters than theirs, and what is sent.
#include <algorithm>

#include "cli/command_table.h"
#include "tests/support/catch.h"
#include "tests/unit/cli/support/fake_node.h"
#include "tests/unit/cli/support/run_cli.h"

namespace millrace::cli::test {
namespace {

using kafka::ApiKey;

/// So many nodes and voters that are all well; node 1 leads.
FakeCluster well(int nodes) {
  FakeCluster cluster;
  cluster.quorum.leader_id = NodeId(1);
  cluster.quorum.leader_epoch = LeaderEpoch(3);
  for (int i = 1; i <= nodes; ++i) {
    auto& broker = cluster.brokers.emplace_back();
    broker.node_id = NodeId(i);
    broker.host = "127.0.0.1";
    add_voter(cluster, i, i, 50, i == 1 ? 0 : 10);
  }
  add_topic(cluster, "orders", 2, {1, 2, 3});
  return cluster;
}

struct Ran {
  CliResult result;
  std::vector<std::string> requests;
};

Ran run_against(FakeCluster cluster, const std::string& line) {
  const FakeNode node(std::move(cluster));
  auto result = run_cli(split_line("-b " + node.address() + " " + line));
  return {std::move(result), node.requests()};
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

bool any_starts_with(const std::vector<std::string>& all, const std::string& start) {
  return std::any_of(all.begin(), all.end(),
                     [&](const auto& each) { return each.starts_with(start); });
}

}  // namespace

TEST_CASE("a voter leaves when those that stay can lose one more") {
  struct Case {
    int voters;
    int silent;  // voters that stay and are down
    bool leaves;
  };
  for (const auto& [voters, silent, leaves] : std::vector<Case>{{2, 0, false},
                                                                {3, 0, false},
                                                                {4, 0, true},
                                                                {4, 1, false},
                                                                {5, 0, true},
                                                                {5, 1, false},
                                                                {6, 1, true}}) {
    CAPTURE(voters, silent);
    auto cluster = well(voters);
    for (int i = 0; i < silent; ++i) {
      auto& down = cluster.quorum.current_voters[static_cast<std::size_t>(i) + 1];
      down.last_fetch_timestamp = down.last_fetch_timestamp - 60'000;
    }
    const auto ran = run_against(cluster, "quorum remove-voter --node " + std::to_string(voters));
    REQUIRE(ran.result.exit_code == (leaves ? 0 : 1));
    REQUIRE(any_starts_with(ran.requests, "RemoveRaftVoter") == leaves);
    REQUIRE(contains(ran.result.err, "--force") == !leaves);
  }
}

TEST_CASE("a voter that is removed with force, and one that is none, are the cluster's business") {
  REQUIRE(run_against(well(3), "quorum remove-voter --node 3 --force").result.exit_code == 0);
  auto cluster = well(3);
  add_observer(cluster, 4, 4, 50, 10);
  const auto ran = run_against(cluster, "quorum remove-voter --node 4");
  REQUIRE(ran.result.exit_code == 1);
  REQUIRE(any_starts_with(ran.requests, "RemoveRaftVoter"));
}

TEST_CASE("a new voter's directory and addresses go to the cluster") {
  auto cluster = well(3);
  add_observer(cluster, 4, 4, 50, 10);
  const auto ran = run_against(
      cluster, "quorum add-voter --node 4 --endpoint CONTROLLER://[::1]:9093 --endpoint B://b:1");
  REQUIRE(ran.result.exit_code == 0);
  const auto sent = std::find_if(ran.requests.begin(), ran.requests.end(), [](const auto& each) {
    return each.starts_with("AddRaftVoter v1");
  });
  REQUIRE(sent != ran.requests.end());
  REQUIRE(contains(*sent, "voter_directory_id=AAAAAAAAAAAAAAAAAAAABA"));
  REQUIRE(contains(*sent, R"(name="CONTROLLER", host="::1", port=9093)"));
  REQUIRE(contains(*sent, R"(name="B", host="b", port=1)"));
}

TEST_CASE("addresses of a new voter that are none") {
  for (const std::string text : {"x", "://h:1", "C://h", "C://:1", "C://h:", "C://h:0", "C://h:x",
                                 "C://h:65536", "C://[]:1", "h:1"}) {
    CAPTURE(text);
    const auto ran = run_against(well(3), "quorum add-voter --node 4 --endpoint " + text);
    REQUIRE(ran.result.exit_code == 2);
    REQUIRE(contains(ran.result.err, "NAME://HOST:PORT"));
    REQUIRE(ran.requests.empty());
  }
}

TEST_CASE("clusters before Kafka 3.9 do not tell directories") {
  auto cluster = well(3);
  cluster.max_version[ApiKey::kDescribeQuorum] = 1;
  const auto described = run_against(cluster, "quorum describe -o tsv");
  REQUIRE(described.result.exit_code == 0);
  REQUIRE(described.result.out.starts_with("1\tleader\t50\t0\t-\t"));
  const auto ran = run_against(cluster, "quorum remove-voter --node 3 --force");
  REQUIRE(ran.result.exit_code == 1);
  REQUIRE(contains(ran.result.err, "--directory-id"));
}

TEST_CASE("a leader that is losing its vote still leads") {
  auto cluster = well(3);
  auto& voters = cluster.quorum.current_voters;
  cluster.quorum.observers.push_back(voters.front());
  voters.erase(voters.begin());
  const auto ran = run_against(cluster, "quorum describe -o tsv");
  REQUIRE(ran.result.out.starts_with("2\tvoter\t50\t0\t10\t10\t"));
  REQUIRE(contains(ran.result.out, "\n1\tleader\t50\t0\t-\t0\t"));
}

TEST_CASE("without a leader the quorum cannot be described, and that is said") {
  auto cluster = well(3);
  cluster.quorum.leader_id = kNoNode;
  for (const std::string line : {"quorum describe", "quorum add-voter --node 1"}) {
    const auto ran = run_against(cluster, line);
    REQUIRE(ran.result.exit_code == 1);
    REQUIRE(contains(ran.result.err, "the metadata quorum has no leader"));
  }
  const auto listed = run_against(cluster, "node list -o tsv");
  REQUIRE(listed.result.exit_code == 0);
  REQUIRE(contains(listed.result.err, "roles are not known"));
  const auto health = run_against(cluster, "cluster health -o name");
  REQUIRE(health.result.exit_code == 1);
  REQUIRE(health.result.out == "quorum\n");
}

TEST_CASE("an answer that does not describe the quorum") {
  auto cluster = well(3);
  cluster.silent.insert(ApiKey::kDescribeQuorum);
  REQUIRE(run_against(cluster, "--timeout 100ms quorum describe").result.exit_code == 4);
  cluster.silent.clear();
  cluster.max_version[ApiKey::kDescribeQuorum] = -1;
  const auto ran = run_against(cluster, "quorum describe");
  REQUIRE(ran.result.exit_code == 1);
  REQUIRE(contains(ran.result.err, "has no DescribeQuorum request"));
}

TEST_CASE("Apache Kafka cannot hand the lead over") {
  auto cluster = well(3);
  cluster.max_version[ApiKey::kTransferQuorumLeadership] = -1;
  const auto ran = run_against(cluster, "quorum transfer --to 2");
  REQUIRE(ran.result.exit_code == 1);
  REQUIRE(contains(ran.result.err, "Apache Kafka has none"));
}

TEST_CASE("a voter that was asked to lead and does not") {
  auto cluster = well(3);
  cluster.keeps_leader = true;
  const auto ran = run_against(cluster, "--timeout 150ms quorum transfer --to 2");
  REQUIRE(ran.result.exit_code == 4);
  REQUIRE(contains(ran.result.err, "node 2 was asked to lead, but node 1 leads"));
}

TEST_CASE("controllers that are no brokers are nodes, too") {
  auto cluster = well(3);
  add_voter(cluster, 100, 100, 50, 10);
  const auto ran = run_against(cluster, "node list -o tsv");
  REQUIRE(ran.result.exit_code == 0);
  INFO(ran.result.out);
  REQUIRE(contains(ran.result.out, "\n100\t-\t-\t-\t-\tvoter\t0\t0\t0\t10\t"));
}

TEST_CASE("a healthy cluster, and one of Kafka before 4.0") {
  const auto ran = run_against(well(3), "cluster health");
  REQUIRE(ran.result.exit_code == 0);
  REQUIRE(ran.result.out.empty());
  REQUIRE(contains(ran.result.err, "the cluster is healthy"));
  auto old = well(3);
  old.max_version[ApiKey::kDescribeCluster] = 1;
  old.max_version[ApiKey::kDescribeQuorum] = 0;
  const auto unknown = run_against(old, "cluster health -o json");
  REQUIRE(unknown.result.exit_code == 0);
  REQUIRE(contains(unknown.result.out, "\"healthy\": true"));
  REQUIRE(contains(unknown.result.err, "does not tell which brokers are fenced"));
  REQUIRE(contains(unknown.result.err, "does not tell when voters were heard of"));
}

TEST_CASE("waiting for health ends with it, and with the time") {
  const auto ran = run_against(well(3), "cluster health --wait 1h");
  REQUIRE(ran.result.exit_code == 0);
  auto sick = well(3);
  sick.fenced = {NodeId(3)};
  const auto late = run_against(sick, "cluster health --wait 400ms -o name");
  REQUIRE(late.result.exit_code == 1);
  REQUIRE(late.result.out == "node 3\n");
  const auto nobody = run_cli(
      split_line("-b 127.0.0.1:" + std::to_string(closed_port()) + " cluster health --wait 1ms"));
  REQUIRE(nobody.exit_code == 3);
}

TEST_CASE("waiting for health looks again, and tells a person why it waits") {
  auto cluster = well(3);
  cluster.recovers_after = 1;
  cluster.fenced = {NodeId(3)};
  const FakeNode node(std::move(cluster));
  const auto result = run_cli(split_line("-b " + node.address() + " cluster health --wait 1h"),
                              {.interactive = true});
  REQUIRE(result.exit_code == 0);
  REQUIRE(contains(result.err, "waiting: 1 reason, first: node 3 is registered and fenced"));
}

}  // namespace millrace::cli::test
