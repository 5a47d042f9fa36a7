#include "broker/handlers/error_map.h"

namespace millrace::broker {

using kafka::KafkaError;

KafkaError to_kafka(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return KafkaError::kInvalidRequest;
    case ErrorCode::kNotFound:
      return KafkaError::kResourceNotFound;
    case ErrorCode::kAlreadyExists:
      return KafkaError::kDuplicateResource;
    case ErrorCode::kUnsupported:
      return KafkaError::kUnsupportedVersion;
    case ErrorCode::kUnsupportedVersion:
      return KafkaError::kUnsupportedVersion;
    case ErrorCode::kShuttingDown:
      return KafkaError::kBrokerNotAvailable;
    case ErrorCode::kTimedOut:
      return KafkaError::kRequestTimedOut;
    case ErrorCode::kLimitReached:
      return KafkaError::kThrottlingQuotaExceeded;
    case ErrorCode::kWouldBlock:
      return KafkaError::kUnknownServerError;

    // Clients ask for metadata again and retry: the partition may have another leader by then, and
    // space may have come back.
    case ErrorCode::kIo:
      return KafkaError::kKafkaStorageError;
    case ErrorCode::kNoSpace:
      return KafkaError::kKafkaStorageError;
    case ErrorCode::kCorrupt:
      return KafkaError::kKafkaStorageError;
    case ErrorCode::kLocked:
      return KafkaError::kKafkaStorageError;
    case ErrorCode::kPermission:
      return KafkaError::kKafkaStorageError;
    case ErrorCode::kStorageError:
      return KafkaError::kKafkaStorageError;

    case ErrorCode::kMalformed:
      return KafkaError::kInvalidRequest;
    case ErrorCode::kCorruptMessage:
      return KafkaError::kCorruptMessage;
    case ErrorCode::kInvalidRecord:
      return KafkaError::kInvalidRecord;
    case ErrorCode::kInvalidTimestamp:
      return KafkaError::kInvalidTimestamp;
    case ErrorCode::kMessageTooLarge:
      return KafkaError::kMessageTooLarge;
    case ErrorCode::kRecordListTooLarge:
      return KafkaError::kRecordListTooLarge;
    case ErrorCode::kUnsupportedCompression:
      return KafkaError::kUnsupportedCompressionType;
    case ErrorCode::kUnsupportedForMessageFormat:
      return KafkaError::kUnsupportedForMessageFormat;

    case ErrorCode::kUnknownTopicOrPartition:
      return KafkaError::kUnknownTopicOrPartition;
    case ErrorCode::kUnknownTopicId:
      return KafkaError::kUnknownTopicId;
    case ErrorCode::kInconsistentTopicId:
      return KafkaError::kInconsistentTopicId;
    case ErrorCode::kNotLeaderOrFollower:
      return KafkaError::kNotLeaderOrFollower;
    case ErrorCode::kFencedLeaderEpoch:
      return KafkaError::kFencedLeaderEpoch;
    case ErrorCode::kUnknownLeaderEpoch:
      return KafkaError::kUnknownLeaderEpoch;
    case ErrorCode::kOffsetOutOfRange:
      return KafkaError::kOffsetOutOfRange;
    case ErrorCode::kOffsetNotAvailable:
      return KafkaError::kOffsetNotAvailable;
    case ErrorCode::kNotEnoughReplicas:
      return KafkaError::kNotEnoughReplicas;
    case ErrorCode::kNotEnoughReplicasAfterAppend:
      return KafkaError::kNotEnoughReplicasAfterAppend;
    case ErrorCode::kInvalidRequiredAcks:
      return KafkaError::kInvalidRequiredAcks;
    case ErrorCode::kReplicaNotAvailable:
      return KafkaError::kReplicaNotAvailable;

    case ErrorCode::kOutOfOrderSequence:
      return KafkaError::kOutOfOrderSequenceNumber;
    case ErrorCode::kDuplicateSequence:
      return KafkaError::kDuplicateSequenceNumber;
    case ErrorCode::kInvalidProducerEpoch:
      return KafkaError::kInvalidProducerEpoch;
    case ErrorCode::kUnknownProducerId:
      return KafkaError::kUnknownProducerId;
    case ErrorCode::kInvalidProducerIdMapping:
      return KafkaError::kInvalidProducerIdMapping;
    case ErrorCode::kInvalidTxnState:
      return KafkaError::kInvalidTxnState;

    case ErrorCode::kFetchSessionIdNotFound:
      return KafkaError::kFetchSessionIdNotFound;
    case ErrorCode::kInvalidFetchSessionEpoch:
      return KafkaError::kInvalidFetchSessionEpoch;
    case ErrorCode::kFetchSessionTopicIdError:
      return KafkaError::kFetchSessionTopicIdError;

    case ErrorCode::kTopicAlreadyExists:
      return KafkaError::kTopicAlreadyExists;
    case ErrorCode::kInvalidTopic:
      return KafkaError::kInvalidTopicException;
    case ErrorCode::kInvalidPartitions:
      return KafkaError::kInvalidPartitions;
    case ErrorCode::kInvalidReplicationFactor:
      return KafkaError::kInvalidReplicationFactor;
    case ErrorCode::kInvalidReplicaAssignment:
      return KafkaError::kInvalidReplicaAssignment;
    case ErrorCode::kInvalidConfig:
      return KafkaError::kInvalidConfig;
    case ErrorCode::kInvalidRequest:
      return KafkaError::kInvalidRequest;
    case ErrorCode::kNotController:
      return KafkaError::kNotController;
    case ErrorCode::kPolicyViolation:
      return KafkaError::kPolicyViolation;
    case ErrorCode::kTopicDeletionDisabled:
      return KafkaError::kTopicDeletionDisabled;
    case ErrorCode::kClusterAuthorizationFailed:
      return KafkaError::kClusterAuthorizationFailed;
    case ErrorCode::kTopicAuthorizationFailed:
      return KafkaError::kTopicAuthorizationFailed;
    case ErrorCode::kGroupAuthorizationFailed:
      return KafkaError::kGroupAuthorizationFailed;
    case ErrorCode::kTransactionalIdAuthorizationFailed:
      return KafkaError::kTransactionalIdAuthorizationFailed;
  }
  return KafkaError::kUnknownServerError;
}

}  // namespace millrace::broker
