#include "cli/parse.h"

#include "tests/support/catch.h"

namespace millrace::cli {
namespace {

Answer<Parsed> parsed(const std::vector<std::string>& args) {
  return parse(args, [](const char*) { return std::nullopt; });
}

std::string complaint(const std::vector<std::string>& args) {
  const auto result = parsed(args);
  return result ? "" : result.error().message + "|" + result.error().hint;
}

}  // namespace

TEST_CASE("global flags stand before and after the verb") {
  for (const auto& args : std::vector<std::vector<std::string>>{
           {"-b", "a:1", "-o", "json", "topic", "list"},
           {"topic", "-b", "a:1", "list", "-o", "json"},
           {"topic", "list", "--bootstrap-server=a:1", "--output", "json"}}) {
    const auto invocation = parsed(args).value().invocation;
    REQUIRE(invocation.command().path == "topic list");
    REQUIRE(invocation.globals.bootstrap == "a:1");
    REQUIRE(invocation.globals.output == OutputFormat::kJson);
  }
}

TEST_CASE("names may look like verbs and nouns") {
  const auto invocation =
      parsed({"topic", "create", "list", "topic", "produce"}).value().invocation;
  REQUIRE(invocation.command().path == "topic create");
  REQUIRE(invocation.arguments() == std::vector<std::string>{"list", "topic", "produce"});
}

TEST_CASE("a repeatable flag takes one value each time") {
  const auto invocation =
      parsed({"topic", "create", "-c", "a=1", "orders", "-c", "b=x=y", "returns"})
          .value()
          .invocation;
  REQUIRE(invocation.arguments() == std::vector<std::string>{"orders", "returns"});
  REQUIRE(invocation.pairs("--config") ==
          std::vector<std::pair<std::string, std::string>>{{"a", "1"}, {"b", "x=y"}});
}

TEST_CASE("values may begin with a dash") {
  REQUIRE(parsed({"consume", "t", "--offset", "-5"}).value().invocation.text("--offset") == "-5");
  REQUIRE(parsed({"consume", "t", "--offset=-5"}).value().invocation.text("--offset") == "-5");
}

TEST_CASE("arguments behind -- may begin with a dash") {
  const auto invocation = parsed({"topic", "list", "--", "-b"});
  REQUIRE_FALSE(invocation.has_value());  // topic list takes none
  REQUIRE(parsed({"topic", "create", "a", "--", "--odd"}).value().invocation.arguments() ==
          std::vector<std::string>{"a", "--odd"});
}

TEST_CASE("help is understood everywhere, also on an incomplete line") {
  for (const auto& [args, path] : std::vector<std::pair<std::vector<std::string>, std::string>>{
           {{"--help"}, ""},
           {{"-h", "topic"}, "topic"},
           {{"topic", "--help"}, "topic"},
           {{"topic", "create", "-h"}, "topic create"},
           {{"topic", "--help", "create"}, "topic create"}}) {
    const auto result = parsed(args).value();
    REQUIRE(result.kind == Parsed::Kind::kHelp);
    REQUIRE(result.path == path);
  }
}

TEST_CASE("usage problems name what is near") {
  REQUIRE(complaint({"topci"}) == "'topci' is not a millrace command|did you mean topic?");
  REQUIRE(complaint({"topic", "desribe"}) ==
          "'desribe' is not a millrace topic command|did you mean describe?");
  REQUIRE(complaint({"topic", "create", "a", "--replication=3"}) ==
          "millrace topic create has no flag --replication|see millrace topic create --help");
  REQUIRE(complaint({"topic", "list", "-q"}) ==
          "millrace topic list has no flag -q|see millrace topic list --help");
  REQUIRE(complaint({"topic", "create", "a", "-p"}) ==
          "--partitions needs a value|see millrace topic create --help");
  REQUIRE(complaint({"topic", "create", "a", "-p", "x"}) ==
          "--partitions x: not a number from 1 to 2147483647|");
  REQUIRE(complaint({"topic", "create", "a", "-p", "1", "-p", "2"}) ==
          "--partitions is given twice|");
  REQUIRE(complaint({"topic", "list", "-o", "jsno"}).find("did you mean json?") !=
          std::string::npos);
  REQUIRE(complaint({"topic", "list", "--timeout", "0s"}) ==
          "--timeout 0s leaves no time to connect|");
}

TEST_CASE("a line that fails is still known by its command and format") {
  const auto seen = glimpse({"topic", "create", "-o", "json", "--partitions"});
  REQUIRE(seen.command == "topic create");
  REQUIRE(seen.output == OutputFormat::kJson);
  REQUIRE(glimpse({"nonsense", "-o", "yaml"}).output == OutputFormat::kYaml);
}

}  // namespace millrace::cli
