#include <cstdlib>
#include <fstream>
#include <iterator>

#include "broker/handlers/table.h"
#include "tests/support/catch.h"

namespace millrace::broker {

TEST_CASE("compatibility: the page is what the table makes") {
  const std::string path = MILLRACE_SOURCE_DIR "/docs/reference/compatibility.md";
  if (std::getenv("MILLRACE_UPDATE_REFERENCE") != nullptr)
    std::ofstream(path) << compatibility_page();
  std::ifstream file(path);
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  INFO("to renew it: MILLRACE_UPDATE_REFERENCE=1 build/release/bin/unit_broker");
  REQUIRE((page == compatibility_page()));
}

TEST_CASE("compatibility: keys rise, and every API says what it asks the authorizer") {
  std::int16_t last = -1;
  for (const ApiEntry& api : api_table()) {
    const auto key = static_cast<std::int16_t>(api.key);
    REQUIRE(key > last);
    last = key;
    REQUIRE(find_api(key) == &api);
    REQUIRE(api.start != nullptr);
    REQUIRE(!name_of(api.authorized_by).empty());
    REQUIRE(api.before_authentication == (api.key == kafka::ApiKey::kApiVersions));
  }
  REQUIRE(find_api(static_cast<std::int16_t>(last + 1)) == nullptr);
}

}  // namespace millrace::broker
