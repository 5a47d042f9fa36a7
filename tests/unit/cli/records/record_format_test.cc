#include "cli/records/record_format.h"

#include "tests/support/catch.h"

namespace millrace::cli {
namespace {

Record sample() {
  Record record;
  record.topic = "orders";
  record.partition = PartitionIndex(3);
  record.offset = Offset(42);
  record.timestamp = TimestampMs(1234);
  record.key = "k";
  record.value = "value";
  record.headers = {{"a", "1"}, {"b", std::nullopt}};
  return record;
}

std::string formatted(const char* format, const Record& record = sample()) {
  std::string out;
  RecordFormat::parse(format).value().append(record, out);
  return out;
}

}  // namespace

TEST_CASE("every verb of the format") {
  REQUIRE(formatted("%s") == "value");
  REQUIRE(formatted("%v") == "value");
  REQUIRE(formatted("%S") == "5");
  REQUIRE(formatted("%R%s") == std::string("\0\0\0\x05", 4) + "value");
  REQUIRE(formatted("%k") == "k");
  REQUIRE(formatted("%K") == "1");
  REQUIRE(formatted("%t/%p/%o@%T") == "orders/3/42@1234");
  REQUIRE(formatted("%h") == "a=1,b=NULL");
  REQUIRE(formatted("100%% \\t\\n\\x21") == "100% \t\n!");
  REQUIRE(formatted("").empty());
}

TEST_CASE("null is not empty") {
  Record record = sample();
  record.key = std::nullopt;
  record.value = std::nullopt;
  REQUIRE(formatted("[%k|%s|%K|%S]", record) == "[||-1|-1]");
  REQUIRE(formatted("%R", record) == "\xff\xff\xff\xff");
  record.value = "";
  REQUIRE(formatted("%S", record) == "0");
}

TEST_CASE("unknown verbs and escapes are refused") {
  for (const char* format : {"%", "%q", "a%", "\\q", "%s\\"}) {
    CAPTURE(format);
    REQUIRE_FALSE(RecordFormat::parse(format).has_value());
  }
}

}  // namespace millrace::cli
