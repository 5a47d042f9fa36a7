#include "node/peer/grpc_settings.h"

#include <grpc/support/log.h>
#include <grpcpp/server_builder.h>
#include <grpcpp/support/channel_arguments.h>

#include "node/log/log.h"
#include "node/peer/constants.h"

namespace millrace::node {
namespace {

constexpr int as_ms(milliseconds time) {
  return static_cast<int>(time.count());
}

std::vector<GrpcSetting> settings_of_both() {
  return {
      {GRPC_ARG_KEEPALIVE_TIME_MS, as_ms(kKeepaliveInterval)},
      {GRPC_ARG_KEEPALIVE_TIMEOUT_MS, as_ms(kKeepaliveTimeout)},
      {GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1},
      {GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0},  // no limit
      {GRPC_ARG_MAX_RECEIVE_MESSAGE_LENGTH, static_cast<int>(kFrameBytesMax)},
      {GRPC_ARG_MAX_METADATA_SIZE, kMetadataBytesMax},
      // Zero-copy sends have corrupted bytes on the way out (CVE-2024-11407).
      {GRPC_ARG_TCP_TX_ZEROCOPY_ENABLED, 0},
  };
}

void log_line_of_grpc(gpr_log_func_args* line) {
  // A bug of gRPC's or of ours: the process ends next.
  const bool fatal = std::string_view(line->message).find("assertion failed") != std::string::npos;
  log(fatal ? LogLevel::kError : LogLevel::kDebug, "grpc", {{"text", line->message}});
}

}  // namespace

std::vector<GrpcSetting> channel_settings() {
  auto settings = settings_of_both();
  settings.insert(settings.end(), {
                                      {GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, as_ms(kBackOffMin)},
                                      {GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, as_ms(kBackOffMax)},
                                      // gRPC's name for how long it waits for a connect.
                                      {GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, as_ms(kConnectTimeout)},
                                      {GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1},
                                      {GRPC_ARG_ENABLE_RETRIES, 0},
                                      {GRPC_ARG_ENABLE_HTTP_PROXY, 0},
                                      {GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1},
                                  });
  return settings;
}

std::vector<GrpcSetting> server_settings() {
  auto settings = settings_of_both();
  settings.insert(
      settings.end(),
      {
          {GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, as_ms(kPingIntervalMin)},
          {GRPC_ARG_HTTP2_MAX_PING_STRIKES, 0},  // never hang up for pings
          {GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, as_ms(kHandshakeTimeout)},
          {GRPC_ARG_MAX_CONCURRENT_STREAMS, kCallsPerConnectionMax},
          // Two processes on one port would each get half of the connections.
          {GRPC_ARG_ALLOW_REUSEPORT, 0},
      });
  return settings;
}

void apply_settings(grpc::ChannelArguments& arguments) {
  for (const auto& [name, value] : channel_settings()) arguments.SetInt(name, value);
}

void apply_settings(grpc::ServerBuilder& builder) {
  // The builder has a variable of its own for this limit, which wins over the argument.
  builder.SetMaxReceiveMessageSize(static_cast<int>(kFrameBytesMax));
  for (const auto& [name, value] : server_settings()) builder.AddChannelArgument(name, value);
}

void redirect_grpc_log() {
  gpr_set_log_function(&log_line_of_grpc);
}

}  // namespace millrace::node
