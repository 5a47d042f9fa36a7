#pragma once

#include <map>
#include <string>
#include <vector>

#include "cli/commands/node_items.h"
#include "cli/commands/quorum_view.h"
#include "cli/commands/topic_configs.h"
#include "cli/commands/topic_items.h"

/// Why a cluster is not healthy, from what it tells about itself: pure functions.
namespace millrace::cli {

struct HealthReason {
  std::string kind;     // see the functions below
  std::string subject;  // "node 3", "topic orders", "quorum"
  std::string message;  // what is wrong and what to do

  friend bool operator==(const HealthReason&, const HealthReason&) = default;
};
using HealthReasons = std::vector<HealthReason>;

/// no_quorum_leader.
HealthReason no_quorum_leader();
/// voter_missing: a voter was not heard of for kVoterSilentMs, or never.
HealthReasons missing_voters(const QuorumView& quorum);
/// broker_fenced: a registered broker leads nothing.
HealthReasons fenced_brokers(const std::vector<NodeView>& nodes);
/// no_leader: partitions that nobody leads, one reason a topic.
HealthReasons leaderless_topics(const std::vector<MetadataTopic>& topics);
/// no_margin: topics with more replicas than min.insync.replicas, of whose partitions some have no
/// replica in sync to lose. Topics without known settings are left out.
HealthReasons topics_without_margin(const std::vector<MetadataTopic>& topics,
                                    const std::map<std::string, TopicConfigs>& configs);

}  // namespace millrace::cli
