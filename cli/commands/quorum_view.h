#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/client/client.h"
#include "cli/output/json.h"
#include "cli/output/shape.h"

/// The metadata quorum as its leader describes it: who votes, and how far every copy of the
/// metadata log is. Shared by the commands about quorum, nodes and health.
namespace millrace::cli {

/// A voter that did not ask the leader for so long, or never, is missing.
inline constexpr std::int64_t kVoterSilentMs = 10'000;

/// One copy of the metadata log. What the cluster does not tell is absent.
struct QuorumReplica {
  NodeId node;
  std::string_view role;  // "leader", "voter" or "observer"
  std::optional<std::string> directory_id;
  std::optional<std::int64_t> log_end_offset;
  std::optional<std::int64_t> lag;  // behind the leader's log
  std::optional<std::int64_t> last_fetch_ms_ago;
  std::optional<std::int64_t> last_caught_up_ms_ago;

  [[nodiscard]] bool is_silent() const {
    return role != "leader" && last_fetch_ms_ago.value_or(kVoterSilentMs + 1) > kVoterSilentMs;
  }
};

struct QuorumView {
  NodeId leader;
  std::int32_t epoch = 0;
  std::int64_t high_watermark = 0;
  std::vector<QuorumReplica> voters;
  std::vector<QuorumReplica> observers;
  /// Clusters before Kafka 3.3 do not say when a replica was heard of.
  bool tells_times = true;
  /// Where voters are reached by the others, as far as the cluster tells.
  std::map<NodeId, std::pair<std::string, int>> addresses;

  /// All copies that the node has; more than one after its disk was replaced.
  [[nodiscard]] std::vector<QuorumReplica> of_node(NodeId node) const;
};

/// Code of the problem when the quorum has no leader.
inline constexpr std::string_view kNoQuorumLeader = "NOT_LEADER_OR_FOLLOWER";

/// Asks for the quorum. Problems: kNoQuorumLeader, and what the cluster refuses.
Answer<QuorumView> describe_quorum(Client& client);

/// Voters without which the others can decide nothing.
inline std::size_t majority_of(std::size_t voters) {
  return voters / 2 + 1;
}

Json replica_json(const QuorumReplica& replica);
/// The fields of replica_json.
std::vector<Field> replica_fields();

/// A number, or null.
Json json_of(const std::optional<std::int64_t>& number);

}  // namespace millrace::cli
