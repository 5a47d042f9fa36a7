#include "controller/metadata/error_numbers.h"

#include <algorithm>
#include <iterator>

#include "base/check.h"

namespace millrace::controller {
namespace {

struct Row {
  std::uint32_t number;
  ErrorCode code;
};

/// New codes take the next number; no number is used twice.
constexpr Row kRows[] = {
    {1, ErrorCode::kInvalidArgument},
    {2, ErrorCode::kNotFound},
    {3, ErrorCode::kAlreadyExists},
    {4, ErrorCode::kUnsupported},
    {5, ErrorCode::kUnsupportedVersion},
    {6, ErrorCode::kShuttingDown},
    {7, ErrorCode::kTimedOut},
    {8, ErrorCode::kLimitReached},
    {9, ErrorCode::kWouldBlock},
    {10, ErrorCode::kIo},
    {11, ErrorCode::kNoSpace},
    {12, ErrorCode::kCorrupt},
    {13, ErrorCode::kLocked},
    {14, ErrorCode::kPermission},
    {15, ErrorCode::kMalformed},
    {16, ErrorCode::kCorruptMessage},
    {17, ErrorCode::kInvalidRecord},
    {18, ErrorCode::kInvalidTimestamp},
    {19, ErrorCode::kMessageTooLarge},
    {20, ErrorCode::kRecordListTooLarge},
    {21, ErrorCode::kUnsupportedCompression},
    {22, ErrorCode::kUnsupportedForMessageFormat},
    {23, ErrorCode::kUnknownTopicOrPartition},
    {24, ErrorCode::kUnknownTopicId},
    {25, ErrorCode::kInconsistentTopicId},
    {26, ErrorCode::kNotLeaderOrFollower},
    {27, ErrorCode::kFencedLeaderEpoch},
    {28, ErrorCode::kUnknownLeaderEpoch},
    {29, ErrorCode::kOffsetOutOfRange},
    {30, ErrorCode::kOffsetNotAvailable},
    {31, ErrorCode::kNotEnoughReplicas},
    {32, ErrorCode::kNotEnoughReplicasAfterAppend},
    {33, ErrorCode::kInvalidRequiredAcks},
    {34, ErrorCode::kStorageError},
    {35, ErrorCode::kReplicaNotAvailable},
    {36, ErrorCode::kOutOfOrderSequence},
    {37, ErrorCode::kDuplicateSequence},
    {38, ErrorCode::kInvalidProducerEpoch},
    {39, ErrorCode::kUnknownProducerId},
    {40, ErrorCode::kInvalidProducerIdMapping},
    {41, ErrorCode::kInvalidTxnState},
    {42, ErrorCode::kFetchSessionIdNotFound},
    {43, ErrorCode::kInvalidFetchSessionEpoch},
    {44, ErrorCode::kFetchSessionTopicIdError},
    {45, ErrorCode::kTopicAlreadyExists},
    {46, ErrorCode::kInvalidTopic},
    {47, ErrorCode::kInvalidPartitions},
    {48, ErrorCode::kInvalidReplicationFactor},
    {49, ErrorCode::kInvalidReplicaAssignment},
    {50, ErrorCode::kInvalidConfig},
    {51, ErrorCode::kInvalidRequest},
    {52, ErrorCode::kNotController},
    {53, ErrorCode::kPolicyViolation},
    {54, ErrorCode::kTopicDeletionDisabled},
    {55, ErrorCode::kClusterAuthorizationFailed},
    {56, ErrorCode::kTopicAuthorizationFailed},
    {57, ErrorCode::kGroupAuthorizationFailed},
    {58, ErrorCode::kTransactionalIdAuthorizationFailed},
};

}  // namespace

std::uint32_t number_of(ErrorCode code) {
  const auto* found = std::find_if(std::begin(kRows), std::end(kRows),
                                   [&](const Row& r) { return r.code == code; });
  CHECK_MSG(found != std::end(kRows), "an error code without a number: give it the next one");
  return found->number;
}

std::optional<ErrorCode> error_code_of(std::uint32_t number) {
  for (const auto& row : kRows) {
    if (row.number == number) return row.code;
  }
  return std::nullopt;
}

}  // namespace millrace::controller
