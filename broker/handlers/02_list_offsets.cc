#include "broker/handlers/02_list_offsets.h"

#include <map>

#include "broker/handlers/error_map.h"
#include "broker/handlers/lookup.h"
#include "broker/handlers/partition_gathering.h"

namespace millrace::broker {

namespace {

using kafka::KafkaError;
using kafka::ListOffsetsRequest;
using kafka::ListOffsetsResponse;

constexpr std::int8_t kReadCommitted = 1;

class Listing final : public PartitionGathering<OffsetAnswer, ListOffsetsResponse> {
 public:
  using PartitionGathering::PartitionGathering;

  void fill(PartitionAnswer& to, const OffsetAnswer& from) override {
    if (from.error) {
      to.error_code = translate(from.error->code);
      return;
    }
    to.offset = from.found.offset;
    to.timestamp = from.found.timestamp;
    if (call_.version >= 4) to.leader_epoch = from.found.epoch;
  }

 private:
  [[nodiscard]] KafkaError translate(ErrorCode code) const {
    // Clients from before version 5 do not know the code.
    if (code == ErrorCode::kOffsetNotAvailable && call_.version < 5) {
      return KafkaError::kLeaderNotAvailable;
    }
    return to_kafka(code);
  }
};

/// Questions that came with later versions.
bool may_ask(std::int64_t timestamp, std::int16_t version) {
  switch (timestamp) {
    case -3:
      return version >= 7;
    case -4:
      return version >= 8;
    case -5:
      return version >= 9;
    case -6:
      return version >= 11;
    default:
      return timestamp >= -6;
  }
}

/// How often the request names each partition.
std::map<std::pair<std::string_view, PartitionIndex>, int> times_named(
    const ListOffsetsRequest& request) {
  std::map<std::pair<std::string_view, PartitionIndex>, int> times;
  for (const auto& topic : request.topics) {
    for (const auto& asked : topic.partitions) ++times[{topic.name, asked.partition_index}];
  }
  return times;
}

KafkaError check(const ListOffsetsRequest& request, TimestampMs timestamp, int times_named,
                 std::int16_t version) {
  if (request.replica_id >= NodeId(0)) return KafkaError::kClusterAuthorizationFailed;
  if (times_named > 1) return KafkaError::kInvalidRequest;
  return may_ask(timestamp.value(), version) ? KafkaError::kNone : KafkaError::kUnsupportedVersion;
}

}  // namespace

void start_list_offsets(Desk& desk, Call call, ListOffsetsRequest request) {
  const Token token = desk.next_token();
  const Access access = desk.access(call);
  const auto times = times_named(request);
  auto listing = std::make_unique<Listing>(call);
  for (const auto& topic : request.topics) {
    auto& topic_answer = listing->response.topics.emplace_back();
    topic_answer.name = topic.name;
    for (const auto& asked : topic.partitions) {
      const Lookup found =
          find_partition(desk, access, Operation::kDescribe, topic.name, asked.partition_index);
      auto& answer = topic_answer.partitions.emplace_back();
      answer.partition_index = asked.partition_index;
      answer.error_code = found.error != KafkaError::kNone
                              ? found.error
                              : check(request, asked.timestamp,
                                      times.at({topic.name, asked.partition_index}), call.version);
      if (answer.error_code != KafkaError::kNone) continue;
      desk.ask(
          desk.owner_of(found.id),
          OffsetAsk{desk.asker(token), listing->expect_last(), found.id, asked.current_leader_epoch,
                    asked.timestamp.value(), request.isolation_level == kReadCommitted});
    }
  }
  finish_or_keep(desk, token, std::move(listing));
}

}  // namespace millrace::broker
