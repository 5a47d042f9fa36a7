#include "node/config/command_line.h"

#include <CLI/CLI.hpp>

#include "node/config/properties_file.h"
#include "node/config/version.h"

namespace millrace::node {
namespace {

constexpr const char* kFooter = R"(
Without options a single node runs on 127.0.0.1:9092 (HTTP on 127.0.0.1:9644) with its data in
./millrace-data. --set wins over the file. SIGTERM stops the node gracefully.

Examples:
  millraced
  millraced --config /etc/millrace/millrace.properties
  millraced --set listeners=PLAINTEXT://:9092 --set log.dirs=/var/lib/millrace/data
  millraced --config millrace.properties --set node.id=2
)";

Result<std::vector<Property>> gather(const std::string& file,
                                     const std::vector<std::string>& sets) {
  std::vector<Property> properties;
  if (!file.empty()) {
    ASSIGN_OR_RETURN(properties, read_properties(file));
  }
  for (const auto& text : sets) {
    ASSIGN_OR_RETURN(auto property, parse_set_option(text));
    properties.push_back(std::move(property));
  }
  return properties;
}

}  // namespace

CommandLine parse_command_line(int argc, const char* const* argv) {
  CLI::App app("Runs one Millrace node: a server for Kafka clients.", "millraced");
  std::string file;
  std::vector<std::string> sets;
  bool check = false;
  bool version = false;
  app.add_option("--config", file, "File of key=value lines")->type_name("FILE");
  app.add_option("--set", sets, "One setting; may be repeated")
      ->type_name("key=value")
      ->allow_extra_args(false);
  app.add_flag("--check", check, "Look whether the configuration holds, touch nothing, and end");
  app.add_flag("--version", version, "Print the version and end");
  app.footer(kFooter);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return {{}, false, app.help(), 0};
  } catch (const CLI::ParseError& error) {
    return {{}, false, std::string("millraced: ") + error.what() + "; try --help", kExitUsage};
  }
  if (version) return {{}, false, "millraced " + std::string(kVersion), 0};
  auto properties = gather(file, sets);
  if (!properties) return {{}, false, "millraced: " + properties.error().message, kExitUsage};
  return {std::move(*properties), check, std::nullopt, 0};
}

}  // namespace millrace::node
