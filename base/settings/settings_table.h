#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// The one table of settings: it checks configuration files and topic configurations, answers
/// DescribeConfigs and makes docs/reference/configuration.md.
namespace millrace {

enum class SettingType { kBool, kInt, kLong, kDouble, kString, kList, kPassword };

enum class SettingScope {
  kNode,     // read at start
  kCluster,  // can also be altered while the cluster runs
  kTopic,    // per topic; its default is a broker setting
};

enum class SettingEffect {
  kWorks,
  kNoEffect,  // known to Kafka, does nothing here: a warning when set
  kRefused,   // ignoring it would be unsafe: a value other than the default is refused
};

/// A broker setting that gives a topic setting its value, multiplied: hours to milliseconds.
struct BrokerSynonym {
  std::string_view name;
  std::int64_t factor = 1;
};

struct SettingRange {
  double min = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity();
};

struct SettingSpec {
  std::string_view name;
  SettingType type;
  std::string_view fallback;  // the default; empty for a number means "not set"
  SettingScope scope;
  SettingEffect effect;
  std::string_view doc;
  SettingRange range = {};
  std::string_view choices = {};               // "a|b": nothing else is allowed
  std::string_view kafka_default = {};         // where it differs from ours
  std::array<BrokerSynonym, 3> synonyms = {};  // of a topic setting, the first that is set wins

  [[nodiscard]] bool is_number() const {
    return type == SettingType::kInt || type == SettingType::kLong || type == SettingType::kDouble;
  }
};

/// Settings of Kafka's that share an effect, so that they need no row each.
struct SettingFamily {
  std::string_view names;  // with a blank between; one that ends in * stands for all that begin so
  SettingEffect effect;
  std::string_view why;
};

std::span<const SettingSpec> all_settings();
std::span<const SettingFamily> setting_families();
std::vector<std::string_view> names_of(const SettingFamily& family);
/// nullptr when there is none.
const SettingFamily* find_family(std::string_view name);

/// nullptr when there is none. Broker and topic settings have names of their own, but for
/// min.insync.replicas and others, hence the scope: kTopic, or anything else for the broker's.
const SettingSpec* find_setting(std::string_view name, SettingScope scope);

/// docs/reference/configuration.md, whole.
std::string settings_reference();

}  // namespace millrace
