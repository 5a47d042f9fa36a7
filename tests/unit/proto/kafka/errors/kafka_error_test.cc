#include "proto/kafka/errors/kafka_error.h"

#include "tests/support/catch.h"

using namespace millrace::kafka;

TEST_CASE("every code of Kafka 4.3 has a name that leads back to it") {
  for (std::int16_t code = -1; code <= 133; ++code) {
    const auto error = static_cast<KafkaError>(code);
    INFO("code " << code);
    REQUIRE_FALSE(name_of(error).empty());
    REQUIRE(kafka_error_named(name_of(error)) == error);
  }
}

TEST_CASE("names and retriable flags of codes that clients decide on") {
  struct Row {
    std::int16_t code;
    const char* name;
    bool retriable;
  };
  const auto row = GENERATE(values<Row>({{-1, "UNKNOWN_SERVER_ERROR", false},
                                         {0, "NONE", false},
                                         {1, "OFFSET_OUT_OF_RANGE", false},
                                         {2, "CORRUPT_MESSAGE", true},
                                         {3, "UNKNOWN_TOPIC_OR_PARTITION", true},
                                         {5, "LEADER_NOT_AVAILABLE", true},
                                         {6, "NOT_LEADER_OR_FOLLOWER", true},
                                         {10, "MESSAGE_TOO_LARGE", false},
                                         {18, "RECORD_LIST_TOO_LARGE", false},
                                         {19, "NOT_ENOUGH_REPLICAS", true},
                                         {20, "NOT_ENOUGH_REPLICAS_AFTER_APPEND", true},
                                         {35, "UNSUPPORTED_VERSION", false},
                                         {42, "INVALID_REQUEST", false},
                                         {45, "OUT_OF_ORDER_SEQUENCE_NUMBER", false},
                                         {56, "KAFKA_STORAGE_ERROR", true},
                                         {74, "FENCED_LEADER_EPOCH", true},
                                         {100, "UNKNOWN_TOPIC_ID", true},
                                         {129, "REBOOTSTRAP_REQUIRED", false},
                                         {133, "SHARE_SESSION_LIMIT_REACHED", true}}));
  const auto error = static_cast<KafkaError>(row.code);
  REQUIRE(name_of(error) == row.name);
  REQUIRE(is_retriable(error) == row.retriable);
}

TEST_CASE("a number outside the list has no name and is not retriable") {
  const auto code = GENERATE(-32768, -2, 134, 32767);
  const auto error = static_cast<KafkaError>(code);
  REQUIRE(name_of(error).empty());
  REQUIRE_FALSE(is_retriable(error));
  REQUIRE_FALSE(kafka_error_named("NO_SUCH_ERROR").has_value());
}
