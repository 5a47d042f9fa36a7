#include "node/config/properties_file.h"

#include <fstream>

#include "tests/support/catch.h"
#include "tests/unit/node/temporary_directory.h"

namespace millrace::node {

TEST_CASE("a configuration file is read, and messages name it") {
  const TemporaryDirectory directory;
  const auto path = directory.path() + "/node.properties";
  std::ofstream(path) << "node.id=7\n";
  const auto properties = read_properties(path);
  REQUIRE_OK(properties);
  REQUIRE(properties->size() == 1);
  REQUIRE(properties->front().source == path + ":1");
  std::ofstream(path) << std::string(kPropertiesBytesMax + 1, '#');
  REQUIRE_ERROR(read_properties(path), ErrorCode::kInvalidConfig);
  REQUIRE_ERROR(read_properties(directory.path() + "/none"), ErrorCode::kInvalidConfig);
}

}  // namespace millrace::node
