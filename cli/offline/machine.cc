#include "cli/offline/machine.h"

#include <fmt/format.h>

#include <chrono>
#include <random>

#include "base/random.h"
#include "base/settings/properties.h"
#include "base/settings/settings.h"
#include "cli/local_problem.h"

namespace millrace::cli {
namespace {

constexpr const char* kNodeId = "node.id";

Result<std::vector<Property>> read_config(storage::FileSystem& files, const std::string& path) {
  ASSIGN_OR_RETURN(const auto file, files.open(path, storage::OpenMode::kRead));
  // One byte more than may be there tells what is too large.
  std::vector<std::uint8_t> bytes(kPropertiesBytesMax + 1);
  ASSIGN_OR_RETURN(const auto got, file->read_at(0, bytes));
  bytes.resize(got);
  return parse_properties(as_text(bytes), path);
}

/// Only what a formation needs: the rest of the file is the node's to judge.
Result<Settings> directory_settings(const std::vector<Property>& properties) {
  Settings settings;
  for (const auto& property : properties) {
    if (property.key != kNodeId && property.key != "log.dirs" && property.key != "log.dir")
      continue;
    auto warning = settings.set(property.key, property.value);
    if (!warning) return fail_in(property.source, warning.error());
  }
  return settings;
}

Result<ChosenDirectory> directory_of_config(storage::FileSystem& files, const std::string& path) {
  ASSIGN_OR_RETURN(const auto properties, read_config(files, path));
  ASSIGN_OR_RETURN(const auto settings, directory_settings(properties));
  ChosenDirectory chosen;
  if (settings.is_set(kNodeId))
    chosen.node_id = NodeId(static_cast<std::int32_t>(settings.get_long(kNodeId)));
  const char* name = settings.is_set("log.dirs") ? "log.dirs" : "log.dir";
  const auto directories =
      settings.is_set(name) ? settings.get_list(name) : std::vector<std::string>();
  if (directories.size() != 1) {
    return fail(ErrorCode::kInvalidConfig,
                fmt::format("{} names {} log directories; set log.dirs to exactly one", path,
                            directories.size()));
  }
  chosen.path = directories.front();
  return chosen;
}

}  // namespace

Answer<ChosenDirectory> chosen_directory(const Invocation& invocation, storage::FileSystem& files) {
  const auto config = invocation.text("--config");
  const auto log_dir = invocation.text("--log-dir");
  if (config.has_value() == log_dir.has_value()) {
    return problem(usage_problem(
        "--log-dir",
        config ? "--config and --log-dir do not go together" : "it is not said which directory",
        "give --log-dir DIR, or --config FILE of the node"));
  }
  if (log_dir) {
    ChosenDirectory chosen{*log_dir, std::nullopt};
    if (const auto id = invocation.integer("--node-id"))
      chosen.node_id = NodeId(static_cast<std::int32_t>(*id));
    return chosen;
  }
  if (invocation.has("--node-id")) {
    return problem(usage_problem("--node-id", "--node-id does not go with --config",
                                 "the configuration says it in node.id"));
  }
  auto chosen = directory_of_config(files, *config);
  if (!chosen) return problem(local_problem(chosen.error(), *config));
  return *chosen;
}

std::vector<Option> directory_options() {
  return {
      {.names = "-c,--config",
       .value = "FILE",
       .text = "the node's configuration, which says log.dirs and node.id",
       .kind = ValueKind::kText},
      {.names = "--log-dir",
       .value = "DIR",
       .text = "the node's log directory, instead of --config",
       .kind = ValueKind::kText},
  };
}

TimestampMs wall_now() {
  const auto since_1970 = std::chrono::system_clock::now().time_since_epoch();
  return TimestampMs(std::chrono::duration_cast<std::chrono::milliseconds>(since_1970).count());
}

Uuid random_uuid() {
  std::random_device device;
  Random random((static_cast<std::uint64_t>(device()) << 32) | device());
  return Uuid::random(random);
}

}  // namespace millrace::cli
