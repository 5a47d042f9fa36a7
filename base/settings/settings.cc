#include "base/settings/settings.h"

#include <absl/strings/numbers.h>
#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "base/check.h"
#include "base/settings/nearest.h"

namespace millrace {
namespace {

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return "";
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const auto end = text.find(separator);
    if (const auto part = trim(text.substr(0, end)); !part.empty()) parts.emplace_back(part);
    text = end == std::string_view::npos ? "" : text.substr(end + 1);
  }
  return parts;
}

std::string join(const std::vector<std::string>& parts) {
  return fmt::format("{}", fmt::join(parts, ","));
}

/// Written as text, so that 9223372036854775807 keeps all its digits.
std::string bound_text(double bound) {
  return std::isinf(bound) ? "any" : fmt::format("{:.0f}", bound);
}

auto invalid(const SettingSpec& spec, std::string_view value, const std::string& takes) {
  return fail(ErrorCode::kInvalidConfig,
              fmt::format("'{}' is no value for {}: it takes {}", value, spec.name, takes));
}

std::string range_text(const SettingSpec& spec) {
  const auto& range = spec.range;
  const std::string what = spec.type == SettingType::kDouble ? "a number" : "a whole number";
  if (std::isinf(range.min) && std::isinf(range.max)) return what;
  if (std::isinf(range.max)) return fmt::format("{} of at least {}", what, bound_text(range.min));
  return fmt::format("{} from {} to {}", what, bound_text(range.min), bound_text(range.max));
}

Result<std::string> check_number(const SettingSpec& spec, std::string_view value) {
  if (value.empty() && spec.fallback.empty()) return std::string();
  const absl::string_view text(value.data(), value.size());
  double number = 0;
  if (spec.type == SettingType::kDouble) {
    if (!absl::SimpleAtod(text, &number) || !std::isfinite(number)) {
      return invalid(spec, value, range_text(spec));
    }
  } else {
    std::int64_t whole = 0;
    const bool fits = absl::SimpleAtoi(text, &whole);
    constexpr std::int64_t kIntMax = std::numeric_limits<std::int32_t>::max();
    if (!fits || (spec.type == SettingType::kInt && (whole > kIntMax || whole < -kIntMax - 1))) {
      return invalid(spec, value, range_text(spec));
    }
    number = static_cast<double>(whole);
  }
  if (number < spec.range.min || number > spec.range.max) {
    return invalid(spec, value, range_text(spec));
  }
  return std::string(value);
}

Result<std::string> check_choices(const SettingSpec& spec, const std::vector<std::string>& values) {
  const auto choices = split(spec.choices, '|');
  for (const auto& value : values) {
    bool known = choices.empty();
    for (const auto& choice : choices) known = known || choice == value;
    if (!known) return invalid(spec, value, fmt::format("{}", fmt::join(choices, ", ")));
  }
  return join(values);
}

Result<std::string> check_bool(const SettingSpec& spec, std::string_view value) {
  std::string lower;
  for (const char c : value) lower += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  if (lower != "true" && lower != "false") return invalid(spec, value, "true or false");
  return lower;
}

std::int64_t to_long(std::string_view name, const std::string& text) {
  std::int64_t number = 0;
  CHECK_MSG(absl::SimpleAtoi(text, &number), std::string(name));
  return number;
}

double to_double(std::string_view name, const std::string& text) {
  double number = 0;
  CHECK_MSG(absl::SimpleAtod(text, &number), std::string(name));
  return number;
}

const SettingSpec& spec_of(std::string_view name, SettingScope scope) {
  const auto* spec = find_setting(name, scope);
  CHECK_MSG(spec != nullptr, std::string(name));
  return *spec;
}

/// hours to milliseconds; -1 means no bound in every unit, and what does not fit is no bound
/// either.
std::string scaled(const std::string& text, const BrokerSynonym& synonym) {
  if (synonym.factor == 1) return text;
  const auto number = to_long(synonym.name, text);
  if (number < 0) return text;
  return std::to_string(number * synonym.factor);
}

Error refused(std::string_view name, std::string_view why) {
  return {ErrorCode::kInvalidConfig,
          fmt::format("{} cannot be used: {}; remove it to go on without", name, why)};
}

}  // namespace

Result<std::string> check_setting(const SettingSpec& spec, std::string_view value) {
  value = trim(value);
  switch (spec.type) {
    case SettingType::kBool:
      return check_bool(spec, value);
    case SettingType::kInt:
    case SettingType::kLong:
    case SettingType::kDouble:
      return check_number(spec, value);
    case SettingType::kList:
      return check_choices(spec, split(value, ','));
    case SettingType::kString:
      return check_choices(spec, {std::string(value)});
    case SettingType::kPassword:
      break;
  }
  return std::string(value);
}

