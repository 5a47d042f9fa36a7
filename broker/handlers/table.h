#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "broker/handlers/call.h"
#include "proto/kafka/codec/api.h"

namespace millrace::kafka {
class Reader;
}

namespace millrace::broker {

class Desk;

/// Which resources of a request the authorizer is asked for.
enum class AuthorizedBy : std::uint8_t {
  kNothing,          // nothing: answers are the same for everyone
  kTopics,           // every topic it names
  kCluster,          // the cluster as a whole
  kTopicsOrCluster,  // the cluster, else every topic
  kConfigResources,  // topics and the cluster, as named
  kCoordinatorKeys,  // groups and transactional ids
  kProducer,         // the transactional id, else the cluster or any topic
};
std::string_view name_of(AuthorizedBy kind);

/// One row of the table that drives dispatch, ApiVersions and the compatibility page. Key, name and
/// versions are those of the schema.
struct ApiEntry {
  kafka::ApiKey key;
  AuthorizedBy authorized_by;
  bool before_authentication;
  /// Decodes the body and begins. Answers through the desk, now or later.
  void (*start)(Desk& desk, Call call, kafka::Reader& body);
  std::string_view note;  // for the compatibility page: what is different from Kafka

  [[nodiscard]] const kafka::ApiInfo& info() const { return kafka::api_info(key); }
};

/// Keys from here on are ours: advertised only to a client whose software name is kOwnSoftware.
inline constexpr std::int16_t kOwnKeysFrom = 10'000;
inline constexpr std::string_view kOwnSoftware = "millrace";

/// In the order of keys.
std::span<const ApiEntry> api_table();
/// Null when it is not served.
const ApiEntry* find_api(std::int16_t key);
/// Whether a client may be told about this API.
bool is_advertised(const ApiEntry& api, std::string_view software_name);

/// docs/reference/compatibility.md, whole.
std::string compatibility_page();

}  // namespace millrace::broker
