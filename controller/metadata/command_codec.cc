#include "controller/metadata/command_codec.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

#include "base/check.h"
#include "controller/metadata/error_numbers.h"
#include "proto/command.pb.h"

namespace millrace::controller {
namespace {

namespace pb = millrace::command::v1;

// Parts, to bytes

std::string bytes_of(const Uuid& id) {
  return {id.bytes().begin(), id.bytes().end()};
}
template <class Tag>
std::string bytes_of(const StrongUuid<Tag>& id) {
  return bytes_of(id.uuid());
}

void fill(const std::vector<NodeId>& from, pb::Assignment& to) {
  for (const auto id : from) to.add_replicas(id.value());
}

void fill_setting(const std::string& name, const std::optional<std::string>& value,
                  pb::Setting& to) {
  to.set_name(name);
  if (value) to.set_value(*value);
}

void fill(const Endpoint& from, pb::Endpoint& to) {
  to.set_listener(from.listener);
  to.set_host(from.host);
  to.set_port(from.port);
}

void fill(const Error& from, pb::Error& to) {
  to.set_code(number_of(from.code));
  to.set_message(from.message);
}

void fill(const NewTopic& from, pb::NewTopic& to) {
  to.set_name(from.name);
  to.set_partitions(from.partitions);
  to.set_replication_factor(from.replication_factor);
  for (const auto& [partition, replicas] : from.assignments) {
    auto& added = *to.add_assignments();
    added.set_partition(partition.value());
    fill(replicas, added);
  }
  for (const auto& [name, value] : from.configs) fill_setting(name, value, *to.add_configs());
}

void fill(const QuorumReplica& from, pb::QuorumReplica& to) {
  to.set_id(from.id.value());
  to.set_directory(bytes_of(from.directory));
  to.set_log_end(from.log_end.value());
  to.set_last_fetch(from.last_fetch.value());
  to.set_last_caught_up(from.last_caught_up.value());
  for (const auto& endpoint : from.endpoints) fill(endpoint, *to.add_endpoints());
}

void fill(const ItemResult& from, pb::Item& to) {
  to.set_name(from.name);
  if (from.error) fill(*from.error, *to.mutable_error());
  to.set_id(bytes_of(from.id));
  to.set_partitions(from.partitions);
  to.set_replication_factor(from.replication_factor);
  for (const auto& [name, value] : from.configs) fill_setting(name, value, *to.add_configs());
}

void fill(const QuorumDescription& from, pb::QuorumDescription& to) {
  to.set_leader(from.leader.value());
  to.set_epoch(from.epoch);
  to.set_high_watermark(from.high_watermark.value());
  for (const auto& each : from.voters) fill(each, *to.add_voters());
  for (const auto& each : from.observers) fill(each, *to.add_observers());
}

// Bodies, to bytes

void fill(const CreateTopics& from, pb::Request& to) {
  auto& body = *to.mutable_create_topics();
  for (const auto& topic : from.topics) fill(topic, *body.add_topics());
  body.set_validate_only(from.validate_only);
}
void fill(const DeleteTopics& from, pb::Request& to) {
  auto& body = *to.mutable_delete_topics();
  for (const auto& topic : from.topics) {
    auto& added = *body.add_topics();
    added.set_name(topic.name);
    added.set_id(bytes_of(topic.id));
  }
}
void fill(const CreatePartitions& from, pb::Request& to) {
  auto& body = *to.mutable_create_partitions();
  for (const auto& topic : from.topics) {
    auto& added = *body.add_topics();
    added.set_topic(topic.topic);
    added.set_count(topic.count);
    for (const auto& replicas : topic.assignments) fill(replicas, *added.add_assignments());
  }
  body.set_validate_only(from.validate_only);
}
void fill(const AlterConfigs& from, pb::Request& to) {
  auto& body = *to.mutable_alter_configs();
  for (const auto& resource : from.resources) {
    auto& added = *body.add_resources();
    added.set_resource(resource.resource == ConfigResource::kTopic ? 0 : 1);
    added.set_name(resource.name);
    for (const auto& change : resource.changes) {
      auto& to_change = *added.add_changes();
      to_change.set_name(change.name);
      to_change.set_operation(static_cast<std::uint32_t>(change.operation));
      if (change.value) to_change.set_value(*change.value);
    }
  }
  body.set_replace_all(from.replace_all);
  body.set_validate_only(from.validate_only);
}
void fill(const FormCluster& from, pb::Request& to) {
  to.mutable_form_cluster()->set_cluster_id(bytes_of(from.cluster_id));
}
void fill(const RegisterBroker& from, pb::Request& to) {
  auto& body = *to.mutable_register_broker();
  const auto& broker = from.broker;
  body.set_cluster_id(bytes_of(from.cluster_id));
  body.set_id(broker.id.value());
  body.set_rack(broker.rack);
  for (const auto& endpoint : broker.endpoints) fill(endpoint, *body.add_endpoints());
  body.set_incarnation(bytes_of(broker.incarnation));
  body.set_directory(bytes_of(broker.directory));
  if (broker.peer) fill(*broker.peer, *body.mutable_peer());
  body.set_version_min(broker.versions.min);
  body.set_version_max(broker.versions.max);
  for (const auto& id : from.lost) {
    auto& added = *body.add_lost();
    added.set_topic_id(bytes_of(id.topic_id));
    added.set_partition(id.partition.value());
  }
}
void fill(const UnfenceBroker& from, pb::Request& to) {
  to.mutable_unfence_broker()->set_id(from.id.value());
  to.mutable_unfence_broker()->set_incarnation(bytes_of(from.incarnation));
}
void fill(const AllocateProducerIds& from, pb::Request& to) {
  to.mutable_allocate_producer_ids()->set_broker(from.broker.value());
  to.mutable_allocate_producer_ids()->set_epoch(from.epoch.value());
}
void fill(const BrokerHeartbeat& from, pb::Request& to) {
  auto& body = *to.mutable_broker_heartbeat();
  body.set_id(from.id.value());
  body.set_epoch(from.epoch.value());
  body.set_metadata_end(from.metadata_end.value());
  body.set_wants_shutdown(from.wants_shutdown);
}
void fill(const ReportBrokerDeath& from, pb::Request& to) {
  to.mutable_report_broker_death()->set_id(from.id.value());
  to.mutable_report_broker_death()->set_incarnation(bytes_of(from.incarnation));
}
void fill(const UnregisterBroker& from, pb::Request& to) {
  to.mutable_unregister_broker()->set_id(from.id.value());
}
void fill(const UpdateFeatures& from, pb::Request& to) {
  auto& body = *to.mutable_update_features();
  for (const auto& change : from.changes) {
    auto& added = *body.add_changes();
    added.set_name(change.name);
    added.set_level(change.level);
    added.set_kind(static_cast<std::uint32_t>(change.kind));
  }
  body.set_validate_only(from.validate_only);
}
void fill(const DescribeQuorum&, pb::Request& to) {
  to.mutable_describe_quorum();
}
void fill(const AddVoter& from, pb::Request& to) {
  auto& body = *to.mutable_add_voter();
  body.set_id(from.id.value());
  body.set_directory(bytes_of(from.directory));
  body.set_when_committed(from.when_committed);
}
void fill(const RemoveVoter& from, pb::Request& to) {
  to.mutable_remove_voter()->set_id(from.id.value());
  to.mutable_remove_voter()->set_directory(bytes_of(from.directory));
}
void fill(const TransferLeadership& from, pb::Request& to) {
  to.mutable_transfer_leadership()->set_to(from.to.value());
}

SharedBytes serialize(const google::protobuf::Message& message) {
  std::vector<std::uint8_t> bytes(message.ByteSizeLong());
  CHECK(bytes.size() <= std::numeric_limits<std::int32_t>::max());
  CHECK(message.SerializeToArray(bytes.data(), static_cast<int>(bytes.size())));
  return SharedBytes::own(std::move(bytes));
}

// From bytes

auto malformed(const std::string& what) {
  return fail(ErrorCode::kMalformed, "not a command between nodes: " + what);
}

/// Whether anything in it, however deep, has no meaning here. The messages nest three deep.
bool has_unknown(const google::protobuf::Message& message) {
  const auto& reflection = *message.GetReflection();
  if (!reflection.GetUnknownFields(message).empty()) return true;
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const auto* field : fields) {
    if (field->cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_MESSAGE) continue;
    if (!field->is_repeated()) {
      if (has_unknown(reflection.GetMessage(message, field))) return true;
      continue;
    }
    for (int i = 0; i < reflection.FieldSize(message, field); ++i) {
      if (has_unknown(reflection.GetRepeatedMessage(message, field, i))) return true;
    }
  }
  return false;
}

template <class Message>
Result<Message> parse(ByteView bytes) {
  Message message;
  if (bytes.size() > kCommandBytesMax ||
      !message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return malformed("its bytes do not parse");
  }
  if (message.version() > kCommandVersion) {
    return fail(ErrorCode::kUnsupportedVersion,
                fmt::format("a command of version {} came from another node, this program reads up "
                            "to {}; upgrade this node",
                            message.version(), kCommandVersion));
  }
  if (message.version() == 0) return malformed("it has no version");
  if (has_unknown(message)) return malformed("it has an unknown field");
  return message;
}

Result<Uuid> uuid_of(const std::string& bytes) {
  if (bytes.size() != Uuid::kBytes) return malformed("an id of other than 16 bytes");
  std::array<std::uint8_t, Uuid::kBytes> id{};
  std::copy(bytes.begin(), bytes.end(), id.begin());
  return Uuid(id);
}

Result<std::int16_t> int16_of(std::int32_t number) {
  if (number < INT16_MIN || number > INT16_MAX) return malformed(fmt::format("number {}", number));
  return static_cast<std::int16_t>(number);
}

Result<Endpoint> read(const pb::Endpoint& from) {
  if (from.port() > UINT16_MAX) return malformed(fmt::format("port {}", from.port()));
  return Endpoint{from.listener(), from.host(), static_cast<std::uint16_t>(from.port())};
}

Status read(const google::protobuf::RepeatedPtrField<pb::Endpoint>& from,
            std::vector<Endpoint>& to) {
  for (const auto& each : from) {
    ASSIGN_OR_RETURN(auto endpoint, read(each));
    to.push_back(std::move(endpoint));
  }
  return {};
}

std::vector<NodeId> read(const pb::Assignment& from) {
  std::vector<NodeId> nodes;
  for (const auto id : from.replicas()) nodes.emplace_back(id);
  return nodes;
}

std::optional<std::string> value_of(const pb::Setting& from) {
  return from.has_value() ? std::optional(from.value()) : std::nullopt;
}

Result<Error> read(const pb::Error& from) {
  const auto code = error_code_of(from.code());
  if (!code) return malformed(fmt::format("error number {}", from.code()));
  return Error{*code, from.message()};
}

Result<Command> read(const pb::CreateTopics& from) {
  CreateTopics command;
  command.validate_only = from.validate_only();
  for (const auto& each : from.topics()) {
    NewTopic topic{each.name(), each.partitions(), 0, {}, {}};
    ASSIGN_OR_RETURN(topic.replication_factor, int16_of(each.replication_factor()));
    for (const auto& assignment : each.assignments()) {
      topic.assignments.emplace_back(PartitionIndex(assignment.partition()), read(assignment));
    }
    for (const auto& config : each.configs()) {
      topic.configs.emplace_back(config.name(), value_of(config));
    }
    command.topics.push_back(std::move(topic));
  }
  return Command{std::move(command)};
}

Result<Command> read(const pb::DeleteTopics& from) {
  DeleteTopics command;
  for (const auto& each : from.topics()) {
    ASSIGN_OR_RETURN(const auto id, uuid_of(each.id()));
    command.topics.push_back({each.name(), TopicId(id)});
  }
  return Command{std::move(command)};
}

Result<Command> read(const pb::CreatePartitions& from) {
  CreatePartitions command;
  command.validate_only = from.validate_only();
  for (const auto& each : from.topics()) {
    MorePartitions more{each.topic(), each.count(), {}};
    for (const auto& assignment : each.assignments()) {
      if (assignment.partition() != 0) return malformed("a partition where none is named");
      more.assignments.push_back(read(assignment));
    }
    command.topics.push_back(std::move(more));
  }
  return Command{std::move(command)};
}

Result<AlterConfig> read(const pb::AlterConfig& from) {
  if (from.resource() > 1) return malformed(fmt::format("resource {}", from.resource()));
  AlterConfig config{
      from.resource() == 0 ? ConfigResource::kTopic : ConfigResource::kBroker, from.name(), {}};
  for (const auto& each : from.changes()) {
    if (each.operation() > static_cast<std::uint32_t>(ConfigOperation::kSubtract)) {
      return malformed(fmt::format("operation {}", each.operation()));
    }
    config.changes.push_back({each.name(), static_cast<ConfigOperation>(each.operation()),
                              each.has_value() ? std::optional(each.value()) : std::nullopt});
  }
  return config;
}

Result<Command> read(const pb::AlterConfigs& from) {
  AlterConfigs command;
  command.replace_all = from.replace_all();
  command.validate_only = from.validate_only();
  for (const auto& each : from.resources()) {
    ASSIGN_OR_RETURN(auto config, read(each));
    command.resources.push_back(std::move(config));
  }
  return Command{std::move(command)};
}

Result<Command> read(const pb::FormCluster& from) {
  ASSIGN_OR_RETURN(const auto id, uuid_of(from.cluster_id()));
  return Command{FormCluster{id}};
}

Result<Command> read(const pb::RegisterBroker& from) {
  RegisterBroker command;
  auto& broker = command.broker;
  ASSIGN_OR_RETURN(command.cluster_id, uuid_of(from.cluster_id()));
  broker.id = NodeId(from.id());
  broker.rack = from.rack();
  RETURN_IF_ERROR(read(from.endpoints(), broker.endpoints));
  ASSIGN_OR_RETURN(const auto incarnation, uuid_of(from.incarnation()));
  broker.incarnation = IncarnationId(incarnation);
  ASSIGN_OR_RETURN(const auto directory, uuid_of(from.directory()));
  broker.directory = DirectoryId(directory);
  if (from.has_peer()) {
    ASSIGN_OR_RETURN(broker.peer, read(from.peer()));
  }
  ASSIGN_OR_RETURN(broker.versions.min, int16_of(from.version_min()));
  ASSIGN_OR_RETURN(broker.versions.max, int16_of(from.version_max()));
  for (const auto& each : from.lost()) {
    ASSIGN_OR_RETURN(const auto topic, uuid_of(each.topic_id()));
    command.lost.push_back({TopicId(topic), PartitionIndex(each.partition())});
  }
  return Command{std::move(command)};
}

Result<Command> read(const pb::UnfenceBroker& from) {
  ASSIGN_OR_RETURN(const auto incarnation, uuid_of(from.incarnation()));
  return Command{UnfenceBroker{NodeId(from.id()), IncarnationId(incarnation)}};
}
Result<Command> read(const pb::AllocateProducerIds& from) {
  return Command{AllocateProducerIds{NodeId(from.broker()), BrokerEpoch(from.epoch())}};
}
Result<Command> read(const pb::BrokerHeartbeat& from) {
  return Command{BrokerHeartbeat{NodeId(from.id()), BrokerEpoch(from.epoch()),
                                 Offset(from.metadata_end()), from.wants_shutdown()}};
}
Result<Command> read(const pb::ReportBrokerDeath& from) {
  ASSIGN_OR_RETURN(const auto incarnation, uuid_of(from.incarnation()));
  return Command{ReportBrokerDeath{NodeId(from.id()), IncarnationId(incarnation)}};
}
Result<Command> read(const pb::UnregisterBroker& from) {
  return Command{UnregisterBroker{NodeId(from.id())}};
}
Result<Command> read(const pb::UpdateFeatures& from) {
  UpdateFeatures command;
  command.validate_only = from.validate_only();
  for (const auto& each : from.changes()) {
    if (each.kind() < 1 || each.kind() > 3) return malformed(fmt::format("kind {}", each.kind()));
    ASSIGN_OR_RETURN(const auto level, int16_of(each.level()));
    command.changes.push_back({each.name(), level, static_cast<FeatureUpgrade>(each.kind())});
  }
  return Command{std::move(command)};
}
Result<QuorumCommand> read(const pb::DescribeQuorum&) {
  return QuorumCommand{DescribeQuorum{}};
}
Result<QuorumCommand> read(const pb::AddVoter& from) {
  ASSIGN_OR_RETURN(const auto directory, uuid_of(from.directory()));
  return QuorumCommand{AddVoter{NodeId(from.id()), DirectoryId(directory), from.when_committed()}};
}
Result<QuorumCommand> read(const pb::RemoveVoter& from) {
  ASSIGN_OR_RETURN(const auto directory, uuid_of(from.directory()));
  return QuorumCommand{RemoveVoter{NodeId(from.id()), DirectoryId(directory)}};
}
Result<QuorumCommand> read(const pb::TransferLeadership& from) {
  return QuorumCommand{TransferLeadership{NodeId(from.to())}};
}

template <class Body>
Result<Request> request_of(const Body& body) {
  ASSIGN_OR_RETURN(auto read_body, read(body));
  return Request(std::move(read_body));
}

Result<ItemResult> read(const pb::Item& from) {
  ItemResult item;
  item.name = from.name();
  if (from.has_error()) {
    ASSIGN_OR_RETURN(item.error, read(from.error()));
  }
  ASSIGN_OR_RETURN(const auto id, uuid_of(from.id()));
  item.id = TopicId(id);
  item.partitions = from.partitions();
  ASSIGN_OR_RETURN(item.replication_factor, int16_of(from.replication_factor()));
  for (const auto& config : from.configs()) {
    const bool is_new = item.configs.emplace(config.name(), config.value()).second;
    if (!config.has_value() || !is_new) return malformed("a setting without or with two values");
  }
  return item;
}

Status read(const google::protobuf::RepeatedPtrField<pb::QuorumReplica>& from,
            std::vector<QuorumReplica>& to) {
  for (const auto& each : from) {
    QuorumReplica replica{NodeId(each.id()),
                          {},
                          Offset(each.log_end()),
                          TimestampMs(each.last_fetch()),
                          TimestampMs(each.last_caught_up()),
                          {}};
    ASSIGN_OR_RETURN(const auto directory, uuid_of(each.directory()));
    replica.directory = DirectoryId(directory);
    RETURN_IF_ERROR(read(each.endpoints(), replica.endpoints));
    to.push_back(std::move(replica));
  }
  return {};
}

Result<QuorumDescription> read(const pb::QuorumDescription& from) {
  QuorumDescription quorum;
  quorum.leader = NodeId(from.leader());
  quorum.epoch = from.epoch();
  quorum.high_watermark = Offset(from.high_watermark());
  RETURN_IF_ERROR(read(from.voters(), quorum.voters));
  RETURN_IF_ERROR(read(from.observers(), quorum.observers));
  return quorum;
}

}  // namespace

