#include "broker/handlers/03_metadata.h"

#include <algorithm>

#include "broker/handlers/commanding.h"
#include "broker/handlers/lookup.h"

/// Metadata: brokers, topics, partitions. Any shard answers from its image. Unknown topics are
/// created first where the client and auto.create.topics.enable ask for it.
namespace millrace::broker {

namespace {

using kafka::KafkaError;
using kafka::MetadataRequest;
using kafka::MetadataResponse;

constexpr std::int16_t kFirstWithNullMeaningAll = 1;
constexpr std::int16_t kFirstByTopicId = 12;
constexpr std::int16_t kFirstWithListenerNotFound = 6;

using TopicAnswer = MetadataResponse::MetadataResponseTopic;

/// Makes one answer out of the shard's image.
class Answering {
 public:
  Answering(Desk& desk, const Call& call, const MetadataRequest& request)
      : metadata_(desk.metadata()), access_(desk.access(call)), call_(call), request_(request) {}

  MetadataResponse answer(NodeId self) {
    response_.cluster_id = metadata_.image().cluster_id().to_string();
    response_.controller_id = self;  // any node takes what is meant for the controller
    add_brokers();
    if (is_about_all()) {
      for (const controller::Topic* topic : metadata_.image().topics()) {
        if (access_.topic(Operation::kDescribe, topic->name)) add_topic(*topic);
      }
    } else {
      for (const auto& asked : request_.topics.value_or(none_)) add_asked(asked);
    }
    if (request_.include_cluster_authorized_operations) {
      response_.cluster_authorized_operations =
          access_.cluster(Operation::kDescribe) ? access_.cluster_operations() : 0;
    }
    return std::move(response_);
  }

  [[nodiscard]] bool is_about_all() const {
    return !request_.topics ||
           (call_.version < kFirstWithNullMeaningAll && request_.topics->empty());
  }

 private:
  const std::vector<MetadataRequest::MetadataRequestTopic> none_;

  void add_brokers() {
    for (const auto& [id, broker] : metadata_.image().brokers()) {
      const controller::Endpoint* const at = metadata_.endpoint(id, call_.context.listener);
      if (at == nullptr) continue;
      auto& row = response_.brokers.emplace_back();
      row.node_id = id;
      row.host = at->host;
      row.port = at->port;
      if (!broker.rack.empty()) row.rack = broker.rack;
    }
  }

  void add_asked(const MetadataRequest::MetadataRequestTopic& asked) {
    const bool has_id = !asked.topic_id.is_zero();
    if (call_.version < kFirstByTopicId && (has_id || !asked.name)) {
      refuse(asked.name, asked.topic_id, KafkaError::kInvalidRequest);
    } else if (asked.name) {
      add_named(*asked.name);
    } else {
      add_by_id(asked.topic_id);
    }
  }

  void add_named(const std::string& name) {
    if (!access_.topic(Operation::kDescribe, name)) {
      refuse(name, {}, KafkaError::kTopicAuthorizationFailed);
    } else if (const controller::Topic* const topic = metadata_.image().topic(name)) {
      add_topic(*topic);
    } else {
      refuse(name, {},
             is_topic_name(name) ? KafkaError::kUnknownTopicOrPartition
                                 : KafkaError::kInvalidTopicException);
    }
  }

  void add_by_id(TopicId id) {
    const controller::Topic* const topic = metadata_.image().topic(id);
    if (topic == nullptr) {
      refuse(std::nullopt, id, KafkaError::kUnknownTopicId);
    } else if (!access_.topic(Operation::kDescribe, topic->name)) {
      refuse(std::nullopt, id, KafkaError::kTopicAuthorizationFailed);
    } else {
      add_topic(*topic);
    }
  }

  void refuse(std::optional<std::string> name, TopicId id, KafkaError error) {
    TopicAnswer& answer = response_.topics.emplace_back();
    answer.error_code = error;
    // Before version 12 a name cannot be null.
    answer.name = call_.version < kFirstByTopicId ? name.value_or("") : std::move(name);
    answer.topic_id = id;
  }

  void add_topic(const controller::Topic& topic) {
    TopicAnswer& answer = response_.topics.emplace_back();
    answer.name = topic.name;
    answer.topic_id = topic.id;
    answer.is_internal = is_internal_topic(topic.name);
    if (request_.include_topic_authorized_operations) {
      answer.topic_authorized_operations = access_.topic_operations(topic.name);
    }
    for (std::size_t index = 0; index < topic.partitions.size(); ++index) {
      add_partition({topic.id, PartitionIndex(static_cast<std::int32_t>(index))},
                    topic.partitions[index], answer);
    }
  }

