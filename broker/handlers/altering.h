#pragma once

#include <string>
#include <vector>

#include "broker/handlers/commanding.h"
#include "broker/handlers/config_resource.h"

namespace millrace::broker {

/// AlterConfigs and IncrementalAlterConfigs, which differ in how changes are written only.
template <class Response>
class Altering final : public Commanding {
 public:
  using Commanding::Commanding;

  Response response;
  controller::AlterConfigs command;

  /// Appends the answer for a resource. Where its changes go, or null when it is refused.
  std::vector<controller::ConfigChange>* add(const Access& access, std::int8_t type,
                                             const std::string& name) {
    auto& answer = response.responses.emplace_back();
    answer.resource_type = type;
    answer.resource_name = name;
    answer.error_code = check_config_access(access, Operation::kAlterConfigs, type, name);
    if (answer.error_code != kafka::KafkaError::kNone) {
      answer.error_message = "not allowed to alter these settings";
      return nullptr;
    }
    if (type != kTopicResource && type != kBrokerResource) {
      answer.error_code = kafka::KafkaError::kInvalidRequest;
      answer.error_message = "only settings of topics and brokers can be altered";
      return nullptr;
    }
    places_.push_back(response.responses.size() - 1);
    auto& resource = command.resources.emplace_back();
    resource.resource = type == kTopicResource ? controller::ConfigResource::kTopic
                                               : controller::ConfigResource::kBroker;
    resource.name = name;
    return &resource.changes;
  }

  /// Takes back what add() began for the last resource.
  void refuse_last(std::string why) {
    response.responses.back().error_code = kafka::KafkaError::kInvalidRequest;
    response.responses.back().error_message = std::move(why);
    command.resources.pop_back();
    places_.pop_back();
  }

  void finish(Desk& desk, const controller::CommandResult& result) override {
    for (std::size_t item = 0; item < places_.size(); ++item) {
      if (const Error* const error = error_of(result, item)) {
        response.responses[places_[item]].error_code = to_kafka(error->code);
        response.responses[places_[item]].error_message = error->message;
      }
    }
    desk.reply(call_, response);
  }

 private:
  std::vector<std::size_t> places_;  // in the response, by item of the command
};

template <class Response>
void submit_or_reply(Desk& desk, std::unique_ptr<Altering<Response>> altering) {
  if (altering->command.resources.empty()) {
    desk.reply(altering->call(), altering->response);
    return;
  }
  controller::Command command{std::move(altering->command)};
  submit_and_keep(desk, std::move(altering), std::move(command), kCommandTimeoutMs);
}

}  // namespace millrace::broker
