#include "node/config/command_line.h"

#include "tests/support/catch.h"

namespace millrace::node {
namespace {

CommandLine parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "millraced");
  return parse_command_line(static_cast<int>(arguments.size()), arguments.data());
}

}  // namespace

TEST_CASE("settings come from --set in order") {
  const auto line = parse({"--set", "node.id=3", "--set", "log.dirs=/a=b"});
  REQUIRE_FALSE(line.print.has_value());
  REQUIRE(line.properties.size() == 2);
  REQUIRE(line.properties[1].value == "/a=b");
}

TEST_CASE("help and version print and end well, a mistake ends with 2") {
  REQUIRE(parse({"--help"}).exit_code == 0);
  REQUIRE(parse({"--help"}).print->find("Examples:") != std::string::npos);
  REQUIRE(parse({"--version"}).print->find("millraced ") == 0);
  for (const auto& arguments : std::vector<std::vector<const char*>>{
           {"--sett", "a=b"}, {"stray"}, {"--set", "novalue"}, {"--config", "/no/such/file"}}) {
    const auto line = parse(arguments);
    REQUIRE(line.exit_code == kExitUsage);
    REQUIRE(line.print.has_value());
    REQUIRE(line.print->find('\n') == std::string::npos);
  }
}

}  // namespace millrace::node