  void add_partition(const TopicPartitionId& id, const controller::Partition& state,
                     TopicAnswer& answer) {
    auto& partition = answer.partitions.emplace_back();
    partition.partition_index = id.partition;
    partition.leader_id = state.leader;
    partition.leader_epoch = state.leader_epoch;
    partition.replica_nodes = state.replicas;
    partition.isr_nodes = state.isr;
    partition.offline_replicas = metadata_.offline_replicas(id, state);
    if (state.leader == kNoNode) {
      partition.error_code = KafkaError::kLeaderNotAvailable;
    } else if (metadata_.endpoint(state.leader, call_.context.listener) == nullptr) {
      partition.leader_id = kNoNode;
      partition.error_code = call_.version >= kFirstWithListenerNotFound
                                 ? KafkaError::kListenerNotFound
                                 : KafkaError::kLeaderNotAvailable;
    }
  }

  MetadataView& metadata_;
  const Access access_;
  const Call& call_;
  const MetadataRequest& request_;
  MetadataResponse response_;
};

/// Waits until the topics that it created are there.
class CreatingFirst final : public Commanding {
 public:
  CreatingFirst(Call call, MetadataRequest request, std::vector<std::string> denied)
      : Commanding(std::move(call)), request_(std::move(request)), denied_(std::move(denied)) {}

  void finish(Desk& desk, const controller::CommandResult& result) override {
    MetadataResponse response = Answering(desk, call_, request_).answer(desk.config().node_id);
    for (const auto& item : result.items) {
      // Somebody else was faster: fine. Otherwise the reason is more use than "unknown".
      if (!item.error || item.error->code == ErrorCode::kTopicAlreadyExists) continue;
      set_error(response, item.name, to_kafka(item.error->code));
    }
    for (const std::string& name : denied_) {
      set_error(response, name, KafkaError::kTopicAuthorizationFailed);
    }
    desk.reply(call_, response);
  }

 private:
  static void set_error(MetadataResponse& response, const std::string& name, KafkaError error) {
    for (TopicAnswer& topic : response.topics) {
      if (topic.name == name && topic.error_code == KafkaError::kUnknownTopicOrPartition) {
        topic.error_code = error;
      }
    }
  }

  const MetadataRequest request_;
  const std::vector<std::string> denied_;
};

/// Unknown topics of the request that are to be created, and those that the client may not create.
struct ToCreate {
  std::vector<std::string> names;
  std::vector<std::string> denied;
};

ToCreate list_to_create(Desk& desk, const Call& call, const MetadataRequest& request) {
  ToCreate to_create;
  const bool is_wanted = call.version < 4 || request.allow_auto_topic_creation;
  if (!is_wanted || !request.topics ||
      !desk.metadata().settings().get_bool("auto.create.topics.enable")) {
    return to_create;
  }
  const Access access = desk.access(call);
  for (const auto& topic : *request.topics) {
    if (!topic.name || !is_topic_name(*topic.name) || is_internal_topic(*topic.name)) continue;
    if (desk.metadata().image().topic(*topic.name) != nullptr) continue;
    if (!access.topic(Operation::kDescribe, *topic.name)) continue;
    const bool allowed =
        access.cluster(Operation::kCreate) || access.topic(Operation::kCreate, *topic.name);
    (allowed ? to_create.names : to_create.denied).push_back(*topic.name);
  }
  std::sort(to_create.names.begin(), to_create.names.end());
  to_create.names.erase(std::unique(to_create.names.begin(), to_create.names.end()),
                        to_create.names.end());
  return to_create;
}

}  // namespace

void start_metadata(Desk& desk, Call call, MetadataRequest request) {
  ToCreate to_create = list_to_create(desk, call, request);
  auto creating =
      std::make_unique<CreatingFirst>(std::move(call), std::move(request), to_create.denied);
  if (to_create.names.empty()) {
    creating->finish(desk, {});
    return;
  }
  controller::CreateTopics command;
  for (std::string& name : to_create.names) command.topics.emplace_back().name = std::move(name);
  submit_and_keep(desk, std::move(creating), controller::Command{std::move(command)},
                  kCommandTimeoutMs);
}

}  // namespace millrace::broker
