#pragma once

#include <fmt/format.h>

#include <map>
#include <memory>
#include <string>

#include "cli/client/connection.h"
#include "cli/client/explain.h"
#include "cli/client/properties.h"
#include "proto/kafka/codec/frame.h"

namespace millrace::cli {

/// A connection to one node on which versions were negotiated: every request goes out in the
/// highest version that both sides have. Not thread-safe.
class NodeSession {
 public:
  /// Connects and asks for ApiVersions, all within `timeout`.
  static Answer<std::unique_ptr<NodeSession>> open(const Endpoint& endpoint,
                                                   const AddressOrigin& origin,
                                                   const ConnectionSettings& settings,
                                                   std::chrono::milliseconds timeout);

  [[nodiscard]] const Endpoint& endpoint() const { return endpoint_; }
  /// Whether the node has any version of the API that we have.
  [[nodiscard]] bool has(kafka::ApiKey key) const;

  /// Sends the request and waits for its response. `make(version)` builds the request for the
  /// version that was agreed on. `changes`: it may change something on the cluster, which makes a
  /// lost answer a different problem.
  template <class Response, class Make>
  Answer<Response> ask(Make make, bool changes = false) {
    using Request = decltype(make(std::int16_t{}));
    auto version = version_of(Request::kApiKey);
    if (!version) return problem(std::move(version).error());
    const Request request = make(*version);
    const auto id = ++correlation_id_;
    auto frame = kafka::encode_request(id, settings_.client_id, *version, request);
    if (!frame) return problem(unencodable(Request::kName, frame.error()));
    auto reader = exchange(Request::kApiKey, *version, id, *frame, changes);
    if (!reader) return problem(std::move(reader).error());
    auto response = Response::decode(*reader, *version);
    if (!response) return problem(malformed(Response::kName, response.error()));
    return std::move(*response);
  }

 private:
  struct Range {
    std::int16_t min;
    std::int16_t max;
  };
  NodeSession(std::unique_ptr<Connection> connection, Endpoint endpoint,
              ConnectionSettings settings, std::chrono::milliseconds timeout)
      : connection_(std::move(connection)),
        endpoint_(std::move(endpoint)),
        settings_(std::move(settings)),
        timeout_(timeout) {}

  ConnectionResult<void> learn_versions(Deadline deadline);
  ConnectionResult<SharedBytes> ask_versions(std::int16_t version, Deadline deadline);
  Answer<std::int16_t> version_of(kafka::ApiKey key) const;
  Answer<kafka::Reader> exchange(kafka::ApiKey key, std::int16_t version, std::int32_t id,
                                 const BytesChain& frame, bool changes);
  [[nodiscard]] Problem unencodable(std::string_view message, const Error& error) const;
  [[nodiscard]] Problem malformed(std::string_view message, const Error& error) const;

  std::unique_ptr<Connection> connection_;
  Endpoint endpoint_;
  ConnectionSettings settings_;
  std::chrono::milliseconds timeout_;
  std::map<std::int16_t, Range> versions_;
  std::int32_t correlation_id_ = 0;
};

}  // namespace millrace::cli
