#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
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
    answer.error_message = std::nullopt;
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

  /// A resource that is named twice is altered by none of both.
  void refuse_repeated() {
    std::map<std::pair<std::int8_t, std::string>, int> times;
    for (const auto& answer : response.responses)
      ++times[{answer.resource_type, answer.resource_name}];
    std::vector<std::size_t> places;
    std::vector<controller::AlterConfig> kept;
    for (std::size_t item = 0; item < places_.size(); ++item) {
      auto& answer = response.responses[places_[item]];
      if (times.at({answer.resource_type, answer.resource_name}) > 1) {
        answer.error_code = kafka::KafkaError::kInvalidRequest;
        answer.error_message = "the resource is named twice";
        continue;
      }
      places.push_back(places_[item]);
      kept.push_back(std::move(command.resources[item]));
    }
    places_ = std::move(places);
    command.resources = std::move(kept);
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
  altering->refuse_repeated();
  if (altering->command.resources.empty()) {
    desk.reply(altering->call(), altering->response);
    return;
  }
  controller::Command command{std::move(altering->command)};
  submit_and_keep(desk, std::move(altering), std::move(command), kCommandTimeoutMs);
}

}  // namespace millrace::broker
