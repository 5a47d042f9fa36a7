#pragma once

#include <memory>

#include "node/kafka_listener/byte_stream.h"
#include "node/loops/loop.h"

namespace millrace::node {

/// Takes over a connected, non-blocking socket. Call on the loop's thread.
std::unique_ptr<ByteStream> make_tcp_stream(Loop& loop, int descriptor);

/// TCP_NODELAY, keepalive and, when positive, buffer sizes (socket.send.buffer.bytes and
/// socket.receive.buffer.bytes; the kernel tunes them otherwise).
void set_socket_options(int descriptor, int send_buffer_bytes, int receive_buffer_bytes);

}  // namespace millrace::node
