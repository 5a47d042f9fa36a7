#include "base/error.h"

namespace millrace {

std::string_view name_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return "InvalidArgument";
    case ErrorCode::kNotFound:
      return "NotFound";
    case ErrorCode::kAlreadyExists:
      return "AlreadyExists";
    case ErrorCode::kUnsupported:
      return "Unsupported";
    case ErrorCode::kUnsupportedVersion:
      return "UnsupportedVersion";
    case ErrorCode::kShuttingDown:
      return "ShuttingDown";
    case ErrorCode::kTimedOut:
      return "TimedOut";
    case ErrorCode::kLimitReached:
      return "LimitReached";
    case ErrorCode::kWouldBlock:
      return "WouldBlock";
    case ErrorCode::kIo:
      return "Io";
    case ErrorCode::kNoSpace:
      return "NoSpace";
    case ErrorCode::kCorrupt:
      return "Corrupt";
    case ErrorCode::kLocked:
      return "Locked";
    case ErrorCode::kPermission:
      return "Permission";
    case ErrorCode::kMalformed:
      return "Malformed";
    case ErrorCode::kCorruptMessage:
      return "CorruptMessage";
    case ErrorCode::kInvalidRecord:
      return "InvalidRecord";
    case ErrorCode::kInvalidTimestamp:
      return "InvalidTimestamp";
    case ErrorCode::kMessageTooLarge:
      return "MessageTooLarge";
    case ErrorCode::kRecordListTooLarge:
      return "RecordListTooLarge";
    case ErrorCode::kUnsupportedCompression:
      return "UnsupportedCompression";
    case ErrorCode::kUnsupportedForMessageFormat:
      return "UnsupportedForMessageFormat";
    case ErrorCode::kUnknownTopicOrPartition:
      return "UnknownTopicOrPartition";
    case ErrorCode::kUnknownTopicId:
      return "UnknownTopicId";
    case ErrorCode::kInconsistentTopicId:
      return "InconsistentTopicId";
    case ErrorCode::kNotLeaderOrFollower:
      return "NotLeaderOrFollower";
    case ErrorCode::kFencedLeaderEpoch:
      return "FencedLeaderEpoch";
    case ErrorCode::kUnknownLeaderEpoch:
      return "UnknownLeaderEpoch";
    case ErrorCode::kOffsetOutOfRange:
      return "OffsetOutOfRange";
    case ErrorCode::kOffsetNotAvailable:
      return "OffsetNotAvailable";
    case ErrorCode::kNotEnoughReplicas:
      return "NotEnoughReplicas";
    case ErrorCode::kNotEnoughReplicasAfterAppend:
      return "NotEnoughReplicasAfterAppend";
    case ErrorCode::kInvalidRequiredAcks:
      return "InvalidRequiredAcks";
    case ErrorCode::kStorageError:
      return "StorageError";
    case ErrorCode::kReplicaNotAvailable:
      return "ReplicaNotAvailable";
    case ErrorCode::kOutOfOrderSequence:
      return "OutOfOrderSequence";
    case ErrorCode::kDuplicateSequence:
      return "DuplicateSequence";
    case ErrorCode::kInvalidProducerEpoch:
      return "InvalidProducerEpoch";
    case ErrorCode::kUnknownProducerId:
      return "UnknownProducerId";
    case ErrorCode::kInvalidProducerIdMapping:
      return "InvalidProducerIdMapping";
    case ErrorCode::kInvalidTxnState:
      return "InvalidTxnState";
    case ErrorCode::kFetchSessionIdNotFound:
      return "FetchSessionIdNotFound";
    case ErrorCode::kInvalidFetchSessionEpoch:
      return "InvalidFetchSessionEpoch";
    case ErrorCode::kFetchSessionTopicIdError:
      return "FetchSessionTopicIdError";
    case ErrorCode::kTopicAlreadyExists:
      return "TopicAlreadyExists";
    case ErrorCode::kInvalidTopic:
      return "InvalidTopic";
    case ErrorCode::kInvalidPartitions:
      return "InvalidPartitions";
    case ErrorCode::kInvalidReplicationFactor:
      return "InvalidReplicationFactor";
    case ErrorCode::kInvalidReplicaAssignment:
      return "InvalidReplicaAssignment";
    case ErrorCode::kInvalidConfig:
      return "InvalidConfig";
    case ErrorCode::kInvalidRequest:
      return "InvalidRequest";
    case ErrorCode::kNotController:
      return "NotController";
    case ErrorCode::kPolicyViolation:
      return "PolicyViolation";
    case ErrorCode::kTopicDeletionDisabled:
      return "TopicDeletionDisabled";
    case ErrorCode::kClusterAuthorizationFailed:
      return "ClusterAuthorizationFailed";
    case ErrorCode::kTopicAuthorizationFailed:
      return "TopicAuthorizationFailed";
    case ErrorCode::kGroupAuthorizationFailed:
      return "GroupAuthorizationFailed";
    case ErrorCode::kTransactionalIdAuthorizationFailed:
      return "TransactionalIdAuthorizationFailed";
  }
  return "Unknown";
}

std::string to_string(const Error& error) {
  return std::string(name_of(error.code)) + ": " + error.message;
}

}  // namespace millrace
