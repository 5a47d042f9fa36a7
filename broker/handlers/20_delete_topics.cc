#include "broker/handlers/20_delete_topics.h"

#include <map>

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

void refuse(DeleteTopicsResponse::DeletableTopicResult& answer, KafkaError error, const char* why) {
  answer.error_code = error;
  answer.error_message = why;
}

/// Finds out what is meant, and whether it may be deleted. False: the answer is complete.
bool check(Desk& desk, const Access& access, const controller::TopicRef& ref,
           DeleteTopicsResponse::DeletableTopicResult& answer) {
  const controller::MetadataImage& image = desk.metadata().image();
  if (answer.name && !ref.id.is_zero()) {
    refuse(answer, KafkaError::kInvalidRequest, "name the topic or give its id, not both");
    return false;
  }
  if (!answer.name && ref.id.is_zero()) {
    refuse(answer, KafkaError::kInvalidRequest, "neither a name nor an id was given");
    return false;
  }
  const controller::Topic* const topic =
      answer.name ? image.topic(*answer.name) : image.topic(ref.id);
  if (topic == nullptr && !answer.name) {
    refuse(answer, KafkaError::kUnknownTopicId, "no topic has this id");
    return false;
  }
  const std::string& name = topic != nullptr ? topic->name : *answer.name;
  // Who may not even see the topic does not learn its name.
  if (!answer.name && access.topic(Operation::kDescribe, name)) answer.name = name;
  if (!access.topic(Operation::kDelete, name)) {
    refuse(answer, KafkaError::kTopicAuthorizationFailed, "not allowed to delete the topic");
    return false;
  }
  if (topic == nullptr && name.empty()) {
    refuse(answer, KafkaError::kUnknownTopicOrPartition, "no topic has an empty name");
    return false;
  }
  return true;
}

/// How often each topic is meant, by its name or its id.
class TimesNamed {
 public:
  explicit TimesNamed(const controller::MetadataImage& image) : image_(image) {}

  void add(const controller::TopicRef& ref) { ++times_[name_of(ref)]; }
  [[nodiscard]] bool is_once(const controller::TopicRef& ref) const {
    return times_.at(name_of(ref)) == 1;
  }

 private:
  [[nodiscard]] std::string name_of(const controller::TopicRef& ref) const {
    const controller::Topic* const topic =
        ref.name.empty() ? image_.topic(ref.id) : image_.topic(ref.name);
    return topic != nullptr ? topic->name : ref.name;
  }

  const controller::MetadataImage& image_;
  std::map<std::string, int> times_;
};

/// What the request means, and a row of the answer for each.
std::vector<controller::TopicRef> list_asked(const kafka::DeleteTopicsRequest& request,
                                             DeleteTopicsResponse& response) {
  std::vector<controller::TopicRef> asked;
  for (const std::string& name : request.topic_names) {
    asked.push_back({name, {}});
    response.responses.emplace_back().name = name;
  }
  for (const auto& topic : request.topics) {
    asked.push_back({topic.name.value_or(""), topic.topic_id});
    response.responses.emplace_back().name = topic.name;
    response.responses.back().topic_id = topic.topic_id;
  }
  return asked;
}

}  // namespace

void start_delete_topics(Desk& desk, Call call, kafka::DeleteTopicsRequest request) {
  const Access access = desk.access(call);
  auto deleting = std::make_unique<DeletingTopics>(call);
  auto asked = list_asked(request, deleting->response);
  TimesNamed times(desk.metadata().image());
  for (const controller::TopicRef& ref : asked) times.add(ref);
  controller::DeleteTopics command;
  for (std::size_t place = 0; place < asked.size(); ++place) {
    auto& answer = deleting->response.responses[place];
    if (!check(desk, access, asked[place], answer)) continue;
    if (!times.is_once(asked[place])) {
      refuse(answer, KafkaError::kInvalidRequest, "the topic is meant more than once");
      continue;
    }
    deleting->places.push_back(place);
    command.topics.push_back(std::move(asked[place]));
  }
  if (command.topics.empty()) {
    desk.reply(call, deleting->response);
    return;
  }
  submit_and_keep(desk, std::move(deleting), controller::Command{std::move(command)},
                  request.timeout_ms);
}

}  // namespace millrace::broker
