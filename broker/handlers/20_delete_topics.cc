#include "broker/handlers/20_delete_topics.h"

#include "broker/handlers/commanding.h"

namespace millrace::broker {

namespace {

using kafka::DeleteTopicsResponse;
using kafka::KafkaError;

class DeletingTopics final : public Commanding {
 public:
  using Commanding::Commanding;

  DeleteTopicsResponse response;
  std::vector<std::size_t> places;  // in the response, by item of the command

  void finish(Desk& desk, const controller::CommandResult& result) override {
    for (std::size_t item = 0; item < places.size(); ++item) {
      if (const Error* const error = error_of(result, item)) {
        auto& topic = response.responses[places[item]];
        topic.error_code = translate(error->code);
        topic.error_message = error->message;
      }
    }
    desk.reply(call_, response);
  }

 private:
  [[nodiscard]] KafkaError translate(ErrorCode code) const {
    // Clients from before version 3 do not know the code.
    if (code == ErrorCode::kTopicDeletionDisabled && call_.version < 3) {
      return KafkaError::kInvalidRequest;
    }
    return to_kafka(code);
  }
};

/// Finds out what is meant, and whether it may be deleted. False: the answer is complete.
bool check(Desk& desk, const Access& access, controller::TopicRef& ref,
           DeleteTopicsResponse::DeletableTopicResult& answer) {
  const bool by_id = ref.name.empty() && !ref.id.is_zero();
  if (!ref.name.empty() && !ref.id.is_zero()) {
    answer.error_code = KafkaError::kInvalidRequest;
    answer.error_message = "name the topic or give its id, not both";
    return false;
  }
  if (by_id) {
    const controller::Topic* const topic = desk.metadata().image().topic(ref.id);
    if (topic == nullptr) {
      answer.error_code = KafkaError::kUnknownTopicId;
      answer.error_message = "no topic has this id";
      return false;
    }
    // Who may not even see the topic does not learn its name.
    if (access.topic(Operation::kDescribe, topic->name)) answer.name = topic->name;
    ref.name = topic->name;
  }
  if (!access.topic(Operation::kDelete, ref.name)) {
    answer.error_code = KafkaError::kTopicAuthorizationFailed;
    answer.error_message = "not allowed to delete the topic";
    return false;
  }
  if (by_id) ref.name.clear();  // the id is what was asked for, whatever has the name by then
  return true;
}

}  // namespace

void start_delete_topics(Desk& desk, Call call, kafka::DeleteTopicsRequest request) {
  const Access access = desk.access(call);
  std::vector<controller::TopicRef> asked;
  for (const std::string& name : request.topic_names) asked.push_back({name, {}});
  for (const auto& topic : request.topics) {
    asked.push_back({topic.name.value_or(""), topic.topic_id});
  }
  auto deleting = std::make_unique<DeletingTopics>(call);
  controller::DeleteTopics command;
  for (controller::TopicRef& ref : asked) {
    auto& answer = deleting->response.responses.emplace_back();
    if (!ref.name.empty() || ref.id.is_zero()) answer.name = ref.name;
    answer.topic_id = ref.id;
    if (!check(desk, access, ref, answer)) continue;
    deleting->places.push_back(deleting->response.responses.size() - 1);
    command.topics.push_back(std::move(ref));
  }
  if (command.topics.empty()) {
    desk.reply(call, deleting->response);
    return;
  }
  submit_and_keep(desk, std::move(deleting), {std::move(command)}, request.timeout_ms);
}

}  // namespace millrace::broker
