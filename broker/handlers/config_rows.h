#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/settings/settings.h"

namespace millrace::broker {

/// One setting as DescribeConfigs and CreateTopics tell it.
struct ConfigRow {
  std::string name;
  std::optional<std::string> value;  // never of a secret
  SettingSource source = SettingSource::kDefault;
  bool is_read_only = false;
  bool is_sensitive = false;
  std::int8_t type = 0;
  std::string_view doc;
  std::vector<SettingValue> synonyms;  // all that could apply, the one that does first
};

/// Every setting that a topic has.
std::vector<ConfigRow> topic_config_rows(const Settings& settings, const SettingMap& overrides);
/// Every setting of the node.
std::vector<ConfigRow> broker_config_rows(const Settings& settings);
/// What was altered for the whole cluster, and nothing else.
std::vector<ConfigRow> cluster_config_rows(const SettingMap& altered);

}  // namespace millrace::broker
