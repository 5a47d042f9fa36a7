#include "cli/completion.h"

#include "cli/command_table.h"
#include "tests/support/catch.h"

namespace millrace::cli {
namespace {

using Words = std::vector<std::string>;

Words complete(const Words& words) {
  return completions(words, [] { return Words{"orders", "audit"}; });
}

}  // namespace

TEST_CASE("words of the command table are completed") {
  REQUIRE(complete({"to"}) == Words{"topic"});
  REQUIRE(complete({"topic", "de"}) == Words{"describe", "delete"});
  REQUIRE(complete({"-b", "x:1", "cluster", ""}) == Words{"info", "health"});
  REQUIRE(complete({"quorum", "add"}) == Words{"add-voter"});
  REQUIRE(complete({"help", "prod"}) == Words{"produce"});
  REQUIRE(complete({"completion", ""}) == Words{"bash", "zsh", "fish"});
  REQUIRE(complete({}) == words_after(""));
}

TEST_CASE("topics are completed where topics stand") {
  REQUIRE(complete({"consume", ""}) == Words{"orders", "audit"});
  REQUIRE(complete({"consume", "o"}) == Words{"orders"});
  REQUIRE(complete({"consume", "orders", ""}).empty());  // takes one
  REQUIRE(complete({"topic", "delete", "orders", "a"}) == Words{"audit"});
  REQUIRE(complete({"topic", "create", "o"}).empty());
}

TEST_CASE("flags and their choices are completed") {
  REQUIRE(complete({"topic", "list", "--int"}) == Words{"--internal"});
  REQUIRE(complete({"topic", "list", "-o", "js"}) == Words{"json"});
  REQUIRE(complete({"produce", "orders", "-z", "zs"}) == Words{"zstd"});
  REQUIRE(complete({"consume", "-n", "5", "o"}) == Words{"orders"});
}

}  // namespace millrace::cli
