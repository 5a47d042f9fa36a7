#pragma once

#include "base/bytes.h"
#include "broker/ports.h"

namespace millrace::node {

/// Where the connections of one loop take their requests: the loop's shard, or a fake in tests.
class RequestHandler {
 public:
  virtual ~RequestHandler() = default;

  /// `frame` is the request without its length. Answered later by ConnectionSet::reply with `id`;
  /// the context is a copy's source only and may change after the call.
  virtual void on_request(broker::RequestId id, const broker::RequestContext& context,
                          SharedBytes frame) = 0;
  /// The connection is gone; replies to its requests are dropped from now on.
  virtual void on_connection_closed(broker::ConnectionId connection) = 0;
};

}  // namespace millrace::node
