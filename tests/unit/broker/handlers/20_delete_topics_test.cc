#include "broker/handlers/20_delete_topics.h"

#include "tests/support/broker_harness/requests.h"
#include "tests/support/catch.h"

namespace millrace::broker {
namespace {

using kafka::DeleteTopicsRequest;
using kafka::DeleteTopicsResponse;
using kafka::KafkaError;
using sim::BrokerHarness;

using Answer = DeleteTopicsResponse::DeletableTopicResult;

constexpr std::int16_t kVersion = 6;

struct Which {
  std::optional<std::string> name;
  TopicId id;
};

DeleteTopicsRequest request_for(const std::vector<Which>& which, std::int16_t version = kVersion) {
  DeleteTopicsRequest request;
  request.timeout_ms = 1'000;
  for (const Which& one : which) {
    if (version < 6) {
      request.topic_names.push_back(*one.name);
    } else {
      auto& topic = request.topics.emplace_back();
      topic.name = one.name;
      topic.topic_id = one.id;
    }
  }
  return request;
}

std::vector<Answer> ask(BrokerHarness& broker, const std::vector<Which>& which,
                        std::int16_t version = kVersion) {
  return broker.ask<DeleteTopicsResponse>(version, request_for(which, version)).responses;
}

TopicId unknown_id() {
  Random random(9);
  return TopicId(Uuid::random(random));
}

TEST_CASE("delete topics: by name in every version; its partitions go with it") {
  BrokerHarness broker({.shards = 2});
  for (std::int16_t version = 1; version <= kVersion; ++version) {
    const TopicId id = broker.create_topic("t", 3);
    sim::produce(broker, {.id = id, .partition = 1});
    const auto answers = ask(broker, {{"t", {}}}, version);
    REQUIRE(answers.size() == 1);
    REQUIRE(answers[0].error_code == KafkaError::kNone);
    REQUIRE(answers[0].name == "t");
    REQUIRE_FALSE(answers[0].error_message);
    REQUIRE(broker.image().topic("t") == nullptr);
    for (std::int32_t index = 0; index < 3; ++index) {
      REQUIRE(broker.let_go().contains({id, PartitionIndex(index)}));
    }
    REQUIRE(sim::produce(broker, {.id = id}).error_code == KafkaError::kUnknownTopicId);
  }
}

TEST_CASE("delete topics: by id") {
  BrokerHarness broker;
  const TopicId id = broker.create_topic("t");
  const auto answer = ask(broker, {{std::nullopt, id}}).at(0);
  REQUIRE(answer.error_code == KafkaError::kNone);
  REQUIRE(answer.name == "t");
  REQUIRE(answer.topic_id == id);
  REQUIRE(broker.image().topics().empty());
  // A topic of the same name is another one.
  broker.create_topic("t");
  REQUIRE(ask(broker, {{std::nullopt, id}}).at(0).error_code == KafkaError::kUnknownTopicId);
  REQUIRE(broker.image().topics().size() == 1);
}

TEST_CASE("delete topics: one reason a time for an error") {
  BrokerHarness broker;
  const TopicId id = broker.create_topic("t");
  struct Case {
    Which which;
    KafkaError error;
  };
  for (const Case& one :
       std::vector<Case>{{{"nope", {}}, KafkaError::kUnknownTopicOrPartition},
                         {{"", {}}, KafkaError::kUnknownTopicOrPartition},
                         {{"a b", {}}, KafkaError::kUnknownTopicOrPartition},
                         {{std::nullopt, unknown_id()}, KafkaError::kUnknownTopicId},
                         {{std::nullopt, {}}, KafkaError::kInvalidRequest},
                         {{"t", id}, KafkaError::kInvalidRequest},
                         {{"", id}, KafkaError::kInvalidRequest}}) {
    const auto answers = ask(broker, {one.which});
    REQUIRE(answers.size() == 1);
    REQUIRE(answers[0].error_code == one.error);
    REQUIRE(answers[0].error_message);
    REQUIRE(answers[0].name == one.which.name);
    REQUIRE(answers[0].topic_id == one.which.id);
  }
  REQUIRE(broker.image().topics().size() == 1);
}

TEST_CASE("delete topics: what is meant twice is not deleted") {
  BrokerHarness broker;
  const TopicId t = broker.create_topic("t");
  broker.create_topic("u");
  const auto answers = ask(broker, {{"t", {}}, {"u", {}}, {std::nullopt, t}});
  REQUIRE(answers.size() == 3);
  REQUIRE(answers[0].error_code == KafkaError::kInvalidRequest);
  REQUIRE(answers[1].error_code == KafkaError::kNone);
  REQUIRE(answers[2].error_code == KafkaError::kInvalidRequest);
  REQUIRE(broker.image().topic("t") != nullptr);
  REQUIRE(broker.image().topic("u") == nullptr);
  for (const auto& answer : ask(broker, {{"t", {}}, {"t", {}}}, 1)) {
    REQUIRE(answer.error_code == KafkaError::kInvalidRequest);
  }
  REQUIRE(broker.image().topic("t") != nullptr);
}

TEST_CASE("delete topics: answers stand in the order of the request") {
  BrokerHarness broker;
  broker.create_topic("a");
  broker.create_topic("b");
  const auto answers = ask(broker, {{"b", {}}, {"nope", {}}, {"a", {}}});
  REQUIRE(answers.at(0).name == "b");
  REQUIRE(answers.at(0).error_code == KafkaError::kNone);
  REQUIRE(answers.at(1).name == "nope");
  REQUIRE(answers.at(1).error_code == KafkaError::kUnknownTopicOrPartition);
  REQUIRE(answers.at(2).name == "a");
  REQUIRE(answers.at(2).error_code == KafkaError::kNone);
  REQUIRE(ask(broker, {}).empty());
}

TEST_CASE("delete topics: where the node does not allow it") {
  BrokerHarness broker({.settings = {{"delete.topic.enable", "false"}}});
  const TopicId id = broker.create_topic("t");
  for (std::int16_t version = 1; version <= kVersion; ++version) {
    REQUIRE(ask(broker, {{"t", {}}}, version).at(0).error_code ==
            (version < 3 ? KafkaError::kInvalidRequest : KafkaError::kTopicDeletionDisabled));
  }
  REQUIRE(ask(broker, {{std::nullopt, id}}).at(0).error_code == KafkaError::kTopicDeletionDisabled);
  REQUIRE(broker.image().topics().size() == 1);
}

TEST_CASE("delete topics: one that takes too long") {
  BrokerHarness broker;
  broker.create_topic("t");
  broker.controller_runs = false;
  const auto id = broker.send(broker.connect(), kVersion, request_for({{"t", {}}}));
  broker.pass(std::chrono::milliseconds(1'010));
  REQUIRE(broker.response_to<DeleteTopicsResponse>(id, kVersion).responses.at(0).error_code ==
          KafkaError::kRequestTimedOut);
}

}  // namespace
}  // namespace millrace::broker
