#include "broker/handlers/19_create_topics.h"

#include "broker/handlers/commanding.h"
#include "broker/handlers/config_rows.h"

namespace millrace::broker {

namespace {

using kafka::CreateTopicsRequest;
using kafka::CreateTopicsResponse;
using kafka::KafkaError;

controller::NewTopic to_new_topic(const CreateTopicsRequest::CreatableTopic& topic) {
  controller::NewTopic made;
  made.name = topic.name;
  made.partitions = topic.num_partitions;
  made.replication_factor = topic.replication_factor;
  for (const auto& assignment : topic.assignments) {
    made.assignments.emplace_back(assignment.partition_index, assignment.broker_ids);
  }
  for (const auto& config : topic.configs) made.configs.emplace_back(config.name, config.value);
  return made;
}

class Creating final : public Commanding {
 public:
  using Commanding::Commanding;

  CreateTopicsResponse response;
  std::vector<std::size_t> places;  // in the response, by item of the command

  void finish(Desk& desk, const controller::CommandResult& result) override {
    const Access access = desk.access(call_);
    for (std::size_t item = 0; item < places.size(); ++item) {
      auto& topic = response.topics[places[item]];
      if (const Error* const error = error_of(result, item)) {
        topic.error_code = to_kafka(error->code);
        topic.error_message = error->message;
      } else {
        describe(desk, access, result.items[item], topic);
      }
    }
    desk.reply(call_, response);
  }

 private:
  static void describe(Desk& desk, const Access& access, const controller::ItemResult& item,
                       CreateTopicsResponse::CreatableTopicResult& topic) {
    topic.topic_id = item.id;
    if (!access.topic(Operation::kDescribeConfigs, topic.name)) {
      topic.topic_config_error_code = KafkaError::kTopicAuthorizationFailed;
      return;
    }
    topic.num_partitions = item.partitions;
    topic.replication_factor = item.replication_factor;
    topic.configs.emplace();
    for (const ConfigRow& row : topic_config_rows(desk.metadata().settings(), item.configs)) {
      auto& config = topic.configs->emplace_back();
      config.name = row.name;
      config.value = row.value;
      config.read_only = row.is_read_only;
      config.config_source = static_cast<std::int8_t>(row.source);
      config.is_sensitive = row.is_sensitive;
    }
  }
};

}  // namespace

void start_create_topics(Desk& desk, Call call, CreateTopicsRequest request) {
  const Access access = desk.access(call);
  const bool may_create_any = access.cluster(Operation::kCreate);
  auto creating = std::make_unique<Creating>(call);
  controller::CreateTopics command;
  command.validate_only = request.validate_only;
  for (const auto& topic : request.topics) {
    auto& result = creating->response.topics.emplace_back();
    result.name = topic.name;
    result.error_message = std::nullopt;
    if (!may_create_any && !access.topic(Operation::kCreate, topic.name)) {
      result.error_code = KafkaError::kTopicAuthorizationFailed;
      result.error_message = "not allowed to create the topic";
      continue;
    }
    creating->places.push_back(creating->response.topics.size() - 1);
    command.topics.push_back(to_new_topic(topic));
  }
  if (command.topics.empty()) {
    desk.reply(call, creating->response);
    return;
  }
  submit_and_keep(desk, std::move(creating), controller::Command{std::move(command)},
                  request.timeout_ms);
}

}  // namespace millrace::broker
