#include "cli/output/schema.h"

#include "cli/command_table.h"
#include "tests/support/catch.h"
#include "tests/unit/cli/support/fake_node.h"
#include "tests/unit/cli/support/run_cli.h"

namespace millrace::cli::test {
namespace {

bool is_of(const Json& value, const std::string& type) {
  if (type == "string") return value.is_string();
  if (type == "integer") return value.is_number_integer();
  if (type == "boolean") return value.is_boolean();
  if (type == "array") return value.is_array();
  if (type == "object") return value.is_object();
  return type == "null" && value.is_null();
}

bool type_holds(const Json& value, const Json& type) {
  if (type.is_string()) return is_of(value, type);
  for (const auto& one : type) {
    if (is_of(value, one)) return true;
  }
  return false;
}

// The part of JSON schema that ours use. Returns where it does not hold, or "".
std::string violation(const Json& value, const Json& schema, const std::string& path) {
  if (schema.contains("const")) return value == schema["const"] ? "" : path;
  if (!type_holds(value, schema["type"])) return path;
  if (schema.contains("required")) {
    for (const auto& name : schema["required"]) {
      if (!value.contains(name.get<std::string>())) return path + "." + name.get<std::string>();
    }
  }
  if (schema.contains("properties")) {
    for (const auto& [name, member] : value.items()) {
      if (!schema["properties"].contains(name)) return path + "." + name + " is not in the schema";
      const auto wrong = violation(member, schema["properties"][name], path + "." + name);
      if (!wrong.empty()) return wrong;
    }
  }
  if (schema.contains("items") && value.is_array()) {
    for (const auto& element : value) {
      const auto wrong = violation(element, schema["items"], path + "[]");
      if (!wrong.empty()) return wrong;
    }
  }
  return "";
}

}  // namespace

TEST_CASE("json documents hold to the schema that -o schema prints") {
  FakeCluster cluster;
  auto& broker = cluster.brokers.emplace_back();
  broker.node_id = NodeId(1);
  broker.host = "127.0.0.1";
  add_topic(cluster, "orders", 2, {1});
  cluster.topics[0].partitions[1].leader_id = kNoNode;
  cluster.configs["orders"] = {{"retention.ms", "5"}};
  const FakeNode node(cluster);
  for (const std::string line :
       {"topic list", "topic describe orders nope", "topic create a orders",
        "topic create a -r 1 --dry-run", "topic alter orders -c a=b -p 5",
        "topic delete orders nope --yes", "topic delete nope --if-exists --yes", "cluster info",
        "topic list --nonsense"}) {
    CAPTURE(line);
    auto words = split_line(line + " -o json -b " + node.address());
    const auto document = Json::parse(run_cli(words).out);
    const auto schema_line = words[0] + " " + words[1] + " x -o schema";
    auto schema_words = split_line(words[0] == "cluster" || words[1] == "list"
                                       ? words[0] + " " + words[1] + " -o schema"
                                       : schema_line);
    const auto schema = Json::parse(run_cli(schema_words).out);
    REQUIRE(violation(document, schema, "") == "");
  }
}

}  // namespace millrace::cli::test
