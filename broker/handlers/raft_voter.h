#pragma once

#include "broker/handlers/one_answer.h"

/// What AddRaftVoter and RemoveRaftVoter share.
namespace millrace::broker {

/// They have names of their own for who is a voter already or none, and a change that has to wait
/// for another one asks to be tried again.
inline kafka::KafkaError voter_error(ErrorCode code) {
  switch (code) {
    case ErrorCode::kAlreadyExists:
      return kafka::KafkaError::kDuplicateVoter;
    case ErrorCode::kNotFound:
      return kafka::KafkaError::kVoterNotFound;
    case ErrorCode::kLimitReached:
      return kafka::KafkaError::kRequestTimedOut;
    default:
      return to_kafka(code);
  }
}

/// Refuses a request that names no voter: a voter is a node and the directory with its log.
template <class Response>
bool check_names_voter(Desk& desk, const Call& call, NodeId id, const DirectoryId& directory) {
  if (id < NodeId(0)) {
    refuse<Response>(desk, call, kafka::KafkaError::kInvalidRequest,
                     fmt::format("{} is not the id of a node", id.value()));
    return false;
  }
  if (directory.is_zero()) {
    refuse<Response>(desk, call, kafka::KafkaError::kInvalidVoterKey,
                     fmt::format("node {} is named without the id of its directory; "
                                 "DescribeQuorum version 2 tells it",
                                 id.value()));
    return false;
  }
  return true;
}

}  // namespace millrace::broker
