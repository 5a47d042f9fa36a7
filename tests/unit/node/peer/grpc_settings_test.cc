#include "node/peer/grpc_settings.h"

#include <grpcpp/server_builder.h>
#include <grpcpp/support/channel_arguments.h>

#include <map>

#include "node/peer/constants.h"
#include "tests/support/catch.h"

namespace millrace::node {
namespace {

using Values = std::map<std::string, int>;

Values values_in(const grpc::ChannelArguments& arguments) {
  Values values;
  const auto list = arguments.c_channel_args();
  for (std::size_t i = 0; i < list.num_args; ++i) {
    if (list.args[i].type == GRPC_ARG_INTEGER) {
      values[list.args[i].key] = list.args[i].value.integer;
    }
  }
  return values;
}

/// Sees what was set on a builder.
class OpenBuilder final : public grpc::ServerBuilder {
 public:
  Values values() {
    grpc::ChannelArguments arguments;
    for (const auto& option : options()) option->UpdateArguments(&arguments);
    return values_in(arguments);
  }
};

/// Names as gRPC documents them: a figure that does not arrive under its name has no effect.
const Values kOfBoth = {
    {"grpc.keepalive_time_ms", 1000},
    {"grpc.keepalive_timeout_ms", 2000},
    {"grpc.keepalive_permit_without_calls", 1},
    {"grpc.http2.max_pings_without_data", 0},
    {"grpc.max_receive_message_length", 33 << 20},
    {"grpc.max_metadata_size", 8192},
    {"grpc.experimental.tcp_tx_zerocopy_enabled", 0},
};

void require_all(const Values& wanted, const Values& found) {
  for (const auto& [name, value] : wanted) {
    INFO(name);
    REQUIRE(found.count(name) == 1);
    REQUIRE(found.at(name) == value);
  }
}

}  // namespace

TEST_CASE("every constant reaches the connections that this node begins") {
  grpc::ChannelArguments arguments;
  apply_settings(arguments);
  const auto found = values_in(arguments);
  require_all(kOfBoth, found);
  require_all({{"grpc.initial_reconnect_backoff_ms", 50},
               {"grpc.max_reconnect_backoff_ms", 1000},
               {"grpc.min_reconnect_backoff_ms", 1000},
               {"grpc.use_local_subchannel_pool", 1},
               {"grpc.enable_retries", 0},
               {"grpc.enable_http_proxy", 0},
               {"grpc.service_config_disable_resolution", 1}},
              found);
}

TEST_CASE("every constant reaches the connections that this node accepts") {
  OpenBuilder builder;
  apply_settings(builder);
  const auto found = builder.values();
  require_all(kOfBoth, found);
  require_all({{"grpc.http2.min_ping_interval_without_data_ms", 500},
               {"grpc.http2.max_ping_strikes", 0},
               {"grpc.server_handshake_timeout_ms", 2000},
               {"grpc.max_concurrent_streams", 1024},
               {"grpc.so_reuseport", 0}},
              found);
}

}  // namespace millrace::node
