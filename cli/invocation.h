#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/command.h"
#include "cli/output/format.h"
#include "cli/problem.h"

namespace millrace::cli {

/// Reads an environment variable; injected, so that tests decide.
using Environment = std::function<std::optional<std::string>(const char*)>;

/// The options that every command takes.
struct Globals {
  std::string bootstrap;
  std::string bootstrap_origin;  // "from -b", "from MILLRACE_BOOTSTRAP_SERVERS" or "the default"
  OutputFormat output = OutputFormat::kTable;
  bool output_given = false;
  std::chrono::milliseconds timeout{15'000};
  std::vector<std::pair<std::string, std::string>> properties;
};

/// A command line after parsing: which command, with what. Values were checked against the table.
class Invocation {
 public:
  Invocation() = default;
  Invocation(const Command& command, std::vector<std::string> arguments,
             std::map<std::string, std::vector<std::string>> values)
      : command_(&command), arguments_(std::move(arguments)), values_(std::move(values)) {}

  [[nodiscard]] const Command& command() const { return *command_; }
  [[nodiscard]] const std::vector<std::string>& arguments() const { return arguments_; }

  /// Options are asked for by their long name, "--partitions".
  [[nodiscard]] bool has(const std::string& key) const { return values_.contains(key); }
  [[nodiscard]] std::optional<std::string> text(const std::string& key) const;
  [[nodiscard]] std::string text_or(const std::string& key, const std::string& fallback) const {
    return text(key).value_or(fallback);
  }
  [[nodiscard]] std::optional<long long> integer(const std::string& key) const;
  [[nodiscard]] std::vector<std::string> all(const std::string& key) const;
  /// The values of a kKeyValue option, split at the first '='.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> pairs(
      const std::string& key) const;

  Globals globals;

 private:
  const Command* command_ = nullptr;
  std::vector<std::string> arguments_;
  std::map<std::string, std::vector<std::string>> values_;
};

}  // namespace millrace::cli
