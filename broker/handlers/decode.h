#pragma once

#include <utility>

#include "broker/handlers/desk.h"

namespace millrace::broker {

/// Decodes a request's body for its handler; what cannot be decoded costs the connection. Bytes
/// after the body are ignored, as Kafka does.
template <class Request, void (*Start)(Desk&, Call, Request)>
void decode_and_start(Desk& desk, Call call, kafka::Reader& body) {
  auto request = Request::decode(body, call.version);
  if (!request) {
    desk.close(call, fmt::format("malformed {} {}: {}", Request::kName, call.version,
                                 request.error().message));
    return;
  }
  Start(desk, std::move(call), std::move(*request));
}

}  // namespace millrace::broker
