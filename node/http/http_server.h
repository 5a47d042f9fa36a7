#pragma once

#include <absl/functional/any_invocable.h>

#include <memory>
#include <string>

#include "node/loops/loop.h"
#include "node/net/endpoint.h"

namespace millrace::node {

struct HttpResponse {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
};

/// A small read-only HTTP/1.1 server for metrics, health and introspection: GET and HEAD only, no
/// request bodies, few connections, short time limits.
///
/// Owner: the assembly; lives on `loop`. Create and destroy while the loop does not run.
class HttpServer {
 public:
  static constexpr std::size_t kConnectionsMax = 64;
  static constexpr std::size_t kHeaderBytesMax = 8 << 10;

  using Respond = absl::AnyInvocable<void(HttpResponse) &&>;
  /// Gets the path without its query. `respond` must be called once, on the loop; destroying it
  /// uncalled closes the connection.
  using Handler = absl::AnyInvocable<void(const std::string& path, Respond respond)>;

  HttpServer(Loop& loop, ListeningSocket socket, Handler handler);
  ~HttpServer();

  /// Any thread.
  void start();
  /// Any thread: stops accepting. Open connections end by themselves.
  void stop();

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
  Loop& loop_;
};

}  // namespace millrace::node
