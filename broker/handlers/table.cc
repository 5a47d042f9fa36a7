#include "broker/handlers/table.h"

#include <algorithm>
#include <array>

#include "broker/handlers/00_produce.h"
#include "broker/handlers/01_fetch.h"
#include "broker/handlers/02_list_offsets.h"
#include "broker/handlers/03_metadata.h"
#include "broker/handlers/10000_transfer_quorum_leadership.h"
#include "broker/handlers/10_find_coordinator.h"
#include "broker/handlers/18_api_versions.h"
#include "broker/handlers/19_create_topics.h"
#include "broker/handlers/20_delete_topics.h"
#include "broker/handlers/21_delete_records.h"
#include "broker/handlers/22_init_producer_id.h"
#include "broker/handlers/23_offset_for_leader_epoch.h"
#include "broker/handlers/32_describe_configs.h"
#include "broker/handlers/33_alter_configs.h"
#include "broker/handlers/35_describe_log_dirs.h"
#include "broker/handlers/37_create_partitions.h"
#include "broker/handlers/44_incremental_alter_configs.h"
#include "broker/handlers/55_describe_quorum.h"
#include "broker/handlers/57_update_features.h"
#include "broker/handlers/60_describe_cluster.h"
#include "broker/handlers/64_unregister_broker.h"
#include "broker/handlers/74_list_config_resources.h"
#include "broker/handlers/75_describe_topic_partitions.h"
#include "broker/handlers/80_add_raft_voter.h"
#include "broker/handlers/81_remove_raft_voter.h"
#include "broker/handlers/decode.h"

namespace millrace::broker {

namespace {

using enum AuthorizedBy;
using kafka::ApiKey;

template <class Request, void (*Start)(Desk&, Call, Request)>
constexpr ApiEntry entry(AuthorizedBy by, std::string_view note = "",
                         bool before_authentication = false) {
  return {Request::kApiKey, by, before_authentication, &decode_and_start<Request, Start>, note};
}

constexpr std::array kTable{
    entry<kafka::ProduceRequest, start_produce>(
        kTopics,
        "versions 0 to 2 are advertised, because old librdkafka looks for them before it "
        "compresses, and refused, as in Kafka 4; transactional batches are refused"),
    entry<kafka::FetchRequest, start_fetch>(
        kTopics, "consumers only: nodes replicate over a port of their own"),
    entry<kafka::ListOffsetsRequest, start_list_offsets>(kTopics),
    entry<kafka::MetadataRequest, start_metadata>(kTopics),
    entry<kafka::FindCoordinatorRequest, start_find_coordinator>(
        kCoordinatorKeys, "answers INVALID_REQUEST: groups and transactions are not there yet"),
    entry<kafka::ApiVersionsRequest, start_api_versions>(kNothing, "", true),
    entry<kafka::CreateTopicsRequest, start_create_topics>(kTopicsOrCluster),
    entry<kafka::DeleteTopicsRequest, start_delete_topics>(kTopics),
    entry<kafka::DeleteRecordsRequest, start_delete_records>(kTopics),
    entry<kafka::InitProducerIdRequest, start_init_producer_id>(
        kProducer, "with a transactional id it answers UNSUPPORTED_VERSION"),
    entry<kafka::OffsetForLeaderEpochRequest, start_offset_for_leader_epoch>(kTopics),
    entry<kafka::DescribeConfigsRequest, start_describe_configs>(kConfigResources),
    entry<kafka::AlterConfigsRequest, start_alter_configs>(kConfigResources),
    entry<kafka::DescribeLogDirsRequest, start_describe_log_dirs>(
        kCluster, "total and usable bytes are answered as unknown"),
    entry<kafka::CreatePartitionsRequest, start_create_partitions>(kTopics),
    entry<kafka::IncrementalAlterConfigsRequest, start_incremental_alter_configs>(kConfigResources),
    entry<kafka::DescribeQuorumRequest, start_describe_quorum>(kCluster),
    entry<kafka::UpdateFeaturesRequest, start_update_features>(kCluster),
    entry<kafka::DescribeClusterRequest, start_describe_cluster>(kNothing),
    entry<kafka::UnregisterBrokerRequest, start_unregister_broker>(
        kCluster, "refused while the broker lives or holds replicas"),
    entry<kafka::ListConfigResourcesRequest, start_list_config_resources>(kCluster),
    entry<kafka::DescribeTopicPartitionsRequest, start_describe_topic_partitions>(kTopics),
    entry<kafka::AddRaftVoterRequest, start_add_raft_voter>(
        kCluster,
        "nodes find each other by id: the voter's listeners are compared with what it has "
        "registered, and not kept"),
    entry<kafka::RemoveRaftVoterRequest, start_remove_raft_voter>(kCluster),
    entry<kafka::TransferQuorumLeadershipRequest, start_transfer_quorum_leadership>(
        kCluster,
        "our own, told to the millrace command only: the quorum's leader hands over to "
        "another voter"),
};

}  // namespace

std::span<const ApiEntry> api_table() {
  return kTable;
}

const ApiEntry* find_api(std::int16_t key) {
  const auto* const found = std::find_if(kTable.begin(), kTable.end(), [&](const ApiEntry& api) {
    return static_cast<std::int16_t>(api.key) == key;
  });
  return found == kTable.end() ? nullptr : found;
}

bool is_advertised(const ApiEntry& api, std::string_view software_name) {
  return static_cast<std::int16_t>(api.key) < kOwnKeysFrom || software_name == kOwnSoftware;
}

std::string_view name_of(AuthorizedBy kind) {
  switch (kind) {
    case kNothing:
      return "nothing";
    case kTopics:
      return "topics";
    case kCluster:
      return "the cluster";
    case kTopicsOrCluster:
      return "the cluster, else topics";
    case kConfigResources:
      return "topics, groups, the cluster";
    case kCoordinatorKeys:
      return "groups, transactional ids";
    case kProducer:
      return "the transactional id, else the cluster or any topic";
  }
  return "";
}

}  // namespace millrace::broker
