#pragma once

#include <cstdint>
#include <string_view>

#include "broker/ports.h"

namespace millrace::broker {

/// Numbers are Kafka's, as ACLs and DescribeConfigs carry them.
enum class ResourceType : std::int8_t {
  kTopic = 2,
  kGroup = 3,
  kCluster = 4,
  kTransactionalId = 5,
};
enum class Operation : std::int8_t {
  kRead = 3,
  kWrite = 4,
  kCreate = 5,
  kDelete = 6,
  kAlter = 7,
  kDescribe = 8,
  kClusterAction = 9,
  kDescribeConfigs = 10,
  kAlterConfigs = 11,
  kIdempotentWrite = 12,
};

/// The name of the only resource of type kCluster.
inline constexpr std::string_view kClusterResource = "kafka-cluster";

/// Decides what a client may do. Asked for every resource that a request names, before anything is
/// done with it. Called from every shard: implementations are immutable or synchronise themselves.
class Authorizer {
 public:
  virtual ~Authorizer() = default;
  [[nodiscard]] virtual bool allows(const RequestContext& who, Operation operation,
                                    ResourceType type, std::string_view name) const = 0;
};

/// For listeners without authentication, and until ACLs exist.
class AllowAll final : public Authorizer {
 public:
  [[nodiscard]] bool allows(const RequestContext& /*who*/, Operation /*operation*/,
                            ResourceType /*type*/, std::string_view /*name*/) const override {
    return true;
  }
};

}  // namespace millrace::broker
