#include "cli/command.h"

namespace millrace::cli {

std::string Option::key() const {
  return names.substr(names.rfind(',') + 1);
}

const Option* Command::option(const std::string& key) const {
  for (const auto& each : options) {
    if (each.key() == key) return &each;
  }
  return nullptr;
}

}  // namespace millrace::cli
