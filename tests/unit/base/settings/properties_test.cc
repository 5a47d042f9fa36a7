#include "base/settings/properties.h"

#include "tests/support/catch.h"

namespace millrace {

TEST_CASE("properties are read as Kafka's files have them") {
  const auto properties = parse_properties(
      "# a comment\n! another\n\n node.id = 1\nlisteners=PLAINTEXT://:9092\r\nlog.dirs: /data\n"
      "a.list=x,\\\n   y\nempty=",
      "server.properties");
  REQUIRE_OK(properties);
  REQUIRE(properties->size() == 5);
  REQUIRE(properties->at(0).key == "node.id");
  REQUIRE(properties->at(0).value == "1");
  REQUIRE(properties->at(0).source == "server.properties:4");
  REQUIRE(properties->at(1).value == "PLAINTEXT://:9092");
  REQUIRE(properties->at(2).key == "log.dirs");
  REQUIRE(properties->at(3).value == "x,y");
  REQUIRE(properties->at(4).value.empty());
}

TEST_CASE("a line that is no pair is refused by name and number") {
  const auto bad = parse_properties("node.id=1\nnonsense\n", "f");
  REQUIRE_ERROR(bad, ErrorCode::kInvalidConfig);
  REQUIRE(bad.error().message == "f:2: 'nonsense' is not key=value");
  REQUIRE_ERROR(parse_properties("=x", "f"), ErrorCode::kInvalidConfig);
}

TEST_CASE("what is larger than a configuration can be is refused") {
  REQUIRE_OK(parse_properties(std::string(kPropertiesBytesMax, '\n'), "f"));
  const auto large = parse_properties(std::string(kPropertiesBytesMax + 1, '\n'), "f");
  REQUIRE_ERROR(large, ErrorCode::kInvalidConfig);
  REQUIRE(large.error().message == "the configuration f is larger than 1 MiB");
}

TEST_CASE("an option of the command line may hold more equals signs") {
  REQUIRE(parse_set_option("a.b=c=d")->value == "c=d");
  REQUIRE_ERROR(parse_set_option("a.b"), ErrorCode::kInvalidConfig);
}

}  // namespace millrace
