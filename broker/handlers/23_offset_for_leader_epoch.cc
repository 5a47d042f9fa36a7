#include "broker/handlers/23_offset_for_leader_epoch.h"

#include "broker/handlers/error_map.h"
#include "broker/handlers/lookup.h"
#include "broker/handlers/partition_gathering.h"

namespace millrace::broker {

namespace {

class FindingEpochs final
    : public PartitionGathering<EpochAnswer, kafka::OffsetForLeaderEpochResponse> {
 public:
  using PartitionGathering::PartitionGathering;

  void fill(PartitionAnswer& to, const EpochAnswer& from) override {
    to.leader_epoch = from.end.epoch;
    to.end_offset = from.end.end_offset;
    if (from.error) to.error_code = to_kafka(from.error->code);
  }
};

}  // namespace

void start_offset_for_leader_epoch(Desk& desk, Call call,
                                   kafka::OffsetForLeaderEpochRequest request) {
  const Token token = desk.next_token();
  const Access access = desk.access(call);
  auto finding = std::make_unique<FindingEpochs>(call);
  for (const auto& topic : request.topics) {
    auto& topic_answer = finding->response.topics.emplace_back();
    topic_answer.topic = topic.topic;
    for (const auto& asked : topic.partitions) {
      const Lookup found =
          find_partition(desk, access, Operation::kDescribe, topic.topic, asked.partition);
      auto& answer = topic_answer.partitions.emplace_back();
      answer.partition = asked.partition;
      answer.error_code = found.error;
      if (found.error != kafka::KafkaError::kNone) continue;
      desk.ask(desk.owner_of(found.id),
               EpochAsk{desk.asker(token), finding->expect_last(), found.id,
                        asked.current_leader_epoch, asked.leader_epoch});
    }
  }
  finish_or_keep(desk, token, std::move(finding));
}

}  // namespace millrace::broker
