#include "node/peer/context.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/support/channel_arguments.h>

#include "node/peer/grpc_settings.h"

namespace millrace::node {

std::shared_ptr<grpc::Channel> PeerContext::open_channel(const Endpoint& address) const {
  grpc::ChannelArguments arguments;
  apply_settings(arguments);
  return grpc::CreateCustomChannel(to_string(address), credentials.channel, arguments);
}

}  // namespace millrace::node
