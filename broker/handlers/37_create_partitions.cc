#include "broker/handlers/37_create_partitions.h"

#include "broker/handlers/commanding.h"

namespace millrace::broker {

namespace {

using kafka::KafkaError;

class Adding final : public Commanding {
 public:
  using Commanding::Commanding;

  kafka::CreatePartitionsResponse response;
  std::vector<std::size_t> places;  // in the response, by item of the command

  void finish(Desk& desk, const controller::CommandResult& result) override {
    for (std::size_t item = 0; item < places.size(); ++item) {
      if (const Error* const error = error_of(result, item)) {
        auto& topic = response.results[places[item]];
        topic.error_code = to_kafka(error->code);
        topic.error_message = error->message;
      }
    }
    desk.reply(call_, response);
  }
};

}  // namespace

void start_create_partitions(Desk& desk, Call call, kafka::CreatePartitionsRequest request) {
  const Access access = desk.access(call);
  auto adding = std::make_unique<Adding>(call);
  controller::CreatePartitions command;
  command.validate_only = request.validate_only;
  for (const auto& topic : request.topics) {
    auto& result = adding->response.results.emplace_back();
    result.name = topic.name;
    if (!access.topic(Operation::kAlter, topic.name)) {
      result.error_code = KafkaError::kTopicAuthorizationFailed;
      result.error_message = "not allowed to alter the topic";
      continue;
    }
    adding->places.push_back(adding->response.results.size() - 1);
    auto& more = command.topics.emplace_back();
    more.topic = topic.name;
    more.count = topic.count;
    if (!topic.assignments) continue;
    for (const auto& assignment : *topic.assignments) {
      more.assignments.push_back(assignment.broker_ids);
    }
  }
  if (command.topics.empty()) {
    desk.reply(call, adding->response);
    return;
  }
  submit_and_keep(desk, std::move(adding), controller::Command{std::move(command)},
                  request.timeout_ms);
}

}  // namespace millrace::broker
