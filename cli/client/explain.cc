#include "cli/client/explain.h"

#include <fmt/format.h>

#include "cli/text/duration.h"

namespace millrace::cli {
namespace {

using Kind = ConnectionError::Kind;
using kafka::KafkaError;

bool is_advertised(const AddressOrigin& origin) {
  return origin.bootstrap.empty();
}

std::string where(const Endpoint& endpoint, const AddressOrigin& origin) {
  if (is_advertised(origin)) {
    return fmt::format("{} answered, but node {} advertises {}", origin.answered_by, origin.node,
                       endpoint.text());
  }
  return fmt::format("cannot reach {} ({})", endpoint.text(), origin.bootstrap);
}

std::string why(const ConnectionError& error, const AddressOrigin& origin,
                std::chrono::milliseconds timeout) {
  const auto timed_out = fmt::format("no connection within --timeout {}", duration_text(timeout));
  const auto& detail = error.kind == Kind::kTimedOut ? timed_out : error.detail;
  if (!is_advertised(origin)) return ": " + detail;
  if (error.kind == Kind::kUnresolved) return ", which does not resolve here";
  return fmt::format(", which cannot be reached from here: {}", detail);
}

std::string next_step(const ConnectionError& error, const AddressOrigin& origin) {
  switch (error.kind) {
    case Kind::kSpeaksTls:
      return "the port expects TLS: try -X security.protocol=ssl";
    case Kind::kSpeaksPlain:
      return "the port seems to speak plain text: try -X security.protocol=plaintext";
    case Kind::kSpeaksHttp:
      return "that is an HTTP port; the Kafka port is the one in the node's `listeners` setting";
    case Kind::kTls:
      return "the certificates to trust are set with -X ssl.ca.location=FILE; -X list names more";
    default:
      break;
  }
  if (is_advertised(origin)) {
    return "clients connect to the address that a node advertises: correct advertised.listeners on "
           "that node, or make the name and port reachable from here";
  }
  switch (error.kind) {
    case Kind::kUnresolved:
      return "check the spelling; name other servers with -b HOST:PORT";
    case Kind::kClosed:
      return "is that a Kafka port? If it expects TLS, try -X security.protocol=ssl";
    case Kind::kFrame:
      return "that does not look like a Kafka port; check -b HOST:PORT";
    default:
      return "is a node running there? Name another with -b HOST:PORT or "
             "MILLRACE_BOOTSTRAP_SERVERS";
  }
}

std::string hint_for(KafkaError error) {
  switch (error) {
    case KafkaError::kUnknownTopicOrPartition:
      return "millrace topic list shows the topics";
    case KafkaError::kTopicAlreadyExists:
      return "--if-not-exists accepts that";
    case KafkaError::kInvalidTopicException:
      return "names have up to 249 characters out of a-z A-Z 0-9 . _ -";
    case KafkaError::kTopicAuthorizationFailed:
    case KafkaError::kClusterAuthorizationFailed:
      return "the principal of this connection lacks the permission";
    case KafkaError::kDuplicateVoter:
    case KafkaError::kVoterNotFound:
      return "millrace quorum describe shows the voters";
    case KafkaError::kRequestTimedOut:
      return "the node gave up waiting; try a longer --timeout";
    default:
      return "";
  }
}

std::string described(KafkaError error) {
  switch (error) {
    case KafkaError::kUnknownTopicOrPartition:
      return "there is no such topic or partition";
    case KafkaError::kTopicAlreadyExists:
      return "the topic exists already";
    case KafkaError::kInvalidTopicException:
      return "the name is not valid for a topic";
    case KafkaError::kTopicAuthorizationFailed:
      return "not authorized for the topic";
    case KafkaError::kClusterAuthorizationFailed:
      return "not authorized for the cluster";
    default:
      break;
  }
  const auto name = kafka::name_of(error);
  if (name.empty()) return fmt::format("error {}", static_cast<int>(error));
  return std::string(name);
}

// The node's own sentence, unless ours is clearer than what every Kafka broker says.
std::string reason(KafkaError error, std::string said) {
  while (!said.empty() && said.back() == '.') said.pop_back();
  const bool ours =
      error == KafkaError::kUnknownTopicOrPartition || error == KafkaError::kTopicAlreadyExists;
  return said.empty() || ours ? described(error) : said;
}

}  // namespace

Problem cannot_reach(const Endpoint& endpoint, const AddressOrigin& origin,
                     const ConnectionError& error, std::chrono::milliseconds timeout) {
  return {ExitCode::kUnreachable, "UNREACHABLE", endpoint.text(),
          where(endpoint, origin) + why(error, origin, timeout), next_step(error, origin)};
}

Problem not_answered(const std::string& step, const Endpoint& endpoint,
                     const ConnectionError& error, std::chrono::milliseconds timeout,
                     bool changes) {
  const std::string unknown =
      changes ? "whether the change was made is not known; look before trying again" : "";
  if (error.kind == Kind::kTimedOut) {
    return {ExitCode::kTimedOut, "TIMED_OUT", endpoint.text(),
            fmt::format("{} timed out: {} did not answer within --timeout {}", step,
                        endpoint.text(), duration_text(timeout)),
            changes ? unknown : "try a longer --timeout, or look at that node"};
  }
  return {ExitCode::kUnreachable, "CONNECTION_LOST", endpoint.text(),
          fmt::format("{} failed: {}: {}", step, endpoint.text(), error.detail), unknown};
}

Problem refused_by_node(KafkaError error, const std::string& said, const std::string& target,
                        const std::string& attempted) {
  const auto name = kafka::name_of(error);
  const auto exit = error == KafkaError::kRequestTimedOut ? ExitCode::kTimedOut : ExitCode::kFailed;
  return {exit, name.empty() ? fmt::format("ERROR_{}", static_cast<int>(error)) : std::string(name),
          target, fmt::format("{}: {}", attempted, reason(error, said)), hint_for(error)};
}

}  // namespace millrace::cli
