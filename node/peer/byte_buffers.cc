#include "node/peer/byte_buffers.h"

#include <grpc/grpc_security_constants.h>
#include <grpcpp/security/auth_context.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/slice.h>

namespace millrace::node {
namespace {

void release(void* bytes) {
  delete static_cast<SharedBytes*>(bytes);
}

}  // namespace

grpc::ByteBuffer to_buffer(SharedBytes bytes) {
  auto* const kept = new SharedBytes(std::move(bytes));
  // gRPC takes a pointer that is not const and does not write through it.
  const grpc::Slice slice(const_cast<std::uint8_t*>(kept->data()), kept->size(), &release, kept);
  return {&slice, 1};
}

SharedBytes to_bytes(const grpc::ByteBuffer& buffer) {
  auto slice = std::make_shared<grpc::Slice>();
  if (!buffer.TrySingleSlice(slice.get()).ok() && !buffer.DumpToSingleSlice(slice.get()).ok()) {
    return {};
  }
  const ByteView view(slice->begin(), slice->size());
  return {std::move(slice), view};
}

std::vector<std::string> uris_of(const grpc::AuthContext& context) {
  std::vector<std::string> uris;
  for (const auto& uri : context.FindPropertyValues(GRPC_PEER_URI_PROPERTY_NAME)) {
    uris.emplace_back(uri.data(), uri.size());
  }
  return uris;
}

}  // namespace millrace::node
