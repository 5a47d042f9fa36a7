#pragma once

#include <string>
#include <vector>

namespace grpc {
class ChannelArguments;
class ServerBuilder;
}  // namespace grpc

/// The constants as gRPC takes them.
namespace millrace::node {

struct GrpcSetting {
  std::string name;  // of gRPC's channel argument
  int value = 0;
};

/// Of every connection that this node begins, and of every one that it accepts.
std::vector<GrpcSetting> channel_settings();
std::vector<GrpcSetting> server_settings();

void apply_settings(grpc::ChannelArguments& arguments);
void apply_settings(grpc::ServerBuilder& builder);

/// gRPC's own lines go to our log, at debug level: what matters is said by us, once and in a
/// sentence.
void redirect_grpc_log();

}  // namespace millrace::node