Error unknown_setting(std::string_view name, SettingScope scope) {
  std::vector<std::string_view> names;
  for (const auto& spec : all_settings()) {
    if ((spec.scope == SettingScope::kTopic) == (scope == SettingScope::kTopic)) {
      names.push_back(spec.name);
    }
  }
  for (const auto& family : setting_families()) {
    if (scope == SettingScope::kTopic) break;
    for (const auto each : names_of(family)) {
      if (!each.ends_with('*')) names.push_back(each);
    }
  }
  const auto near = nearest_name(name, names);
  const auto* const kind = scope == SettingScope::kTopic ? "topic setting" : "setting";
  return {ErrorCode::kInvalidConfig,
          near.empty() ? fmt::format("unknown {} '{}'", kind, name)
                       : fmt::format("unknown {} '{}', did you mean '{}'?", kind, name, near)};
}

Result<std::string> check_topic_setting(std::string_view name, std::string_view value) {
  const auto* spec = find_setting(name, SettingScope::kTopic);
  if (spec == nullptr) return fail(unknown_setting(name, SettingScope::kTopic));
  ASSIGN_OR_RETURN(auto text, check_setting(*spec, value));
  if (spec->effect == SettingEffect::kRefused && text != spec->fallback) {
    return fail(refused(name, "it does not exist yet"));
  }
  return text;
}

Result<std::optional<std::string>> Settings::set(std::string_view name, std::string_view value,
                                                 SettingSource source) {
  const auto* spec = find_setting(name, SettingScope::kNode);
  if (spec == nullptr) {
    const auto* family = find_family(name);
    if (family == nullptr) return fail(unknown_setting(name, SettingScope::kNode));
    if (family->effect == SettingEffect::kRefused) return fail(refused(name, family->why));
    return std::optional(fmt::format("{} has no effect: {}", name, family->why));
  }
  ASSIGN_OR_RETURN(auto text, check_setting(*spec, value));
  if (spec->effect == SettingEffect::kRefused && text != spec->fallback) {
    return fail(refused(name, "it does not exist yet and ignoring it would be unsafe"));
  }
  set_[std::string(name)][source] = std::move(text);
  if (spec->effect != SettingEffect::kNoEffect) return std::optional<std::string>();
  return std::optional(fmt::format("{} has no effect here", name));
}

void Settings::unset(std::string_view name, SettingSource source) {
  const auto found = set_.find(name);
  if (found == set_.end()) return;
  found->second.erase(source);
  if (found->second.empty()) set_.erase(found);
}

std::vector<SettingValue> Settings::values(std::string_view name) const {
  const auto& spec = spec_of(name, SettingScope::kNode);
  std::vector<SettingValue> values;
  if (const auto found = set_.find(name); found != set_.end()) {
    for (const auto& [source, text] : found->second) values.push_back({text, source, spec.name});
  }
  values.push_back({std::string(spec.fallback), SettingSource::kDefault, spec.name});
  return values;
}

SettingValue Settings::value(std::string_view name) const {
  return values(name).front();
}

bool Settings::is_set(std::string_view name) const {
  return set_.find(name) != set_.end();
}

bool Settings::get_bool(std::string_view name) const {
  return text(name) == "true";
}
std::int64_t Settings::get_long(std::string_view name) const {
  return to_long(name, text(name));
}
double Settings::get_double(std::string_view name) const {
  return to_double(name, text(name));
}
std::vector<std::string> Settings::get_list(std::string_view name) const {
  return split(text(name), ',');
}

std::vector<SettingValue> Settings::topic_values(const SettingMap& overrides,
                                                 std::string_view name) const {
  const auto& spec = spec_of(name, SettingScope::kTopic);
  std::vector<SettingValue> result;
  if (const auto found = overrides.find(name); found != overrides.end()) {
    result.push_back({found->second, SettingSource::kTopic, spec.name});
  }
  std::vector<SettingValue> defaults;
  for (const auto& synonym : spec.synonyms) {
    if (synonym.name.empty()) break;
    for (auto& value : values(synonym.name)) {
      if (value.text.empty() && spec.is_number()) continue;
      value.text = scaled(value.text, synonym);
      (value.source == SettingSource::kDefault ? defaults : result).push_back(std::move(value));
    }
  }
  result.insert(result.end(), defaults.begin(), defaults.end());
  if (defaults.empty()) {
    result.push_back({std::string(spec.fallback), SettingSource::kDefault, spec.name});
  }
  return result;
}

SettingValue Settings::topic_value(const SettingMap& overrides, std::string_view name) const {
  return topic_values(overrides, name).front();
}
bool Settings::topic_bool(const SettingMap& overrides, std::string_view name) const {
  return topic_value(overrides, name).text == "true";
}
std::int64_t Settings::topic_long(const SettingMap& overrides, std::string_view name) const {
  return to_long(name, topic_value(overrides, name).text);
}
double Settings::topic_double(const SettingMap& overrides, std::string_view name) const {
  return to_double(name, topic_value(overrides, name).text);
}
std::vector<std::string> Settings::topic_list(const SettingMap& overrides,
                                              std::string_view name) const {
  return split(topic_value(overrides, name).text, ',');
}

}  // namespace millrace
