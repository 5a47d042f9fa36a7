#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/settings/settings_table.h"

namespace millrace {

/// Where a value comes from; the numbers are those of DescribeConfigs.
enum class SettingSource : std::int8_t {
  kTopic = 1,
  kDynamicBroker = 2,
  kDynamicCluster = 3,
  kFile = 4,
  kDefault = 5,
};

struct SettingValue {
  std::string text;
  SettingSource source;
  std::string_view name;  // the setting it was taken from, e.g. log.retention.hours
};

/// Overrides by name, in a deterministic order.
using SettingMap = std::map<std::string, std::string, std::less<>>;

/// The value in its canonical form (trimmed, lists without blanks). Errors: kInvalidConfig with a
/// sentence that names the setting and what it takes.
Result<std::string> check_setting(const SettingSpec& spec, std::string_view value);

/// The row of a topic setting and the checked value. Errors: kInvalidConfig, for an unknown name
/// with the nearest known one.
Result<std::string> check_topic_setting(std::string_view name, std::string_view value);

/// "unknown setting 'x', did you mean 'y'?"
Error unknown_setting(std::string_view name, SettingScope scope);

/// The values of one node. Held as immutable copies: to alter, copy and replace. No thread of its
/// own, nothing survives a crash: the file and the metadata log do.
class Settings {
 public:
  /// Checks and stores. Returns a warning to log when the setting has no effect here.
  /// Errors: kInvalidConfig: unknown, badly formed, or unsafe to ignore.
  Result<std::optional<std::string>> set(std::string_view name, std::string_view value,
                                         SettingSource source = SettingSource::kFile);
  /// Takes back what was set from that source.
  void unset(std::string_view name, SettingSource source);

  /// Requires, for all getters: a broker setting of the table; numbers: set or with a default.
  [[nodiscard]] SettingValue value(std::string_view name) const;
  [[nodiscard]] std::string text(std::string_view name) const { return value(name).text; }
  [[nodiscard]] bool is_set(std::string_view name) const;
  [[nodiscard]] bool get_bool(std::string_view name) const;
  [[nodiscard]] std::int64_t get_long(std::string_view name) const;
  [[nodiscard]] double get_double(std::string_view name) const;
  [[nodiscard]] std::vector<std::string> get_list(std::string_view name) const;

  /// A topic's value: its override, else the first broker setting that is set, else the default.
  /// Requires: a topic setting of the table.
  [[nodiscard]] SettingValue topic_value(const SettingMap& overrides, std::string_view name) const;
  /// All values that could apply, the one that does first: the synonyms of DescribeConfigs.
  [[nodiscard]] std::vector<SettingValue> topic_values(const SettingMap& overrides,
                                                       std::string_view name) const;
  [[nodiscard]] std::vector<SettingValue> values(std::string_view name) const;
  [[nodiscard]] bool topic_bool(const SettingMap& overrides, std::string_view name) const;
  [[nodiscard]] std::int64_t topic_long(const SettingMap& overrides, std::string_view name) const;
  [[nodiscard]] double topic_double(const SettingMap& overrides, std::string_view name) const;
  [[nodiscard]] std::vector<std::string> topic_list(const SettingMap& overrides,
                                                    std::string_view name) const;

 private:
  std::map<std::string, std::map<SettingSource, std::string>, std::less<>> set_;
};

}  // namespace millrace
