// One golden file for each command and case: what goes to standard output and error and the exit
// code. A fake node plays the cluster.
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/unit/cli/support/fake_node.h"
#include "tests/unit/cli/support/run_cli.h"

namespace millrace::cli::test {
namespace {

using kafka::ApiKey;
using kafka::KafkaError;

FakeCluster three_nodes() {
  FakeCluster cluster;
  for (int i = 1; i <= 3; ++i) {
    auto& broker = cluster.brokers.emplace_back();
    broker.node_id = NodeId(i);
    broker.host = "127.0.0.1";
    if (i < 3) broker.rack = i == 1 ? "az-a" : "az-b";
  }
  add_topic(cluster, "orders", 2, {1, 2, 3});
  add_topic(cluster, "audit", 1, {2, 3});
  add_topic(cluster, "__internal", 1, {1});
  cluster.topics.back().is_internal = true;
  cluster.configs["orders"] = {{"retention.ms", "86400000"}};
  auto& second = cluster.topics[0].partitions[1];
  second.isr_nodes = {NodeId(1)};
  second.offline_replicas = {NodeId(3)};
  cluster.topics[1].partitions[0].leader_id = kNoNode;
  cluster.fenced = {NodeId(3)};
  cluster.quorum.leader_id = NodeId(1);
  cluster.quorum.leader_epoch = LeaderEpoch(7);
  cluster.quorum.high_watermark = Offset(100);
  add_voter(cluster, 1, 1, 100, 0);
  add_voter(cluster, 2, 2, 98, 40);
  add_voter(cluster, 3, 3, 60, 15'000);
  add_observer(cluster, 3, 33, 100, 25);  // its disk was replaced
  add_observer(cluster, 4, 4, 0, -1);
  cluster.refused["locked"] = KafkaError::kTopicAuthorizationFailed;
  cluster.refused["audit"] = KafkaError::kPolicyViolation;
  return cluster;
}

struct Case {
  std::string name;
  std::string line;  // "NODE" is the fake node, "CLOSED" a port on which nobody listens
  std::string input;
  bool interactive = false;
};

const std::vector<Case> kCases = {
    {"topic_create_ok", "-b NODE topic create new -p 4 -r 3 -c retention.ms=1000"},
    {"topic_create_json", "-b NODE topic create new another -o json"},
    {"topic_create_exists_ok", "-b NODE topic create orders --if-not-exists -o json"},
    {"topic_create_dry_run", "-b NODE topic create new -p 2 --dry-run"},
    {"topic_create_item_error", "-b NODE topic create new orders locked"},
    {"topic_create_item_error_json", "-b NODE topic create new orders -o json"},
    {"topic_create_too_many_replicas", "-b NODE topic create new -r 4"},
    {"topic_create_unreachable", "-b CLOSED topic create new"},
    {"topic_create_usage", "-b NODE topic create new --partitons 3"},
    {"topic_create_usage_json", "-b NODE topic create -o json"},
    {"topic_create_config_usage", "-b NODE topic create new -c retention.ms"},

    {"topic_list_ok", "-b NODE topic list"},
    {"topic_list_internal", "-b NODE topic list --internal -o tsv"},
    {"topic_list_wide", "-b NODE topic list -o wide"},
    {"topic_list_name", "-b NODE topic list -o name"},
    {"topic_list_unreachable", "-b CLOSED topic list"},
    {"topic_list_unreachable_json", "-b CLOSED topic list -o json"},
    {"topic_list_unreachable_yaml", "-b CLOSED,CLOSED topic list -o yaml"},
    {"topic_list_usage", "topic lst"},
    {"topic_list_timeout_usage", "topic list --timeout 15"},

    {"topic_describe_ok", "-b NODE topic describe orders"},
    {"topic_describe_json", "-b NODE topic describe orders -o json"},
    {"topic_describe_yaml", "-b NODE topic describe audit -o yaml"},
    {"topic_describe_tsv", "-b NODE topic describe -o tsv"},
    {"topic_describe_under_replicated", "-b NODE topic describe --under-replicated"},
    {"topic_describe_under_min_isr", "-b NODE topic describe --under-min-isr"},
    {"topic_describe_at_min_isr", "-b NODE topic describe --at-min-isr"},
    {"topic_describe_unavailable", "-b NODE topic describe --unavailable"},
    {"topic_describe_item_error", "-b NODE topic describe orders nope"},
    {"topic_describe_unreachable", "-b CLOSED topic describe"},
    {"topic_describe_usage", "-b NODE topic describe --offline"},

    {"topic_alter_ok", "-b NODE topic alter orders -c retention.ms=5 --delete-config a -p 4"},
    {"topic_alter_dry_run", "-b NODE topic alter orders -c retention.ms=5 --dry-run -o json"},
    {"topic_alter_item_error", "-b NODE topic alter orders -c retenton.ms=5 -p 1"},
    {"topic_alter_unreachable", "-b CLOSED topic alter orders -p 3"},
    {"topic_alter_usage", "-b NODE topic alter orders"},

    {"topic_delete_ok", "-b NODE topic delete orders --yes -o wide"},
    {"topic_delete_item_error", "-b NODE topic delete orders nope audit --yes"},
    {"topic_delete_if_exists", "-b NODE topic delete nope --if-exists --yes"},
    {"topic_delete_dry_run", "-b NODE topic delete orders nope --dry-run -o json"},
    {"topic_delete_unreachable", "-b CLOSED topic delete orders --yes"},
    {"topic_delete_without_yes", "-b NODE topic delete orders"},
    {"topic_delete_asked_yes", "-b NODE topic delete orders", "y\n", true},
    {"topic_delete_asked_no", "-b NODE topic delete orders", "\n", true},
    {"topic_delete_usage", "-b NODE topic delete"},

    {"cluster_info_ok", "-b NODE cluster info"},
    {"cluster_info_json", "-b NODE cluster info -o json"},
    {"cluster_info_name", "-b NODE cluster info -o name"},
    {"cluster_info_unreachable", "-b CLOSED cluster info"},
    {"cluster_info_usage", "-b NODE cluster info now"},

    {"cluster_health_no", "-b NODE cluster health"},
    {"cluster_health_json", "-b NODE cluster health -o json"},
    {"cluster_health_name", "-b NODE cluster health -o name"},
    {"cluster_health_unreachable", "-b CLOSED cluster health"},
    {"cluster_health_usage", "-b NODE cluster health --wait 5"},

    {"node_list_ok", "-b NODE node list"},
    {"node_list_json", "-b NODE node list -o json"},
    {"node_list_tsv", "-b NODE node list -o tsv"},
    {"node_list_unreachable", "-b CLOSED node list"},
    {"node_list_usage", "-b NODE node list 1"},
    {"node_describe_ok", "-b NODE node describe 2 -o wide"},
    {"node_describe_json", "-b NODE node describe 3 -o json"},
    {"node_describe_item_error", "-b NODE node describe 2 9"},
    {"node_describe_unreachable", "-b CLOSED node describe 2"},
    {"node_describe_usage", "-b NODE node describe two"},

    {"quorum_describe_ok", "-b NODE quorum describe"},
    {"quorum_describe_wide", "-b NODE quorum describe -o wide"},
    {"quorum_describe_json", "-b NODE quorum describe -o json"},
    {"quorum_describe_name", "-b NODE quorum describe -o name"},
    {"quorum_describe_unreachable", "-b CLOSED quorum describe"},
    {"quorum_describe_usage", "-b NODE quorum descirbe"},
    {"quorum_add_voter_ok", "-b NODE quorum add-voter --node 4"},
    {"quorum_add_voter_json", "-b NODE quorum add-voter --node 4 -o json"},
    {"quorum_add_voter_item_error", "-b NODE quorum add-voter --node 2"},
    {"quorum_add_voter_no_copy", "-b NODE quorum add-voter --node 9"},
    {"quorum_add_voter_two_copies", "-b NODE quorum add-voter --node 3"},
    {"quorum_add_voter_unreachable", "-b CLOSED quorum add-voter --node 4"},
    {"quorum_add_voter_usage", "-b NODE quorum add-voter"},
    {"quorum_add_voter_directory_usage", "-b NODE quorum add-voter --node 4 --directory-id x"},
    {"quorum_add_voter_endpoint_usage", "-b NODE quorum add-voter --node 4 --endpoint c:1"},
    {"quorum_remove_voter_ok", "-b NODE quorum remove-voter --node 2 --force"},
    {"quorum_remove_voter_no_margin", "-b NODE quorum remove-voter --node 2"},
    {"quorum_remove_voter_item_error", "-b NODE quorum remove-voter --node 4"},
    {"quorum_remove_voter_unreachable", "-b CLOSED quorum remove-voter --node 2"},
    {"quorum_remove_voter_usage", "-b NODE quorum remove-voter --node -1"},
    {"quorum_transfer_ok", "-b NODE quorum transfer --to 2"},
    {"quorum_transfer_item_error", "-b NODE quorum transfer --to 4"},
    {"quorum_transfer_unreachable", "-b CLOSED quorum transfer --to 2"},
    {"quorum_transfer_usage", "-b NODE quorum transfer 2"},

    {"produce_item_error", "-b NODE produce nope", "a\n"},
    {"produce_no_leader", "-b NODE produce audit", "a\n"},
    {"produce_unreachable", "-b CLOSED produce orders -o json", "a\n"},
    {"produce_usage", "-b NODE produce orders --compression zip", "a\n"},
    {"consume_item_error", "-b NODE consume nope"},
    {"consume_no_partition", "-b NODE consume orders -p 7 -o json"},
    {"consume_unreachable", "-b CLOSED consume orders"},
    {"consume_usage", "-b NODE consume orders --offset yesterday"},
    {"consume_output_usage", "-b NODE consume orders -o name"},

    {"completion_bash", "completion bash"},
    {"completion_zsh", "completion zsh"},
    {"completion_fish", "completion fish"},
    {"completion_usage", "completion tcsh"},
    {"complete_topics", "__complete -- -b NODE consume o"},
    {"complete_unreachable", "__complete -- -b CLOSED consume o"},
    {"complete_flags", "__complete -- topic create --"},
    {"help_ok", "help"},
    {"help_noun", "topic --help"},
    {"help_command", "topic create --help"},
    {"help_json", "help topic list --json"},
    {"help_usage", "help topic lsit"},
    {"version_ok", "--version -o json"},
    {"properties", "-X list"},
    {"properties_usage", "-b NODE -X securty.protocol=ssl topic list"},
    {"property_value_usage", "-b NODE -X security.protocol=tls topic list"},
    {"sasl_unsupported", "-b NODE -X security.protocol=sasl_ssl topic list"},
    {"address_usage", "-b http://x topic list"},
    {"nothing", ""},
    {"noun_alone", "topic"},
    {"noun_typo", "topics list"},
    {"schema_topic_list", "topic list -o schema"},
    {"schema_cluster_health", "cluster health -o schema"},
    {"schema_quorum_describe", "quorum describe -o schema"},
    {"schema_consume", "consume orders -o schema"},
    {"tsv_header", "topic describe -o tsv-header"},
};

std::string transcript(const Case& each, const CliResult& result) {
  return "$ millrace " + each.line + "\nexit " + std::to_string(result.exit_code) +
         "\n--- stdout\n" + result.out + "--- stderr\n" + result.err;
}

}  // namespace

TEST_CASE("every command answers as its golden file says") {
  for (const auto& each : kCases) {
    DYNAMIC_SECTION(each.name) {
      const FakeNode node(three_nodes());
      const auto closed = "127.0.0.1:" + std::to_string(closed_port());
      auto line = replaced(each.line, "NODE", node.address());
      const auto result = run_cli(split_line(replaced(line, "CLOSED", closed)),
                                  {.input = each.input, .interactive = each.interactive});
      auto text = replaced(transcript(each, result), closed, "CLOSED");
      text = replaced(text, node.address(), "NODE");
      require_golden(each.name, replaced(text, std::to_string(node.port()), "PORT"));
    }
  }
}

}  // namespace millrace::cli::test
