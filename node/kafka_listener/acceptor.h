#pragma once

#include <absl/functional/any_invocable.h>

#include <memory>
#include <string>

#include "base/clock.h"
#include "node/kafka_listener/admission.h"
#include "node/loops/loop.h"
#include "node/net/endpoint.h"

namespace millrace::node {

/// Accepts the connections of one listener and hands them on. A connection above a limit is closed
/// at once; when descriptors run out it waits a moment before it tries again, without a busy loop.
///
/// Owner: the assembly; lives on `loop`. Create and destroy while the loop does not run, or on it.
class Acceptor {
 public:
  /// Gets an open socket that it now owns, and the client's address. Admission::leave(ip) is due
  /// when the connection ends.
  using OnConnection = absl::AnyInvocable<void(int descriptor, std::string ip)>;

  Acceptor(Loop& loop, const Clock& clock, ListeningSocket socket, std::string listener_name,
           std::shared_ptr<Admission> admission, OnConnection on_connection);
  ~Acceptor();

  /// Call on the loop.
  void start();
  /// Call on the loop. The port is free afterwards.
  void stop();

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace millrace::node
