#include "cli/offline/record_items.h"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace millrace::cli {
namespace {

using namespace controller;

Json node_ids(const std::vector<NodeId>& ids) {
  auto list = Json::array();
  for (const auto id : ids) list.push_back(id.value());
  return list;
}

/// Only a snapshot says when something happened; in the log the entry's offset does.
Json with_since(Json item, const std::optional<Offset>& since) {
  if (since) item["since"] = since->value();
  return item;
}

Json json_of(const ClusterRecord& record) {
  return {{"type", "cluster"}, {"cluster_id", record.cluster_id.to_string()}};
}

Json json_of(const TopicRecord& record) {
  return with_since({{"type", "topic"}, {"topic_id", record.id.to_string()}, {"name", record.name}},
                    record.since);
}

Json json_of(const PartitionRecord& record) {
  const auto& state = record.state;
  auto directories = Json::array();
  for (const auto& directory : state.directories) directories.push_back(directory.to_string());
  return with_since({{"type", "partition"},
                     {"topic_id", record.id.topic_id.to_string()},
                     {"partition", record.id.partition.value()},
                     {"replicas", node_ids(state.replicas)},
                     {"isr", node_ids(state.isr)},
                     {"leader", state.leader.value()},
                     {"leader_epoch", state.leader_epoch.value()},
                     {"partition_epoch", state.partition_epoch.value()},
                     {"directories", std::move(directories)}},
                    record.since);
}

Json json_of(const RemoveTopicRecord& record) {
  return {{"type", "remove_topic"}, {"topic_id", record.id.to_string()}};
}

Json json_of(const ConfigRecord& record) {
  return {{"type", "config"},
          {"topic_id", record.topic ? Json(record.topic->to_string()) : Json()},
          {"name", record.name},
          {"value", record.value ? Json(*record.value) : Json()}};
}

Json json_of(const Endpoint& endpoint) {
  return {{"listener", endpoint.listener}, {"host", endpoint.host}, {"port", endpoint.port}};
}

Json json_of(const BrokerRecord& record) {
  auto endpoints = Json::array();
  for (const auto& endpoint : record.endpoints) endpoints.push_back(json_of(endpoint));
  return with_since({{"type", "broker"},
                     {"node_id", record.id.value()},
                     {"rack", record.rack},
                     {"endpoints", std::move(endpoints)},
                     {"incarnation", record.incarnation.to_string()},
                     {"directory_id", record.directory.to_string()},
                     {"peer", record.peer ? json_of(*record.peer) : Json()},
                     {"versions", {{"min", record.versions.min}, {"max", record.versions.max}}}},
                    record.since);
}

Json json_of(const BrokerFenceRecord& record) {
  return {{"type", "broker_fence"}, {"node_id", record.id.value()}, {"fenced", record.fenced}};
}

Json json_of(const ProducerIdsRecord& record) {
  return {{"type", "producer_ids"}, {"next", record.next.value()}};
}

Json json_of(const FeatureRecord& record) {
  return {{"type", "feature"}, {"name", record.name}, {"level", record.level}};
}

Json json_of(const RemoveBrokerRecord& record) {
  return {{"type", "remove_broker"}, {"node_id", record.id.value()}};
}

}  // namespace

Json records_json(const MetadataTransaction& records) {
  auto list = Json::array();
  for (const auto& record : records)
    list.push_back(std::visit([](const auto& each) { return json_of(each); }, record));
  return list;
}

}  // namespace millrace::cli
