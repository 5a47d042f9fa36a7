#include "cli/offline/controller_list.h"

#include "tests/support/catch.h"

namespace millrace::cli {
namespace {

// Ids as text: one with '-' and '_', which are digits of theirs.
const std::string kA = "J8aAPcfLQt2bqs1JT_rMgQ";
const std::string kB = "k-9aAPcfLQt2bqs1JTrMgA";

TEST_CASE("a list of controllers is read as Kafka writes it") {
  const auto list = parse_initial_controllers("1@node-1:9093:" + kA + ",20@[::1]:19093:" + kB);
  REQUIRE(list.has_value());
  REQUIRE(list->size() == 2);
  REQUIRE(list->at(0).replica == raft::Replica{NodeId(1), DirectoryId(*Uuid::parse(kA))});
  REQUIRE(list->at(0).host == "node-1");
  REQUIRE(list->at(0).port == 9093);
  REQUIRE(list->at(1).host == "[::1]");
  REQUIRE(voters_of(*list).size() == 2);
  REQUIRE(quorum_voters(*list) == "1@node-1:9093,20@[::1]:19093");
  REQUIRE(quorum_bootstrap_servers(*list) == "node-1:9093,[::1]:19093");
}

TEST_CASE("what is no list of controllers is refused, naming the entry") {
  const std::vector<std::string> bad = {
      "",
      ",",
      "1@h:1:" + kA + ",",
      "h:1:" + kA,
      "1@h:" + kA,
      "1@h:1",
      "1@:1:" + kA,
      "x@h:1:" + kA,
      "-1@h:1:" + kA,
      "1@h:0:" + kA,
      "1@h:65536:" + kA,
      "1@h:1:short",
      "1@h:1:AAAAAAAAAAAAAAAAAAAAAA",
      "1@::1:9093:" + kA,
      "1@a b:1:" + kA,
      "2147483648@h:1:" + kA,
      "1:2@h",
  };
  for (const auto& text : bad) {
    CAPTURE(text);
    const auto list = parse_initial_controllers(text);
    REQUIRE_FALSE(list.has_value());
    REQUIRE(list.error().exit == ExitCode::kUsage);
    REQUIRE(list.error().message.find("is not ID@HOST:PORT:DIRECTORY_ID") != std::string::npos);
  }
}

TEST_CASE("every node and every directory is there once") {
  const auto nodes = parse_initial_controllers("1@a:1:" + kA + ",1@b:1:" + kB);
  REQUIRE(nodes.error().message == "node 1 is in --initial-controllers twice");
  const auto directories = parse_initial_controllers("1@a:1:" + kA + ",2@b:1:" + kA);
  REQUIRE(directories.error().message == "directory " + kA + " is in --initial-controllers twice");
}

TEST_CASE("more voters than a quorum can sensibly have are a mistake") {
  std::string text;
  for (std::size_t id = 1; id <= kInitialControllersMax; ++id) {
    std::array<std::uint8_t, Uuid::kBytes> bytes{1};
    bytes.back() = static_cast<std::uint8_t>(id);
    text += (id == 1 ? "" : ",") + std::to_string(id) + "@h:1:" + Uuid(bytes).to_string();
  }
  REQUIRE(parse_initial_controllers(text).has_value());
  const auto more = parse_initial_controllers(text + ",1000@h:1:" + kA);
  REQUIRE(more.error().message == "100 are more than 99 voters");
}

TEST_CASE("one, three and five voters need no advice") {
  for (const std::size_t good : {1, 3, 5}) REQUIRE(advice_on_count(good).empty());
  for (const std::size_t bad : {2, 4, 6, 7}) REQUIRE_FALSE(advice_on_count(bad).empty());
}

}  // namespace
}  // namespace millrace::cli
