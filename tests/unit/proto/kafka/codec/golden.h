#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace millrace::kafka {

/// One entry of a file in tests/golden/kafka.
struct Golden {
  std::string message;
  std::int16_t version;
  std::string variant;
  std::string content;
  std::vector<std::uint8_t> bytes;
};

/// Read once; aborts when a file is missing or has another form.
const std::vector<Golden>& goldens();

}  // namespace millrace::kafka
