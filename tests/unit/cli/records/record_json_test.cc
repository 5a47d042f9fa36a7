#include "cli/records/record_json.h"

#include "tests/support/catch.h"

namespace millrace::cli {
namespace {

Record sample() {
  Record record;
  record.topic = "t";
  record.timestamp = TimestampMs(7);
  record.key = "k\xff";
  record.value = "caf\xc3\xa9";
  record.headers = {{"a", "1"}, {"a", std::nullopt}, {"b", "\x80"}};
  return record;
}

}  // namespace

TEST_CASE("a record goes to json and back") {
  auto back = record_from_json(record_json(sample()).dump());
  REQUIRE(back.has_value());
  back->topic = "t";
  REQUIRE(*back == sample());
}

TEST_CASE("bytes that are not UTF-8 are base64 and say so") {
  const auto json = record_json(sample());
  REQUIRE(json["key"] == "a/8=");
  REQUIRE(json["key_encoding"] == "base64");
  REQUIRE_FALSE(json.contains("value_encoding"));
  REQUIRE(json["headers"][2]["encoding"] == "base64");
}

TEST_CASE("headers may be an object, values may be numbers and objects") {
  const auto record = record_from_json(R"({"value": {"a": 1}, "key": 5, "headers": {"x": "y"}})");
  REQUIRE(record.has_value());
  REQUIRE(record->value == R"({"a":1})");
  REQUIRE(record->key == "5");
  REQUIRE(record->headers == std::vector<RecordHeader>{{"x", "y"}});
  REQUIRE(record->timestamp == kNoTimestamp);
}

TEST_CASE("what is no record is refused") {
  for (const char* line : {"", "x", "[]", "5", R"({"key": "!", "key_encoding": "base64"})",
                           R"({"key": "a", "key_encoding": "hex"})", R"({"headers": 5})",
                           R"({"headers": [5]})", R"({"headers": [{"value": "x"}]})"}) {
    CAPTURE(line);
    REQUIRE_FALSE(record_from_json(line).has_value());
  }
}

}  // namespace millrace::cli
