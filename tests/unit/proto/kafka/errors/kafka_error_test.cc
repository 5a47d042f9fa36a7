#include "proto/kafka/errors/kafka_error.h"

#include <fstream>
#include <string>

#include "tests/support/catch.h"

using namespace millrace::kafka;

TEST_CASE("codes, names and retriable flags are those of Kafka's client library") {
  std::ifstream golden(MILLRACE_KAFKA_ERRORS);
  REQUIRE(golden.is_open());
  std::int16_t code = 0;
  std::string name;
  std::string retriable;
  int count = 0;
  while (golden >> code >> name >> retriable) {
    INFO(code << " " << name);
    const auto error = static_cast<KafkaError>(code);
    REQUIRE(name_of(error) == name);
    REQUIRE(is_retriable(error) == (retriable == "true"));
    REQUIRE(kafka_error_named(name) == error);
    ++count;
  }
  REQUIRE(golden.eof());
  REQUIRE(count == 135);
  REQUIRE(code == 133);
}

TEST_CASE("a number outside the list has no name and is not retriable") {
  const auto code = GENERATE(-32768, -2, 134, 32767);
  const auto error = static_cast<KafkaError>(code);
  REQUIRE(name_of(error).empty());
  REQUIRE_FALSE(is_retriable(error));
  REQUIRE_FALSE(kafka_error_named("NO_SUCH_ERROR").has_value());
}
