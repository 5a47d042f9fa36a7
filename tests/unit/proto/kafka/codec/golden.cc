#include "tests/unit/proto/kafka/codec/golden.h"

#include <fstream>
#include <sstream>

#include "base/check.h"

namespace millrace::kafka {

namespace {

std::vector<std::uint8_t> from_hex(const std::string& hex) {
  CHECK_MSG(hex.size() % 2 == 0, hex);
  std::vector<std::uint8_t> bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    bytes.push_back(static_cast<std::uint8_t>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

void read_goldens(const std::string& path, std::vector<Golden>& all) {
  std::ifstream file(path);
  CHECK_MSG(file.is_open(), path);
  std::string head;
  while (std::getline(file, head)) {
    Golden golden;
    std::istringstream words(head);
    CHECK_MSG(words >> golden.message >> golden.version >> golden.variant, head);
    std::string hex;
    CHECK_MSG(std::getline(file, golden.content) && std::getline(file, hex), head);
    golden.bytes = from_hex(hex);
    all.push_back(std::move(golden));
  }
}

std::vector<Golden> read_all() {
  std::vector<Golden> all;
  for (const char* const name : {"messages.golden", "own.golden"}) {
    read_goldens(std::string(MILLRACE_KAFKA_GOLDEN) + "/" + name, all);
  }
  return all;
}

}  // namespace

const std::vector<Golden>& goldens() {
  static const std::vector<Golden> all = read_all();
  return all;
}

}  // namespace millrace::kafka
