#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "controller/ops/ops.h"

namespace millrace::controller {
namespace {

const SettingSpec* spec_for(bool topic, std::string_view name) {
  return find_setting(name, topic ? SettingScope::kTopic : SettingScope::kCluster);
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const auto end = text.find(',');
    if (end != 0) parts.emplace_back(text.substr(0, end));
    text = end == std::string_view::npos ? "" : text.substr(end + 1);
  }
  return parts;
}

std::string changed_list(std::string_view current, std::string_view change, bool append) {
  auto parts = split_list(current);
  for (const auto& part : split_list(change)) {
    const auto found = std::find(parts.begin(), parts.end(), part);
    if (append && found == parts.end()) parts.push_back(part);
    if (!append && found != parts.end()) parts.erase(found);
  }
  return fmt::format("{}", fmt::join(parts, ","));
}

Result<const SettingSpec*> alterable(bool topic, const std::string& name) {
  const auto* spec = spec_for(topic, name);
  if (spec == nullptr) {
    return fail(unknown_setting(name, topic ? SettingScope::kTopic : SettingScope::kCluster));
  }
  if (!topic && spec->scope == SettingScope::kNode) {
    return fail(ErrorCode::kInvalidConfig,
                name + " is read at start: set it in the node's configuration and start it again");
  }
  return spec;
}

/// Errors also for a value that is allowed in form but unsafe.
Result<std::string> checked(bool topic, const SettingSpec& spec, const std::string& value) {
  if (topic) return check_topic_setting(spec.name, value);
  Settings probe;
  auto set = probe.set(spec.name, value);
  if (!set) return fail(set.error());
  return probe.text(spec.name);
}

std::string current_value(const Context& context, bool topic, const SettingMap& configs,
                          const std::string& name) {
  if (topic) return context.settings.topic_value(configs, name).text;
  const auto found = configs.find(name);
  return found == configs.end() ? context.settings.text(name) : found->second;
}

Status change_one(const Context& context, bool topic, const ConfigChange& change,
                  SettingMap& configs) {
  ASSIGN_OR_RETURN(const auto* spec, alterable(topic, change.name));
  if (change.operation == ConfigOperation::kDelete) {
    configs.erase(change.name);
    return {};
  }
  if (!change.value) return fail(ErrorCode::kInvalidConfig, "no value for " + change.name);
  auto value = *change.value;
  if (change.operation != ConfigOperation::kSet) {
    if (spec->type != SettingType::kList) {
      return fail(ErrorCode::kInvalidConfig,
                  change.name + " is no list: nothing can be added to it or taken from it");
    }
    ASSIGN_OR_RETURN(const auto part, checked(topic, *spec, value));
    value = changed_list(current_value(context, topic, configs, change.name), part,
                         change.operation == ConfigOperation::kAppend);
  }
  ASSIGN_OR_RETURN(configs[change.name], checked(topic, *spec, value));
  return {};
}

MetadataTransaction differences(const std::optional<TopicId>& topic, const SettingMap& before,
                                const SettingMap& after) {
  MetadataTransaction records;
  for (const auto& [name, value] : before) {
    if (after.find(name) == after.end()) {
      records.push_back(ConfigRecord{topic, name, std::nullopt});
    }
  }
  for (const auto& [name, value] : after) {
    const auto old = before.find(name);
    if (old == before.end() || old->second != value) {
      records.push_back(ConfigRecord{topic, name, value});
    }
  }
  return records;
}

std::int64_t in_sync_needed(const Settings& settings, const SettingMap& configs) {
  return settings.topic_long(configs, "min.insync.replicas");
}

Status check_in_sync(const Settings& settings, const SettingMap& configs, std::size_t replicas) {
  const auto in_sync = in_sync_needed(settings, configs);
  if (in_sync <= static_cast<std::int64_t>(replicas)) return {};
  return fail(ErrorCode::kInvalidConfig,
              fmt::format("min.insync.replicas={} with {} replica{} would refuse all writes",
                          in_sync, replicas, replicas == 1 ? "" : "s"));
}

Status check_sizes(const Settings& settings, const SettingMap& configs) {
  if (configs.find("max.message.bytes") != configs.end() &&
      settings.topic_long(configs, "segment.bytes") <
          settings.topic_long(configs, "max.message.bytes")) {
    return fail(ErrorCode::kInvalidConfig, "max.message.bytes is larger than segment.bytes");
  }
  return {};
}

Result<MetadataTransaction> alter(const Context& context, const AlterConfig& resource,
                                  bool replace_all) {
  const bool is_topic = resource.resource == ConfigResource::kTopic;
  const auto* topic = is_topic ? context.image.topic(resource.name) : nullptr;
  if (is_topic && topic == nullptr) {
    return fail(ErrorCode::kUnknownTopicOrPartition, fmt::format("no topic '{}'", resource.name));
  }
  if (!is_topic && !resource.name.empty()) {
    return fail(ErrorCode::kInvalidRequest,
                "settings of a single broker are read at its start; here they can be altered for "
                "the whole cluster (no broker named)");
  }
  const auto& before = is_topic ? topic->configs : context.image.cluster_configs();
  auto after = replace_all ? SettingMap() : before;
  std::set<std::string> names;
  for (const auto& change : resource.changes) {
    if (!names.insert(change.name).second) {
      return fail(ErrorCode::kInvalidRequest, change.name + " is named twice");
    }
    RETURN_IF_ERROR(change_one(context, is_topic, change, after));
  }
  if (is_topic) {
    const auto replicas = topic->partitions.front().replicas.size();
    RETURN_IF_ERROR(check_sizes(context.settings, after));
    // Only what this change brings about: what the cluster's default did before does not keep
    // other settings from being altered.
    if (in_sync_needed(context.settings, after) != in_sync_needed(context.settings, before)) {
      RETURN_IF_ERROR(check_in_sync(context.settings, after, replicas));
    }
  }
  return differences(is_topic ? std::optional(topic->id) : std::nullopt, before, after);
}

}  // namespace

Status check_topic_configs(const Settings& settings, const SettingMap& configs,
                           std::size_t replicas) {
  RETURN_IF_ERROR(check_in_sync(settings, configs, replicas));
  return check_sizes(settings, configs);
}

Plan plan(const Context& context, const AlterConfigs& command) {
  Plan plan;
  std::set<std::pair<ConfigResource, std::string>> seen;
  for (const auto& resource : command.resources) {
    ItemResult item;
    item.name = resource.name;
    auto change = seen.emplace(resource.resource, resource.name).second
                      ? alter(context, resource, command.replace_all)
                      : Result<MetadataTransaction>(
                            fail(ErrorCode::kInvalidRequest, resource.name + " is named twice"));
    if (!change) item.error = change.error();
    if (change && !command.validate_only) {
      for (auto& record : *change) plan.records.push_back(std::move(record));
    }
    plan.result.items.push_back(std::move(item));
  }
  return plan;
}

}  // namespace millrace::controller
