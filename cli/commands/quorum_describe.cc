#include "cli/commands/commands.h"
#include "cli/commands/quorum_view.h"
#include "cli/context.h"

namespace millrace::cli {
namespace {

Json replicas_json(const std::vector<QuorumReplica>& replicas) {
  Json list = Json::array();
  for (const auto& replica : replicas) list.push_back(replica_json(replica));
  return list;
}

Outcome show_quorum(Context& context) {
  auto client = context.client();
  if (!client) return Outcome::failed(client.error());
  const auto quorum = describe_quorum(**client);
  if (!quorum) return Outcome::failed(quorum.error());
  Outcome outcome;
  outcome.items.push_back({{"leader_id", quorum->leader.value()},
                           {"leader_epoch", quorum->epoch},
                           {"high_watermark", quorum->high_watermark},
                           {"voters", replicas_json(quorum->voters)},
                           {"observers", replicas_json(quorum->observers)}});
  return outcome;
}

}  // namespace

Command quorum_describe_command() {
  return {
      .path = "quorum describe",
      .summary = "Show who leads, votes and observes, and how far each of them is",
      .details =
          "The voters decide about the cluster's metadata by majority; observers have a copy of "
          "it. "
          "Times are by the leader's clock.",
      .shape = {.fields = {{"leader_id", FieldType::kInteger, "node that leads the quorum"},
                           {"leader_epoch", FieldType::kInteger, "counts the leaders"},
                           {"high_watermark", FieldType::kInteger,
                            "end of what a majority has for certain"},
                           {"voters", FieldType::kObjects, "copies whose nodes vote", false,
                            replica_fields()},
                           {"observers", FieldType::kObjects, "copies of all other nodes", false,
                            replica_fields()}},
                .columns = {{"NODE", "voters.node_id"},
                            {"ROLE", "voters.role"},
                            {"LOG_END", "voters.log_end_offset"},
                            {"LAG", "voters.lag"},
                            {"FETCH_MS_AGO", "voters.last_fetch_ms_ago"},
                            {"CAUGHT_UP_MS_AGO", "voters.last_caught_up_ms_ago"},
                            {"DIRECTORY_ID", "voters.directory_id"},
                            {"EPOCH", "leader_epoch", true},
                            {"HIGH_WATERMARK", "high_watermark", true}},
                .rows = "voters",
                .more_rows = "observers",
                .name = "voters.node_id"},
      .examples = {{"millrace quorum describe", "one row for each copy of the metadata log"},
                   {"millrace quorum describe -o json | jq '.items[0].leader_id'",
                    "who leads, for a script"}},
      .answer = show_quorum,
  };
}

}  // namespace millrace::cli
