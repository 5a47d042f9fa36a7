#include "node/config/properties_file.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>

namespace millrace::node {

Result<std::vector<Property>> read_properties(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return fail(ErrorCode::kInvalidConfig,
                fmt::format("cannot read the configuration {}: {}", path, std::strerror(errno)));
  }
  // One byte more than may be there tells what is too large.
  std::string text(kPropertiesBytesMax + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (file.bad()) {
    return fail(ErrorCode::kInvalidConfig, fmt::format("cannot read the configuration {}", path));
  }
  return parse_properties(text, path);
}

}  // namespace millrace::node
