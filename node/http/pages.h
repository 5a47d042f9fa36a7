#pragma once

#include <absl/functional/any_invocable.h>

#include <string>

#include "node/assembly/readiness.h"
#include "node/http/http_server.h"
#include "node/http/node_metrics.h"

namespace millrace::node {

/// The pages of the HTTP server. Lives on its loop, except the constructor.
class Pages {
 public:
  /// Gathers from the other loops; the answer comes on the HTTP loop.
  struct Sources {
    absl::AnyInvocable<void(absl::AnyInvocable<void(NodeSample) &&>)> sample;
    absl::AnyInvocable<void(absl::AnyInvocable<void(std::string) &&>)> describe;
  };

  explicit Pages(const Readiness& readiness) : readiness_(readiness) {}

  /// Until then, only health pages are there.
  void set_sources(Sources sources) { sources_ = std::move(sources); }
  void handle(const std::string& path, HttpServer::Respond respond);

 private:
  const Readiness& readiness_;
  Sources sources_;
};

}  // namespace millrace::node
