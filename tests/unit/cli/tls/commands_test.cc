#include <fmt/format.h>

#include <filesystem>
#include <fstream>

#include "cli/output/json.h"
#include "cli/tls/key_files.h"
#include "tests/support/catch.h"
#include "tests/unit/cli/support/run_cli.h"
#include "tests/unit/node/temporary_directory.h"

/// millrace tls as a user sees it.
namespace millrace::cli::test {
namespace {

constexpr const char* kIssue = "tls issue --node 2 -t K7aAPcfLQt2bqs1JTrrMgQ --dir DIR/ca ";

struct World {
  CliResult run(const std::string& line) {
    return run_cli(split_line(replaced(line, "DIR", directory.path())));
  }
  void require(const std::string& name, const std::string& line) {
    const auto result = run(line);
    const auto text = fmt::format("$ millrace {}\nexit {}\n--- stdout\n{}--- stderr\n{}", line,
                                  result.exit_code, result.out, result.err);
    require_golden(name, replaced(text, directory.path(), "DIR"));
  }
  std::string key(const std::string& name) {
    return read_identity(directory.path() + "/ca", name)->key;
  }

  node::TemporaryDirectory directory;
};

}  // namespace

TEST_CASE("an authority and a node's certificate are made, and not overwritten by accident") {
  World world;
  const auto ca = Json::parse(world.run("tls init-ca --dir DIR/ca -o json").out)["items"][0];
  REQUIRE(ca["certificate"] == world.directory.path() + "/ca/ca.crt");
  REQUIRE(ca["valid_until"].get<std::string>().size() == 10);
  const auto line = std::string(kIssue) + "--host node-2 --host 10.0.1.7";
  const auto node = Json::parse(world.run(line + " -o json").out)["items"][0];
  REQUIRE(node["uri"] == "millrace://K7aAPcfLQt2bqs1JTrrMgQ/node/2");
  REQUIRE(node["hosts"] == "node-2,10.0.1.7");
  REQUIRE(node["key"] == world.directory.path() + "/ca/node-2.key");
  REQUIRE(node["valid_until"] < ca["valid_until"]);

  const auto authority_key = world.key("ca");
  const auto node_key = world.key("node-2");
  world.require("tls_init_ca_again", "tls init-ca --dir DIR/ca");
  world.require("tls_issue_again", line);
  REQUIRE(world.key("ca") == authority_key);
  REQUIRE(world.key("node-2") == node_key);
  REQUIRE(world.run(line + " --force").exit_code == 0);
  REQUIRE(world.key("node-2") != node_key);
  REQUIRE(world.run("tls init-ca --dir DIR/ca --force").exit_code == 0);
  REQUIRE(world.key("ca") != authority_key);
}

TEST_CASE("without --host a certificate is for this machine") {
  World world;
  REQUIRE(world.run("tls init-ca --dir DIR/ca").exit_code == 0);
  const auto node = Json::parse(world.run(std::string(kIssue) + "-o json").out)["items"][0];
  REQUIRE(node["hosts"].get<std::string>().ends_with("localhost,127.0.0.1"));
}

TEST_CASE("what keeps a certificate from being made is said in one sentence") {
  World world;
  world.require("tls_issue_no_authority", kIssue);
  world.require("tls_init_ca_no_parent", "tls init-ca --dir DIR/no/ca");
  world.require("tls_init_ca_usage", "tls init-ca --days 5");
  REQUIRE(world.run("tls init-ca --dir DIR/ca").exit_code == 0);
  world.require("tls_issue_bad_host", std::string(kIssue) + "--host node-2:9093");
  world.require("tls_issue_bad_cluster", "tls issue --node 2 -t x --dir DIR/ca");
  std::ofstream(world.directory.path() + "/ca/ca.key") << "nonsense";
  world.require("tls_issue_bad_authority", kIssue);
}

}  // namespace millrace::cli::test
