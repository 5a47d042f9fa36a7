#include "cli/text/id.h"

#include <fmt/format.h>

namespace millrace::cli {

Answer<Uuid> parse_id(const std::string& option, const std::string& text) {
  const auto id = Uuid::parse(text);
  if (id && !id->is_zero()) return *id;
  return problem(usage_problem(option, fmt::format("{} '{}' is not an id", option, text),
                               "millrace storage random-uuid makes one"));
}

}  // namespace millrace::cli
