#include "controller/metadata/codec.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

#include "base/check.h"
#include "proto/metadata.pb.h"

namespace millrace::controller {
namespace {

namespace pb = millrace::metadata::v1;

// To bytes

template <class Id>
std::string bytes_of(const Id& id) {
  const auto& bytes = id.bytes();
  return {bytes.begin(), bytes.end()};
}
template <class Tag>
std::string bytes_of(const StrongUuid<Tag>& id) {
  return bytes_of(id.uuid());
}

void fill(const ClusterRecord& from, pb::Record& to) {
  to.mutable_cluster()->set_id(bytes_of(from.cluster_id));
}

void fill(const TopicRecord& from, pb::Record& to) {
  auto& topic = *to.mutable_topic();
  topic.set_id(bytes_of(from.id));
  topic.set_name(from.name);
  if (from.since) topic.set_since(from.since->value());
}

void fill(const PartitionRecord& from, pb::Record& to) {
  auto& partition = *to.mutable_partition();
  partition.set_topic_id(bytes_of(from.id.topic_id));
  partition.set_partition(from.id.partition.value());
  for (const auto id : from.state.replicas) partition.add_replicas(id.value());
  for (const auto id : from.state.isr) partition.add_isr(id.value());
  partition.set_leader(from.state.leader.value());
  partition.set_leader_epoch(from.state.leader_epoch.value());
  partition.set_partition_epoch(from.state.partition_epoch.value());
  for (const auto& id : from.state.directories) partition.add_directories(bytes_of(id));
  if (from.since) partition.set_since(from.since->value());
}

void fill(const RemoveTopicRecord& from, pb::Record& to) {
  to.mutable_remove_topic()->set_id(bytes_of(from.id));
}

void fill(const ConfigRecord& from, pb::Record& to) {
  auto& config = *to.mutable_config();
  if (from.topic) config.set_topic_id(bytes_of(*from.topic));
  config.set_name(from.name);
  if (from.value) config.set_value(*from.value);
}

void fill(const Endpoint& from, pb::Endpoint& to) {
  to.set_listener(from.listener);
  to.set_host(from.host);
  to.set_port(from.port);
}

/// A range of level 1 alone is not written: entries stay what they were before ranges existed.
void fill(const VersionRange& from, pb::Broker& to) {
  if (from.min != 1) to.set_version_min(static_cast<std::uint32_t>(from.min));
  if (from.max != 1) to.set_version_max(static_cast<std::uint32_t>(from.max));
}

void fill(const BrokerRecord& from, pb::Record& to) {
  auto& broker = *to.mutable_broker();
  broker.set_id(from.id.value());
  broker.set_rack(from.rack);
  for (const auto& endpoint : from.endpoints) fill(endpoint, *broker.add_endpoints());
  if (from.peer) fill(*from.peer, *broker.mutable_peer());
  fill(from.versions, broker);
  broker.set_incarnation(bytes_of(from.incarnation));
  broker.set_directory(bytes_of(from.directory));
  if (from.since) broker.set_since(from.since->value());
}

void fill(const BrokerFenceRecord& from, pb::Record& to) {
  to.mutable_broker_fence()->set_id(from.id.value());
  to.mutable_broker_fence()->set_fenced(from.fenced);
}

void fill(const ProducerIdsRecord& from, pb::Record& to) {
  to.mutable_producer_ids()->set_next(from.next.value());
}

void fill(const FeatureRecord& from, pb::Record& to) {
  to.mutable_feature()->set_name(from.name);
  to.mutable_feature()->set_level(static_cast<std::uint32_t>(from.level));
}

void fill(const RemoveBrokerRecord& from, pb::Record& to) {
  to.mutable_remove_broker()->set_id(from.id.value());
}

void fill(const MetadataTransaction& from, pb::Entry& to) {
  to.set_version(kMetadataVersion);
  for (const auto& record : from) {
    auto& added = *to.add_records();
    std::visit([&](const auto& each) { fill(each, added); }, record);
  }
}

void fill(const SnapshotHeader& from, pb::SnapshotPart& to) {
  auto& header = *to.mutable_header();
  header.set_version(kMetadataVersion);
  header.set_end_offset(from.end_offset.value());
  header.set_epoch(from.epoch.value());
}
void fill(const MetadataTransaction& from, pb::SnapshotPart& to) {
  fill(from, *to.mutable_entry());
}
void fill(const SnapshotFooter& from, pb::SnapshotPart& to) {
  to.mutable_footer()->set_entries(from.entries);
}

std::vector<std::uint8_t> serialize(const google::protobuf::Message& message) {
  std::vector<std::uint8_t> bytes(message.ByteSizeLong());
  CHECK(bytes.size() <= std::numeric_limits<std::int32_t>::max());
  CHECK(message.SerializeToArray(bytes.data(), static_cast<int>(bytes.size())));
  return bytes;
}

// From bytes

auto corrupt(const std::string& what) {
  return fail(ErrorCode::kCorrupt, "not a metadata record: " + what);
}

Status check_version(std::uint32_t version, std::uint32_t level = kMetadataVersion) {
  if (version >= 1 && version <= std::min(level, kMetadataVersion)) return {};
  if (version >= 1 && version <= kMetadataVersion) {
    return fail(ErrorCode::kUnsupportedVersion,
                fmt::format("the metadata is of version {}, the cluster's millrace.version is {}; "
                            "the log was not written by this cluster",
                            version, level));
  }
  return fail(ErrorCode::kUnsupportedVersion,
              fmt::format("the metadata is of version {}, this program reads up to {}; start the "
                          "program that wrote it, or a newer one",
                          version, kMetadataVersion));
}

/// The number of the first field that protobuf did not know.
std::optional<int> unknown_field(const google::protobuf::Message& message) {
  const auto& unknown = message.GetReflection()->GetUnknownFields(message);
  return unknown.empty() ? std::nullopt : std::optional(unknown.field(0).number());
}

/// Kinds with a reserved number and without a meaning yet.
std::string_view reserved_kind(int field) {
  switch (field) {
    case 20:
      return "access control rules";
    case 21:
      return "SCRAM credentials";
    case 22:
      return "quotas";
    case 23:
      return "voters";
    default:
      return "records of an unknown kind";
  }
}

Status check_known(const google::protobuf::Message& message) {
  const auto field = unknown_field(message);
  if (!field) return {};
  return fail(ErrorCode::kUnsupportedVersion,
              fmt::format("the metadata has field {} in a {}, which this program does not know; "
                          "start the program that wrote it, or a newer one",
                          *field, message.GetTypeName()));
}

Result<Uuid> uuid_of(const std::string& bytes) {
  if (bytes.size() != Uuid::kBytes) return corrupt("an id of other than 16 bytes");
  std::array<std::uint8_t, Uuid::kBytes> id{};
  std::copy(bytes.begin(), bytes.end(), id.begin());
  return Uuid(id);
}

/// Numbers of the domain begin at 0; only a leader may be -1.
template <class Id, class Number>
Result<Id> number_of(Number number, const char* what, Number least = 0) {
  if (number < least) return corrupt(fmt::format("{} {}", what, number));
  return Id(number);
}

template <class Message>
Result<std::optional<Offset>> since_of(const Message& message) {
  if (!message.has_since()) return std::optional<Offset>();
  ASSIGN_OR_RETURN(const Offset since, number_of<Offset>(message.since(), "offset"));
  return std::optional(since);
}

Result<std::vector<NodeId>> nodes_of(const google::protobuf::RepeatedField<std::int32_t>& from) {
  std::vector<NodeId> nodes;
  for (const auto number : from) {
    ASSIGN_OR_RETURN(const NodeId node, number_of<NodeId>(number, "node"));
    nodes.push_back(node);
  }
  return nodes;
}

Result<MetadataRecord> read(const pb::Cluster& from) {
  ASSIGN_OR_RETURN(const Uuid id, uuid_of(from.id()));
  return MetadataRecord(ClusterRecord{id});
}

Result<MetadataRecord> read(const pb::Topic& from) {
  ASSIGN_OR_RETURN(const Uuid id, uuid_of(from.id()));
  ASSIGN_OR_RETURN(const auto since, since_of(from));
  return MetadataRecord(TopicRecord{TopicId(id), from.name(), since});
}

Result<MetadataRecord> read(const pb::Partition& from) {
  PartitionRecord record;
  ASSIGN_OR_RETURN(const Uuid topic, uuid_of(from.topic_id()));
  record.id.topic_id = TopicId(topic);
  ASSIGN_OR_RETURN(record.id.partition, number_of<PartitionIndex>(from.partition(), "partition"));
  ASSIGN_OR_RETURN(record.state.replicas, nodes_of(from.replicas()));
  ASSIGN_OR_RETURN(record.state.isr, nodes_of(from.isr()));
  ASSIGN_OR_RETURN(record.state.leader, number_of<NodeId>(from.leader(), "leader", -1));
  ASSIGN_OR_RETURN(record.state.leader_epoch,
                   number_of<LeaderEpoch>(from.leader_epoch(), "leader epoch"));
  ASSIGN_OR_RETURN(record.state.partition_epoch,
                   number_of<PartitionEpoch>(from.partition_epoch(), "partition epoch"));
  for (const auto& bytes : from.directories()) {
    ASSIGN_OR_RETURN(const Uuid directory, uuid_of(bytes));
    record.state.directories.emplace_back(directory);
  }
  ASSIGN_OR_RETURN(record.since, since_of(from));
  return MetadataRecord(std::move(record));
}

Result<MetadataRecord> read(const pb::RemoveTopic& from) {
  ASSIGN_OR_RETURN(const Uuid id, uuid_of(from.id()));
  return MetadataRecord(RemoveTopicRecord{TopicId(id)});
}

Result<MetadataRecord> read(const pb::Config& from) {
  ConfigRecord record{std::nullopt, from.name(), std::nullopt};
  if (from.has_topic_id()) {
    ASSIGN_OR_RETURN(const Uuid topic, uuid_of(from.topic_id()));
    record.topic = TopicId(topic);
  }
  if (from.has_value()) record.value = from.value();
  return MetadataRecord(std::move(record));
}

Result<Endpoint> read(const pb::Endpoint& from) {
  RETURN_IF_ERROR(check_known(from));
  if (from.port() > std::numeric_limits<std::uint16_t>::max()) {
    return corrupt(fmt::format("port {}", from.port()));
  }
  return Endpoint{from.listener(), from.host(), static_cast<std::uint16_t>(from.port())};
}

Result<std::int16_t> level_of(std::uint32_t number) {
  if (number >= 1 && number <= std::numeric_limits<std::int16_t>::max()) {
    return static_cast<std::int16_t>(number);
  }
  return corrupt(fmt::format("level {} of a feature", number));
}

Result<VersionRange> versions_of(const pb::Broker& from) {
  VersionRange range;
  if (from.has_version_min()) {
    ASSIGN_OR_RETURN(range.min, level_of(from.version_min()));
  }
  if (from.has_version_max()) {
    ASSIGN_OR_RETURN(range.max, level_of(from.version_max()));
  }
  if (range.min > range.max) return corrupt("a range of versions without any");
  return range;
}

Result<MetadataRecord> read(const pb::Broker& from) {
  BrokerRecord record;
  ASSIGN_OR_RETURN(record.id, number_of<NodeId>(from.id(), "node"));
  record.rack = from.rack();
  for (const auto& endpoint : from.endpoints()) {
    ASSIGN_OR_RETURN(auto added, read(endpoint));
    record.endpoints.push_back(std::move(added));
  }
  if (from.has_peer()) {
    ASSIGN_OR_RETURN(record.peer, read(from.peer()));
  }
  ASSIGN_OR_RETURN(record.versions, versions_of(from));
  ASSIGN_OR_RETURN(const Uuid incarnation, uuid_of(from.incarnation()));
  record.incarnation = IncarnationId(incarnation);
  ASSIGN_OR_RETURN(const Uuid directory, uuid_of(from.directory()));
  record.directory = DirectoryId(directory);
  ASSIGN_OR_RETURN(record.since, since_of(from));
  return MetadataRecord(std::move(record));
}

Result<MetadataRecord> read(const pb::BrokerFence& from) {
  ASSIGN_OR_RETURN(const NodeId id, number_of<NodeId>(from.id(), "node"));
  return MetadataRecord(BrokerFenceRecord{id, from.fenced()});
}

Result<MetadataRecord> read(const pb::ProducerIds& from) {
  ASSIGN_OR_RETURN(const ProducerId next, number_of<ProducerId>(from.next(), "producer id"));
  return MetadataRecord(ProducerIdsRecord{next});
}

Result<MetadataRecord> read(const pb::Feature& from) {
  ASSIGN_OR_RETURN(const auto level, level_of(from.level()));
  return MetadataRecord(FeatureRecord{from.name(), level});
}

Result<MetadataRecord> read(const pb::RemoveBroker& from) {
  ASSIGN_OR_RETURN(const NodeId id, number_of<NodeId>(from.id(), "node"));
  return MetadataRecord(RemoveBrokerRecord{id});
}

template <class Message>
Result<MetadataRecord> read_known(const Message& from) {
  RETURN_IF_ERROR(check_known(from));
  return read(from);
}

Result<MetadataRecord> read_kind(const pb::Record& from) {
  switch (from.kind_case()) {
    case pb::Record::kCluster:
      return read_known(from.cluster());
    case pb::Record::kTopic:
      return read_known(from.topic());
    case pb::Record::kPartition:
      return read_known(from.partition());
    case pb::Record::kRemoveTopic:
      return read_known(from.remove_topic());
    case pb::Record::kConfig:
      return read_known(from.config());
    case pb::Record::kBroker:
      return read_known(from.broker());
    case pb::Record::kBrokerFence:
      return read_known(from.broker_fence());
    case pb::Record::kProducerIds:
      return read_known(from.producer_ids());
    case pb::Record::kFeature:
      return read_known(from.feature());
    case pb::Record::kRemoveBroker:
      return read_known(from.remove_broker());
    case pb::Record::KIND_NOT_SET:
      break;
  }
  return corrupt("a record without content");
}

Result<MetadataTransaction> read(const pb::Entry& from, std::uint32_t level = kMetadataVersion) {
  RETURN_IF_ERROR(check_version(from.version(), level));
  RETURN_IF_ERROR(check_known(from));
  MetadataTransaction records;
  records.reserve(static_cast<std::size_t>(from.records_size()));
  for (const auto& each : from.records()) {
    if (const auto kind = unknown_field(each)) {
      return fail(ErrorCode::kUnsupportedVersion,
                  fmt::format("the metadata holds {} (kind {}), which do not work in this program; "
                              "start the program that wrote it, or a newer one",
                              reserved_kind(*kind), *kind));
    }
    ASSIGN_OR_RETURN(auto record, read_kind(each));
    records.push_back(std::move(record));
  }
  return records;
}

Status parse(ByteView bytes, google::protobuf::Message& into) {
  if (bytes.size() > std::numeric_limits<std::int32_t>::max() ||
      !into.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return corrupt("its bytes do not parse");
  }
  return {};
}

}  // namespace

std::vector<std::uint8_t> encode(const MetadataTransaction& records) {
  google::protobuf::Arena arena;  // an entry may hold 100,000 records
  auto& entry = *google::protobuf::Arena::CreateMessage<pb::Entry>(&arena);
  fill(records, entry);
  return serialize(entry);
}

Result<MetadataTransaction> decode(ByteView bytes, std::uint32_t level) {
  google::protobuf::Arena arena;
  auto& entry = *google::protobuf::Arena::CreateMessage<pb::Entry>(&arena);
  RETURN_IF_ERROR(parse(bytes, entry));
  return read(entry, level);
}

std::vector<std::uint8_t> encode_snapshot_part(const SnapshotPart& part) {
  pb::SnapshotPart message;
  std::visit([&](const auto& each) { fill(each, message); }, part);
  return serialize(message);
}

Result<SnapshotPart> decode_snapshot_part(ByteView bytes) {
  pb::SnapshotPart part;
  RETURN_IF_ERROR(parse(bytes, part));
  RETURN_IF_ERROR(check_known(part));
  if (part.has_entry()) {
    ASSIGN_OR_RETURN(auto records, read(part.entry()));
    return SnapshotPart(std::move(records));
  }
  if (part.has_footer()) {
    RETURN_IF_ERROR(check_known(part.footer()));
    return SnapshotPart(SnapshotFooter{part.footer().entries()});
  }
  if (!part.has_header()) return corrupt("a part of a snapshot without content");
  const auto& header = part.header();
  RETURN_IF_ERROR(check_version(header.version()));
  RETURN_IF_ERROR(check_known(header));
  ASSIGN_OR_RETURN(const Offset end, number_of<Offset>(header.end_offset(), "offset"));
  ASSIGN_OR_RETURN(const LeaderEpoch epoch, number_of<LeaderEpoch>(header.epoch(), "epoch", -1));
  return SnapshotPart(SnapshotHeader{end, epoch});
}

}  // namespace millrace::controller
