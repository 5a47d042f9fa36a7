#include "proto/kafka/codec/api.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"

namespace millrace::kafka {

namespace {

constexpr ApiInfo kApis[] = {
#define MILLRACE_KAFKA_API(key, name, advertised_min, min, max, first_flexible) \
  {ApiKey::k##name, #name, advertised_min, min, max, first_flexible},
#include "proto/kafka/messages/api_table.inc"
#undef MILLRACE_KAFKA_API
};
static_assert(std::is_sorted(std::begin(kApis), std::end(kApis),
                             [](const ApiInfo& a, const ApiInfo& b) { return a.key < b.key; }));

}  // namespace

std::span<const ApiInfo> all_apis() {
  return kApis;
}

const ApiInfo* api_info(std::int16_t key) {
  const auto found = std::lower_bound(
      std::begin(kApis), std::end(kApis), key,
      [](const ApiInfo& api, auto wanted) { return static_cast<std::int16_t>(api.key) < wanted; });
  if (found == std::end(kApis) || static_cast<std::int16_t>(found->key) != key) return nullptr;
  return found;
}

const ApiInfo& api_info(ApiKey key) {
  const ApiInfo* const api = api_info(static_cast<std::int16_t>(key));
  CHECK(api != nullptr);
  return *api;
}

Status check_version(std::string_view message, std::int16_t version, std::int16_t min,
                     std::int16_t max) {
  if (min <= version && version <= max) return {};
  return fail(ErrorCode::kUnsupportedVersion,
              fmt::format("{} has versions {} to {}, not {}", message, min, max, version));
}

}  // namespace millrace::kafka
