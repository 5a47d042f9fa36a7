#include "node/config/node_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <thread>

namespace millrace::node {
namespace {

/// Where each setting was given, for messages about its meaning rather than its form.
using Sources = std::map<std::string, std::string, std::less<>>;

std::string at(const Sources& sources, std::string_view name) {
  const auto found = sources.find(name);
  return found == sources.end() ? std::string() : found->second + ": ";
}

Status apply(const std::vector<Property>& properties, NodeConfig& config, Sources& sources) {
  for (const auto& property : properties) {
    auto warning = config.settings.set(property.key, property.value);
    if (!warning) return fail_in(property.source, warning.error());
    if (*warning) config.warnings.push_back(property.source + ": " + **warning);
    sources[property.key] = property.source;
  }
  return {};
}

Status check_roles(const Settings& settings, const Sources& sources) {
  auto roles = settings.get_list("process.roles");
  std::sort(roles.begin(), roles.end());
  if (roles.empty() || roles == std::vector<std::string>{"broker", "controller"}) return {};
  return fail(ErrorCode::kInvalidConfig,
              at(sources, "process.roles") +
                  "process.roles: every node is broker and controller at once, and who votes is "
                  "said by millrace storage format; leave it empty or set broker,controller");
}

Result<QuorumConfig> quorum_of(const Settings& settings, const ListenerMap& listeners,
                               const Sources& sources) {
  auto quorum = make_quorum_config(settings, listeners);
  if (quorum) return quorum;
  const auto& message = quorum.error().message;
  return fail(quorum.error().code, at(sources, message.substr(0, message.find(':'))) + message);
}

Result<std::string> data_directory_of(const Settings& settings, const Sources& sources) {
  const char* name =
      settings.is_set("log.dirs") || !settings.is_set("log.dir") ? "log.dirs" : "log.dir";
  const auto directories = settings.get_list(name);
  if (directories.size() != 1) {
    return fail(ErrorCode::kInvalidConfig,
                fmt::format("{}{}: exactly one directory is needed so far, not {}",
                            at(sources, name), name, directories.size()));
  }
  return directories.front();
}

Result<ListenerMap> listeners_of(const Settings& settings, const Sources& sources) {
  auto map = parse_listeners({settings.text("listeners"), settings.text("advertised.listeners"),
                              settings.text("listener.security.protocol.map"),
                              settings.text("controller.listener.names")});
  if (map) return map;
  const auto& message = map.error().message;
  return fail(map.error().code, at(sources, message.substr(0, message.find(':'))) + message);
}

Result<std::optional<Endpoint>> http_of(const Settings& settings, const Sources& sources) {
  constexpr const char* kName = "millrace.http.listener";
  const auto text = settings.text(kName);
  if (text.empty()) return std::optional<Endpoint>();
  auto endpoint = parse_endpoint(text);
  if (!endpoint) return fail_in(at(sources, kName) + kName, endpoint.error());
  return std::optional<Endpoint>(std::move(*endpoint));
}

LogLevel log_level_of(const Settings& settings) {
  const auto text = settings.text("millrace.log.level");
  if (text == "debug") return LogLevel::kDebug;
  if (text == "warn") return LogLevel::kWarn;
  if (text == "error") return LogLevel::kError;
  return LogLevel::kInfo;
}

void fill_numbers(NodeConfig& config) {
  const auto number = [&](const char* name) {
    return static_cast<std::uint64_t>(config.settings.get_long(name));
  };
  config.node_id = NodeId(static_cast<std::int32_t>(number("node.id")));
  config.loops = number("millrace.loops");
  if (config.loops == 0) config.loops = std::max(1U, std::thread::hardware_concurrency());
  config.io_threads = number("millrace.io.threads");
  config.journal_bytes = 2 * number("millrace.journal.bytes");
  config.partitions_max = number("millrace.partitions.max");
  config.connections_per_ip_max = number("max.connections.per.ip");
  if (number("max.connections") > 0) config.connections_max = number("max.connections");
}

}  // namespace

Result<NodeConfig> make_node_config(const std::vector<Property>& properties) {
  NodeConfig config;
  Sources sources;
  RETURN_IF_ERROR(apply(properties, config, sources));
  RETURN_IF_ERROR(check_roles(config.settings, sources));
  ASSIGN_OR_RETURN(config.data_directory, data_directory_of(config.settings, sources));
  ASSIGN_OR_RETURN(config.listeners, listeners_of(config.settings, sources));
  ASSIGN_OR_RETURN(config.quorum, quorum_of(config.settings, config.listeners, sources));
  ASSIGN_OR_RETURN(config.http, http_of(config.settings, sources));
  config.log_level = log_level_of(config.settings);
  fill_numbers(config);
  return config;
}

}  // namespace millrace::node
