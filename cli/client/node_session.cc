#include "cli/client/node_session.h"

#include <algorithm>

#include "cli/version.h"
#include "proto/kafka/messages/api_versions.h"

namespace millrace::cli {
namespace {

using Kind = ConnectionError::Kind;

tl::unexpected<ConnectionError> not_kafka(std::string detail) {
  return tl::unexpected<ConnectionError>(ConnectionError{Kind::kFrame, std::move(detail)});
}

// The response of any version starts with the error code; UNSUPPORTED_VERSION comes with a body of
// version 0 (KIP-511).
std::int16_t body_version(ByteView body, std::int16_t asked) {
  if (body.size() < sizeof(std::int16_t)) return asked;
  const auto error = static_cast<kafka::KafkaError>(load_be<std::int16_t>(body.data()));
  return error == kafka::KafkaError::kUnsupportedVersion ? std::int16_t{0} : asked;
}

}  // namespace

Answer<std::unique_ptr<NodeSession>> NodeSession::open(const Endpoint& endpoint,
                                                       const AddressOrigin& origin,
                                                       const ConnectionSettings& settings,
                                                       std::chrono::milliseconds timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  auto connection = Connection::open(endpoint, settings.tls, deadline);
  if (!connection) return problem(cannot_reach(endpoint, origin, connection.error(), timeout));
  std::unique_ptr<NodeSession> session(
      new NodeSession(std::move(*connection), endpoint, settings, timeout));
  if (auto learned = session->learn_versions(deadline); !learned) {
    if (learned.error().kind == Kind::kTimedOut) {
      return problem(
          not_answered("asking for API versions", endpoint, learned.error(), timeout, false));
    }
    return problem(cannot_reach(endpoint, origin, learned.error(), timeout));
  }
  return session;
}

bool NodeSession::has(kafka::ApiKey key) const {
  return version_of(key).has_value();
}

ConnectionResult<SharedBytes> NodeSession::ask_versions(std::int16_t version, Deadline deadline) {
  kafka::ApiVersionsRequest request;
  if (version >= 3) {
    request.client_software_name = "millrace";
    request.client_software_version = kVersion;
  }
  const auto frame =
      kafka::encode_request(++correlation_id_, settings_.client_id, version, request);
  if (!frame) return not_kafka(frame.error().message);
  if (auto sent = connection_->send(*frame, deadline); !sent) {
    return tl::unexpected<ConnectionError>(sent.error());
  }
  return connection_->receive(deadline);
}

ConnectionResult<void> NodeSession::learn_versions(Deadline deadline) {
  const auto& api = kafka::api_info(kafka::ApiKey::kApiVersions);
  // Brokers that do not know our version answer in version 0 (KIP-511), those before Kafka 2.4
  // without the list of APIs, and some servers in a form of their own: version 0 they all have.
  ConnectionError first{Kind::kFrame, "it names no API that it has"};
  for (const std::int16_t version : {api.max, std::int16_t{0}}) {
    auto frame = ask_versions(version, deadline);
    if (!frame) return tl::unexpected<ConnectionError>(version == 0 ? first : frame.error());
    kafka::Reader reader(*frame);
    const auto header = kafka::decode_response_header(reader, api, version);
    const auto body = frame->view().last(reader.remaining());
    const auto response = kafka::ApiVersionsResponse::decode(reader, body_version(body, version));
    if (!header || header->correlation_id != correlation_id_ || !response) {
      first = {Kind::kFrame, "it did not answer in Kafka's protocol"};
      continue;
    }
    for (const auto& key : response->api_keys) {
      versions_[key.api_key] = {key.min_version, key.max_version};
    }
    if (!versions_.empty()) return {};
  }
  return tl::unexpected<ConnectionError>(first);
}

Answer<std::int16_t> NodeSession::version_of(kafka::ApiKey key) const {
  const auto& api = kafka::api_info(key);
  const auto found = versions_.find(static_cast<std::int16_t>(key));
  if (found != versions_.end()) {
    const auto highest = std::min(api.max, found->second.max);
    if (highest >= std::max(api.min, found->second.min)) return highest;
  }
  return problem(
      {ExitCode::kFailed, "UNSUPPORTED_VERSION", endpoint_.text(),
       fmt::format("{} has no {} request of a version that this command speaks", endpoint_.text(),
                   api.name),
       "it may be a port for nodes only; clients use another listener. Or the cluster is "
       "too old for this command"});
}

Answer<kafka::Reader> NodeSession::exchange(kafka::ApiKey key, std::int16_t version,
                                            std::int32_t id, const BytesChain& frame,
                                            bool changes) {
  const auto& api = kafka::api_info(key);
  const auto step = fmt::format("the {} request", api.name);
  const auto response = fmt::format("{}Response", api.name);
  const auto deadline = std::chrono::steady_clock::now() + timeout_;
  if (auto sent = connection_->send(frame, deadline); !sent) {
    return problem(not_answered(step, endpoint_, sent.error(), timeout_, changes));
  }
  auto answer = connection_->receive(deadline);
  if (!answer) return problem(not_answered(step, endpoint_, answer.error(), timeout_, changes));
  kafka::Reader reader(std::move(*answer));
  const auto header = kafka::decode_response_header(reader, api, version);
  if (!header) return problem(malformed(response, header.error()));
  if (header->correlation_id != id) {
    return problem(malformed(response, {ErrorCode::kMalformed, "it answers another request"}));
  }
  return reader;
}

Problem NodeSession::unencodable(std::string_view message, const Error& error) const {
  return {ExitCode::kFailed, "UNSUPPORTED_VERSION", endpoint_.text(),
          fmt::format("{} cannot take this {}: {}", endpoint_.text(), message, error.message), ""};
}

Problem NodeSession::malformed(std::string_view message, const Error& error) const {
  return {
      ExitCode::kFailed, "MALFORMED_RESPONSE", endpoint_.text(),
      fmt::format("{} sent a {} that cannot be read: {}", endpoint_.text(), message, error.message),
      "this is a bug of that node or of this command: please report it"};
}

}  // namespace millrace::cli
