#include "cli/check_values.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

#include "cli/text/duration.h"
#include "cli/text/nearest.h"

namespace millrace::cli {
namespace {

Answer<void> check_integer(const Option& option, const std::string& value) {
  long long number = 0;
  const auto* const end = value.data() + value.size();
  const auto [stop, error] = std::from_chars(value.data(), end, number);
  if (error == std::errc() && stop == end && number >= option.min && number <= option.max) {
    return {};
  }
  return problem(
      usage_problem(option.key(), fmt::format("{} {}: not a number from {} to {}", option.key(),
                                              value, option.min, option.max)));
}

Answer<void> check_choice(const std::string& what, const std::string& value,
                          const std::vector<std::string>& choices) {
  if (std::find(choices.begin(), choices.end(), value) != choices.end()) return {};
  const auto near = did_you_mean(value, choices);
  return problem(usage_problem(
      what, fmt::format("{} '{}': not one of {}", what, value, fmt::join(choices, ", ")), near));
}

Answer<void> check_key_value(const Option& option, const std::string& value) {
  const auto equals = value.find('=');
  if (equals != std::string::npos && equals > 0) return {};
  return problem(usage_problem(
      option.key(), fmt::format("{} '{}': not of the form {}", option.key(), value, option.value)));
}

Answer<void> check_one(const Option& option, const std::string& value) {
  switch (option.kind) {
    case ValueKind::kFlag:
    case ValueKind::kText:
      return {};
    case ValueKind::kInteger:
      return check_integer(option, value);
    case ValueKind::kKeyValue:
      return check_key_value(option, value);
    case ValueKind::kChoice:
      return check_choice(option.key(), value, option.choices);
    case ValueKind::kDuration:
      if (auto duration = parse_duration(value, option.key()); !duration) {
        return problem(std::move(duration).error());
      }
      return {};
  }
  return {};
}

Answer<void> check_option(const Option& option, const std::vector<std::string>& values) {
  if (values.size() > 1 && !option.repeatable && option.kind != ValueKind::kFlag) {
    return problem(usage_problem(option.key(), fmt::format("{} is given twice", option.key())));
  }
  for (const auto& value : values) CLI_TRY(check_one(option, value));
  return {};
}

}  // namespace

Answer<void> check_values(const std::vector<Option>& options, const Values& values) {
  for (const auto& option : options) {
    const auto found = values.find(option.key());
    if (found != values.end()) {
      CLI_TRY(check_option(option, found->second));
    } else if (option.required) {
      return problem(usage_problem(option.key(), fmt::format("{} is missing", option.key())));
    }
  }
  return {};
}

Answer<void> check_arguments(const Command& command, const std::vector<std::string>& arguments) {
  const auto& spec = command.argument;
  const auto count = static_cast<int>(arguments.size());
  if (count < spec.min) {
    return problem(usage_problem(spec.name, fmt::format("{} is missing", spec.name),
                                 fmt::format("see millrace {} --help", command.path)));
  }
  if (spec.max >= 0 && count > spec.max) {
    const auto& first_extra = arguments[static_cast<std::size_t>(spec.max)];
    return problem(usage_problem(
        first_extra,
        fmt::format("'{}' is one argument too many for millrace {}", first_extra, command.path),
        fmt::format("see millrace {} --help", command.path)));
  }
  for (const auto& argument : arguments) {
    if (spec.choices.empty()) break;
    CLI_TRY(check_choice(spec.name, argument, spec.choices));
  }
  return {};
}

}  // namespace millrace::cli