SharedBytes encode(const Request& request) {
  pb::Request message;
  message.set_version(kCommandVersion);
  std::visit(
      [&](const auto& kind) {
        std::visit([&](const auto& body) { fill(body, message); }, kind.body);
      },
      request);
  return serialize(message);
}

Result<Request> decode_request(ByteView bytes) {
  ASSIGN_OR_RETURN(const auto message, parse<pb::Request>(bytes));
  switch (message.body_case()) {
    case pb::Request::kCreateTopics:
      return request_of(message.create_topics());
    case pb::Request::kDeleteTopics:
      return request_of(message.delete_topics());
    case pb::Request::kCreatePartitions:
      return request_of(message.create_partitions());
    case pb::Request::kAlterConfigs:
      return request_of(message.alter_configs());
    case pb::Request::kFormCluster:
      return request_of(message.form_cluster());
    case pb::Request::kRegisterBroker:
      return request_of(message.register_broker());
    case pb::Request::kUnfenceBroker:
      return request_of(message.unfence_broker());
    case pb::Request::kAllocateProducerIds:
      return request_of(message.allocate_producer_ids());
    case pb::Request::kBrokerHeartbeat:
      return request_of(message.broker_heartbeat());
    case pb::Request::kReportBrokerDeath:
      return request_of(message.report_broker_death());
    case pb::Request::kUnregisterBroker:
      return request_of(message.unregister_broker());
    case pb::Request::kUpdateFeatures:
      return request_of(message.update_features());
    case pb::Request::kDescribeQuorum:
      return request_of(message.describe_quorum());
    case pb::Request::kAddVoter:
      return request_of(message.add_voter());
    case pb::Request::kRemoveVoter:
      return request_of(message.remove_voter());
    case pb::Request::kTransferLeadership:
      return request_of(message.transfer_leadership());
    case pb::Request::BODY_NOT_SET:
      break;
  }
  return malformed("it has no content");
}

