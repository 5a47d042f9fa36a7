#include "cli/invocation.h"

namespace millrace::cli {

std::optional<std::string> Invocation::text(const std::string& key) const {
  const auto found = values_.find(key);
  if (found == values_.end() || found->second.empty()) return std::nullopt;
  return found->second.back();
}

std::optional<long long> Invocation::integer(const std::string& key) const {
  const auto value = text(key);
  if (!value) return std::nullopt;
  return std::stoll(*value);
}

std::vector<std::string> Invocation::all(const std::string& key) const {
  const auto found = values_.find(key);
  return found == values_.end() ? std::vector<std::string>() : found->second;
}

std::vector<std::pair<std::string, std::string>> Invocation::pairs(const std::string& key) const {
  std::vector<std::pair<std::string, std::string>> split;
  for (const auto& value : all(key)) {
    const auto equals = value.find('=');
    split.emplace_back(value.substr(0, equals), value.substr(equals + 1));
  }
  return split;
}

}  // namespace millrace::cli
