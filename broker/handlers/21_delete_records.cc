#include "broker/handlers/21_delete_records.h"

#include "broker/handlers/error_map.h"
#include "broker/handlers/lookup.h"
#include "broker/handlers/partition_gathering.h"

namespace millrace::broker {

namespace {

class Deleting final
    : public PartitionGathering<DeleteRecordsAnswer, kafka::DeleteRecordsResponse> {
 public:
  using PartitionGathering::PartitionGathering;

  void fill(PartitionAnswer& to, const DeleteRecordsAnswer& from) override {
    to.low_watermark = from.log_start;
    if (from.error) to.error_code = to_kafka(from.error->code);
  }
};

}  // namespace

void start_delete_records(Desk& desk, Call call, kafka::DeleteRecordsRequest request) {
  const Token token = desk.next_token();
  const Access access = desk.access(call);
  auto deleting = std::make_unique<Deleting>(call);
  for (const auto& topic : request.topics) {
    auto& topic_answer = deleting->response.topics.emplace_back();
    topic_answer.name = topic.name;
    for (const auto& asked : topic.partitions) {
      const Lookup found =
          find_partition(desk, access, Operation::kDelete, topic.name, asked.partition_index);
      auto& answer = topic_answer.partitions.emplace_back();
      answer.partition_index = asked.partition_index;
      answer.low_watermark = kNoOffset;
      answer.error_code = found.error;
      if (found.error == kafka::KafkaError::kNone && is_internal_topic(topic.name)) {
        answer.error_code = kafka::KafkaError::kInvalidTopicException;
      }
      if (answer.error_code != kafka::KafkaError::kNone) continue;
      desk.ask(desk.owner_of(found.id), DeleteRecordsAsk{desk.asker(token), deleting->expect_last(),
                                                         found.id, asked.offset});
    }
  }
  finish_or_keep(desk, token, std::move(deleting));
}

}  // namespace millrace::broker
