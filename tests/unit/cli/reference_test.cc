#include <fstream>
#include <set>
#include <sstream>

#include "cli/command_table.h"
#include "cli/help.h"
#include "tests/support/catch.h"

namespace millrace::cli {

TEST_CASE("docs/reference/cli.md is what the command table says") {
  std::ifstream file(MILLRACE_SOURCE_DIR "/docs/reference/cli.md");
  std::ostringstream page;
  page << file.rdbuf();
  INFO("write it anew: millrace help --markdown > docs/reference/cli.md");
  REQUIRE(page.str() == help_markdown());
}

TEST_CASE("every command is complete") {
  for (const auto& command : all_commands()) {
    CAPTURE(command.path);
    REQUIRE((command.answer == nullptr) != (command.stream == nullptr));
    if (command.hidden) continue;
    REQUIRE_FALSE(command.summary.empty());
    REQUIRE_FALSE(command.details.empty());
    REQUIRE_FALSE(command.examples.empty());
    REQUIRE(help_text(command.path).find("Examples:") != std::string::npos);
  }
}

TEST_CASE("flags do not clash") {
  for (const auto& command : all_commands()) {
    std::set<std::string> seen = {"-h", "--help"};
    auto options = command.options;
    options.insert(options.end(), global_options().begin(), global_options().end());
    for (const auto& option : options) {
      std::stringstream names(option.names);
      for (std::string name; std::getline(names, name, ',');) {
        CAPTURE(command.path, name);
        REQUIRE(seen.insert(name).second);
      }
    }
  }
}

}  // namespace millrace::cli
