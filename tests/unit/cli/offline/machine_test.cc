#include "cli/offline/machine.h"

#include <fstream>

#include "base/settings/properties.h"
#include "cli/command_table.h"
#include "storage/posix/posix_file_system.h"
#include "tests/support/catch.h"
#include "tests/unit/node/temporary_directory.h"

namespace millrace::cli {
namespace {

using Values = std::map<std::string, std::vector<std::string>>;

Answer<ChosenDirectory> choose(const Values& values) {
  const auto files = storage::make_posix_file_system();
  return chosen_directory(Invocation(*find_command("storage format"), {}, values), *files);
}

struct ConfigFile {
  explicit ConfigFile(const std::string& text) : path(directory.path() + "/node.properties") {
    std::ofstream(path) << text;
  }
  node::TemporaryDirectory directory;
  std::string path;
};

TEST_CASE("a directory is named by the command line or by the node's configuration") {
  const auto named = choose({{"--log-dir", {"/d"}}, {"--node-id", {"4"}}});
  REQUIRE(named->path == "/d");
  REQUIRE(named->node_id == NodeId(4));
  REQUIRE_FALSE(choose({{"--log-dir", {"/d"}}})->node_id.has_value());
  const ConfigFile file("node.id=7\nlog.dirs=/data/a\nwhatever.else=1\n");
  const auto configured = choose({{"--config", {file.path}}});
  REQUIRE(configured->path == "/data/a");
  REQUIRE(configured->node_id == NodeId(7));
  const ConfigFile old("log.dir=/data/b\n");
  REQUIRE(choose({{"--config", {old.path}}})->path == "/data/b");
  REQUIRE_FALSE(choose({{"--config", {old.path}}})->node_id.has_value());
}

TEST_CASE("neither, both or half of it is a wrong use") {
  for (const auto& values : {Values{}, Values{{"--config", {"f"}}, {"--log-dir", {"/d"}}},
                             Values{{"--config", {"f"}}, {"--node-id", {"1"}}}}) {
    const auto chosen = choose(values);
    REQUIRE_FALSE(chosen.has_value());
    REQUIRE(chosen.error().exit == ExitCode::kUsage);
  }
}

TEST_CASE("a configuration that does not say it is refused by name") {
  const std::vector<std::string> bad = {"node.id=1\n", "log.dirs=/a,/b\n",
                                        "log.dirs=\n", "node.id=x\nlog.dirs=/a\n",
                                        "nonsense\n",  std::string(kPropertiesBytesMax + 1, '\n')};
  for (const auto& text : bad) {
    const ConfigFile file(text);
    const auto chosen = choose({{"--config", {file.path}}});
    REQUIRE_FALSE(chosen.has_value());
    REQUIRE(chosen.error().exit == ExitCode::kFailed);
    REQUIRE(chosen.error().message.find(file.path) != std::string::npos);
  }
  REQUIRE(choose({{"--config", {"/no/such/file"}}}).error().code == "NOT_FOUND");
}

TEST_CASE("ids are new each time") {
  REQUIRE(random_uuid() != random_uuid());
}

}  // namespace
}  // namespace millrace::cli
