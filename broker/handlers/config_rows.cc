#include "broker/handlers/config_rows.h"

namespace millrace::broker {

namespace {

/// Kafka's numbers of types.
std::int8_t type_number(SettingType type) {
  switch (type) {
    case SettingType::kBool:
      return 1;
    case SettingType::kString:
      return 2;
    case SettingType::kInt:
      return 3;
    case SettingType::kLong:
      return 5;
    case SettingType::kDouble:
      return 6;
    case SettingType::kList:
      return 7;
    case SettingType::kPassword:
      return 9;
  }
  return 0;
}

ConfigRow make_row(const SettingSpec& spec, std::vector<SettingValue> values) {
  ConfigRow row;
  row.name = spec.name;
  row.is_sensitive = spec.type == SettingType::kPassword;
  row.is_read_only = spec.scope == SettingScope::kNode;
  row.type = type_number(spec.type);
  row.doc = spec.doc;
  if (!values.empty()) {
    row.source = values.front().source;
    // A number that is not set has no value; an empty text is one.
    const bool is_unset = spec.is_number() && values.front().text.empty();
    if (!row.is_sensitive && !is_unset) row.value = values.front().text;
  }
  row.synonyms = std::move(values);
  return row;
}

}  // namespace

std::vector<ConfigRow> topic_config_rows(const Settings& settings, const SettingMap& overrides) {
  std::vector<ConfigRow> rows;
  for (const SettingSpec& spec : all_settings()) {
    if (spec.scope != SettingScope::kTopic) continue;
    rows.push_back(make_row(spec, settings.topic_values(overrides, spec.name)));
  }
  return rows;
}

std::vector<ConfigRow> broker_config_rows(const Settings& settings) {
  std::vector<ConfigRow> rows;
  for (const SettingSpec& spec : all_settings()) {
    if (spec.scope == SettingScope::kTopic) continue;
    rows.push_back(make_row(spec, settings.values(spec.name)));
  }
  return rows;
}

std::vector<ConfigRow> cluster_config_rows(const SettingMap& altered) {
  std::vector<ConfigRow> rows;
  for (const auto& [name, value] : altered) {
    const SettingSpec* const spec = find_setting(name, SettingScope::kCluster);
    if (spec == nullptr) continue;
    rows.push_back(make_row(*spec, {{value, SettingSource::kDynamicCluster, spec->name}}));
  }
  return rows;
}

}  // namespace millrace::broker
