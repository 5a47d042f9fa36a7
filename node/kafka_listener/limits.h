#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "base/clock.h"

namespace millrace::node {

/// What one connection may hold and how long it may take.
struct ConnectionLimits {
  /// socket.request.max.bytes
  std::size_t request_bytes_max = 100 << 20;
  /// Before authentication, on listeners that have it.
  std::size_t unauthenticated_request_bytes_max = 64 << 10;
  /// Requests handed over and not answered. More wait in the kernel's buffers.
  std::size_t in_flight_requests_max = 64;
  /// Request bytes in flight, and reply bytes unwritten, above which no further request is handed
  /// over. One request is always let through.
  std::uint64_t in_flight_bytes_max = 32 << 20;

  /// connections.max.idle.ms
  Duration idle_timeout = std::chrono::minutes(10);
  /// A connection inside a request, or with replies to write, must move `progress_bytes_min` in
  /// each such span of time, or finish.
  Duration progress_timeout = std::chrono::seconds(30);
  std::uint64_t progress_bytes_min = 64 << 10;
};

}  // namespace millrace::node