SharedBytes encode(const CommandResult& result) {
  pb::Result message;
  message.set_version(kCommandVersion);
  if (result.error) fill(*result.error, *message.mutable_error());
  for (const auto& item : result.items) fill(item, *message.add_items());
  message.set_broker_epoch(result.broker_epoch.value());
  message.set_first_producer_id(result.first_producer_id.value());
  message.set_producer_ids(result.producer_ids);
  message.set_is_fenced(result.is_fenced);
  message.set_may_shut_down(result.may_shut_down);
  if (result.quorum) fill(*result.quorum, *message.mutable_quorum());
  message.set_metadata_end(result.metadata_end.value());
  return serialize(message);
}

Result<CommandResult> decode_result(ByteView bytes) {
  ASSIGN_OR_RETURN(const auto message, parse<pb::Result>(bytes));
  CommandResult result;
  if (message.has_error()) {
    ASSIGN_OR_RETURN(result.error, read(message.error()));
  }
  for (const auto& each : message.items()) {
    ASSIGN_OR_RETURN(auto item, read(each));
    result.items.push_back(std::move(item));
  }
  result.broker_epoch = BrokerEpoch(message.broker_epoch());
  result.first_producer_id = ProducerId(message.first_producer_id());
  result.producer_ids = message.producer_ids();
  result.is_fenced = message.is_fenced();
  result.may_shut_down = message.may_shut_down();
  if (message.has_quorum()) {
    ASSIGN_OR_RETURN(result.quorum, read(message.quorum()));
  }
  result.metadata_end = Offset(message.metadata_end());
  return result;
}

}  // namespace millrace::controller
