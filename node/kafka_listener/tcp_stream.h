#pragma once

#include <memory>

#include "node/kafka_listener/byte_stream.h"
#include "node/loops/loop.h"

namespace millrace::node {

/// Takes over a connected, non-blocking socket. Call on the loop's thread.
std::unique_ptr<ByteStream> make_tcp_stream(Loop& loop, int descriptor);

/// TCP_NODELAY and keepalive. Buffer sizes are left to the kernel, which tunes them.
void set_socket_options(int descriptor);

}  // namespace millrace::node
