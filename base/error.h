#pragma once

#include <string>
#include <string_view>

namespace millrace {

/// What went wrong, in our own terms. `broker/handlers/error_map` is the only place that turns
/// these into Kafka's error codes; `storage/posix` the only one that makes them from errno.
enum class ErrorCode {
  // Arguments and state
  kInvalidArgument,
  kNotFound,
  kAlreadyExists,
  kUnsupported,
  kUnsupportedVersion,
  kShuttingDown,
  kTimedOut,
  kLimitReached,  // a named limit is reached; trying again later may help
  kWouldBlock,    // not an error of the data: take the slow path

  // Disk
  kIo,       // the device or the file system failed: stop using that directory
  kNoSpace,  // ENOSPC or EDQUOT: refuse appends until space returns
  kCorrupt,  // bytes on disk or wire fail their checksum or structure
  kLocked,   // another process holds the directory
  kPermission,

  // Protocol and record batches
  kMalformed,  // bytes that are not a message of the protocol
  kCorruptMessage,
  kInvalidRecord,
  kInvalidTimestamp,
  kMessageTooLarge,
  kRecordListTooLarge,
  kUnsupportedCompression,
  kUnsupportedForMessageFormat,

  // Partitions
  kUnknownTopicOrPartition,
  kUnknownTopicId,
  kInconsistentTopicId,
  kNotLeaderOrFollower,
  kFencedLeaderEpoch,
  kUnknownLeaderEpoch,
  kOffsetOutOfRange,
  kOffsetNotAvailable,
  kNotEnoughReplicas,
  kNotEnoughReplicasAfterAppend,
  kInvalidRequiredAcks,
  kStorageError,  // this replica's disk is fenced or its partition damaged
  kReplicaNotAvailable,

  // Producers
  kOutOfOrderSequence,
  kDuplicateSequence,
  kInvalidProducerEpoch,
  kUnknownProducerId,
  kInvalidProducerIdMapping,
  kInvalidTxnState,

  // Fetch sessions
  kFetchSessionIdNotFound,
  kInvalidFetchSessionEpoch,
  kFetchSessionTopicIdError,

  // Administration
  kTopicAlreadyExists,
  kInvalidTopic,
  kInvalidPartitions,
  kInvalidReplicationFactor,
  kInvalidReplicaAssignment,
  kInvalidConfig,
  kInvalidRequest,
  kNotController,
  kPolicyViolation,
  kTopicDeletionDisabled,
  kClusterAuthorizationFailed,
  kTopicAuthorizationFailed,
  kGroupAuthorizationFailed,
  kTransactionalIdAuthorizationFailed,
};

/// The constant's name without its `k`, for logs and tests.
std::string_view name_of(ErrorCode code);

/// An expected failure: the code decides, the message explains to a person. A message says what
/// happened, to what, and where it helps, what to do next; it starts in lower case and has no
/// full stop, so that a caller can put context before it.
struct Error {
  ErrorCode code;
  std::string message;

  friend bool operator==(const Error&, const Error&) = default;
};

/// "Code: message"
std::string to_string(const Error& error);

}  // namespace millrace
