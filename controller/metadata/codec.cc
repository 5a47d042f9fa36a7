#include "controller/metadata/codec.h"

#include <fmt/format.h>

#include <algorithm>

#include "proto/metadata.pb.h"

namespace millrace::controller {
namespace {

namespace pb = metadata::v1;

constexpr std::uint32_t kVersion = 1;

std::string bytes_of(const Uuid& id) {
  return std::string(id.bytes().begin(), id.bytes().end());
}

/// False when it is not 16 bytes.
bool read_id(const std::string& bytes, Uuid& into) {
  if (bytes.size() != Uuid::kBytes) return false;
  std::array<std::uint8_t, Uuid::kBytes> array{};
  std::copy(bytes.begin(), bytes.end(), array.begin());
  into = Uuid(array);
  return true;
}
template <class Tag>
bool read_id(const std::string& bytes, StrongUuid<Tag>& into) {
  Uuid id;
  if (!read_id(bytes, id)) return false;
  into = StrongUuid<Tag>(id);
  return true;
}

void write(const ClusterRecord& record, pb::Record& out) {
  out.mutable_cluster()->set_id(bytes_of(record.cluster_id));
}
void write(const TopicRecord& record, pb::Record& out) {
  out.mutable_topic()->set_id(bytes_of(record.id.uuid()));
  out.mutable_topic()->set_name(record.name);
}
void write(const PartitionRecord& record, pb::Record& out) {
  auto& to = *out.mutable_partition();
  to.set_topic_id(bytes_of(record.id.topic_id.uuid()));
  to.set_partition(record.id.partition.value());
  for (const auto id : record.state.replicas) to.add_replicas(id.value());
  for (const auto id : record.state.isr) to.add_isr(id.value());
  to.set_leader(record.state.leader.value());
  to.set_leader_epoch(record.state.leader_epoch.value());
  to.set_partition_epoch(record.state.partition_epoch.value());
  for (const auto& id : record.state.directories) to.add_directories(bytes_of(id.uuid()));
}
void write(const RemoveTopicRecord& record, pb::Record& out) {
  out.mutable_remove_topic()->set_id(bytes_of(record.id.uuid()));
}
void write(const ConfigRecord& record, pb::Record& out) {
  auto& to = *out.mutable_config();
  if (record.topic) to.set_topic_id(bytes_of(record.topic->uuid()));
  to.set_name(record.name);
  if (record.value) to.set_value(*record.value);
}
void write(const BrokerRecord& record, pb::Record& out) {
  auto& to = *out.mutable_broker();
  to.set_id(record.id.value());
  to.set_rack(record.rack);
  for (const auto& endpoint : record.endpoints) {
    auto& e = *to.add_endpoints();
    e.set_listener(endpoint.listener);
    e.set_host(endpoint.host);
    e.set_port(endpoint.port);
  }
  to.set_incarnation(bytes_of(record.incarnation.uuid()));
  to.set_directory(bytes_of(record.directory.uuid()));
}
void write(const BrokerFenceRecord& record, pb::Record& out) {
  out.mutable_broker_fence()->set_id(record.id.value());
  out.mutable_broker_fence()->set_fenced(record.fenced);
}
void write(const ProducerIdsRecord& record, pb::Record& out) {
  out.mutable_producer_ids()->set_next(record.next.value());
}

std::optional<MetadataRecord> read(const pb::PartitionState& from) {
  PartitionRecord record{{}, {}};
  if (!read_id(from.topic_id(), record.id.topic_id) || from.partition() < 0) return std::nullopt;
  record.id.partition = PartitionIndex(from.partition());
  for (const auto id : from.replicas()) record.state.replicas.emplace_back(id);
  for (const auto id : from.isr()) record.state.isr.emplace_back(id);
  record.state.leader = NodeId(from.leader());
  record.state.leader_epoch = LeaderEpoch(from.leader_epoch());
  record.state.partition_epoch = PartitionEpoch(from.partition_epoch());
  for (const auto& bytes : from.directories()) {
    if (!read_id(bytes, record.state.directories.emplace_back())) return std::nullopt;
  }
  return record;
}

std::optional<MetadataRecord> read(const pb::Config& from) {
  ConfigRecord record{{}, from.name(), {}};
  if (from.has_topic_id() && !read_id(from.topic_id(), record.topic.emplace())) return std::nullopt;
  if (from.has_value()) record.value = from.value();
  return record;
}

std::optional<MetadataRecord> read(const pb::Broker& from) {
  BrokerRecord record;
  record.id = NodeId(from.id());
  record.rack = from.rack();
  for (const auto& e : from.endpoints()) {
    if (e.port() > UINT16_MAX) return std::nullopt;
    record.endpoints.push_back({e.listener(), e.host(), static_cast<std::uint16_t>(e.port())});
  }
  if (!read_id(from.incarnation(), record.incarnation)) return std::nullopt;
  if (!read_id(from.directory(), record.directory)) return std::nullopt;
  return record;
}

std::optional<MetadataRecord> read(const pb::Record& from) {
  switch (from.body_case()) {
    case pb::Record::kCluster: {
      ClusterRecord record;
      if (!read_id(from.cluster().id(), record.cluster_id)) return std::nullopt;
      return record;
    }
    case pb::Record::kTopic: {
      TopicRecord record{{}, from.topic().name()};
      if (!read_id(from.topic().id(), record.id)) return std::nullopt;
      return record;
    }
    case pb::Record::kPartition:
      return read(from.partition());
    case pb::Record::kRemoveTopic: {
      RemoveTopicRecord record;
      if (!read_id(from.remove_topic().id(), record.id)) return std::nullopt;
      return record;
    }
    case pb::Record::kConfig:
      return read(from.config());
    case pb::Record::kBroker:
      return read(from.broker());
    case pb::Record::kBrokerFence:
      return BrokerFenceRecord{NodeId(from.broker_fence().id()), from.broker_fence().fenced()};
    case pb::Record::kProducerIds:
      return ProducerIdsRecord{ProducerId(from.producer_ids().next())};
    case pb::Record::BODY_NOT_SET:
      break;
  }
  return std::nullopt;
}

}  // namespace

std::vector<std::uint8_t> encode(const MetadataTransaction& records) {
  pb::Entry entry;
  entry.set_version(kVersion);
  for (const auto& record : records) {
    std::visit([&](const auto& r) { write(r, *entry.add_records()); }, record);
  }
  std::vector<std::uint8_t> bytes(entry.ByteSizeLong());
  entry.SerializeToArray(bytes.data(), static_cast<int>(bytes.size()));
  return bytes;
}

Result<MetadataTransaction> decode(ByteView bytes) {
  pb::Entry entry;
  if (bytes.size() > INT32_MAX ||
      !entry.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return fail(ErrorCode::kCorrupt, "not an entry of the metadata log");
  }
  if (entry.version() != kVersion) {
    return fail(ErrorCode::kUnsupportedVersion,
                fmt::format("entry of the metadata log of version {}, this release knows {}",
                            entry.version(), kVersion));
  }
  MetadataTransaction records;
  for (const auto& from : entry.records()) {
    auto record = read(from);
    if (!record)
      return fail(ErrorCode::kCorrupt, "a metadata record that this release cannot read");
    records.push_back(std::move(*record));
  }
  return records;
}

}  // namespace millrace::controller
