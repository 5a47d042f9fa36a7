#pragma once

#include <chrono>
#include <string>

#include "cli/client/connection.h"
#include "cli/problem.h"
#include "proto/kafka/errors/kafka_error.h"

/// From what went wrong to what a person reads: every message says what, where, why, and the hint
/// what to do next.
namespace millrace::cli {

/// Where an address came from.
struct AddressOrigin {
  /// "from -b", "from MILLRACE_BOOTSTRAP_SERVERS", "the default"; empty for an advertised one.
  std::string bootstrap;
  /// Of an advertised address: the node that advertises it and the bootstrap server that said so.
  std::string node;
  std::string answered_by;
};

/// A connection could not be made, or broke before any request was answered on it.
Problem cannot_reach(const Endpoint& endpoint, const AddressOrigin& origin,
                     const ConnectionError& error, std::chrono::milliseconds timeout);

/// A request was sent and not answered. `changes` says that it may have changed something.
Problem not_answered(const std::string& step, const Endpoint& endpoint,
                     const ConnectionError& error, std::chrono::milliseconds timeout, bool changes);

/// A node answered with an error. `said` is its own message, which may be empty.
Problem refused_by_node(kafka::KafkaError error, const std::string& said, const std::string& target,
                        const std::string& attempted);

}  // namespace millrace::cli
