#include "broker/handlers/75_describe_topic_partitions.h"

#include <algorithm>
#include <set>

#include "broker/handlers/lookup.h"

namespace millrace::broker {

namespace {

using kafka::DescribeTopicPartitionsRequest;
using kafka::DescribeTopicPartitionsResponse;
using kafka::KafkaError;

/// max.request.partition.size.limit
constexpr std::int32_t kPartitionsMax = 2'000;

/// Fills one page, topics in the order of their names.
class Page {
 public:
  Page(Desk& desk, const Call& call, const DescribeTopicPartitionsRequest& request)
      : metadata_(desk.metadata()),
        access_(desk.access(call)),
        left_(std::clamp(request.response_partition_limit, 1, kPartitionsMax)) {
    if (request.cursor) {
      first_topic_ = request.cursor->topic_name;
      first_partition_ = std::max(0, request.cursor->partition_index.value());
    }
  }

  DescribeTopicPartitionsResponse fill(const DescribeTopicPartitionsRequest& request) {
    std::set<std::string> names;
    const bool is_about_all = request.topics.empty();
    for (const auto& topic : request.topics) names.insert(topic.name);
    if (is_about_all) {
      for (const controller::Topic* topic : metadata_.image().topics()) names.insert(topic->name);
    }
    for (const std::string& name : names) {
      if (name < first_topic_) continue;
      const bool may_see = access_.topic(Operation::kDescribe, name);
      if (!may_see && is_about_all) continue;
      if (left_ == 0) {
        set_cursor(name, 0);
        break;
      }
      if (!add_topic(name, may_see)) break;
    }
    return std::move(response_);
  }

 private:
  void set_cursor(const std::string& topic, std::int32_t partition) {
    response_.next_cursor.emplace();
    response_.next_cursor->topic_name = topic;
    response_.next_cursor->partition_index = PartitionIndex(partition);
  }

  /// False when the page is full and the topic is not finished.
  bool add_topic(const std::string& name, bool may_see) {
    auto& answer = response_.topics.emplace_back();
    answer.name = name;
    const controller::Topic* const topic = metadata_.image().topic(name);
    if (!may_see || topic == nullptr) {
      answer.error_code = !may_see              ? KafkaError::kTopicAuthorizationFailed
                          : is_topic_name(name) ? KafkaError::kUnknownTopicOrPartition
                                                : KafkaError::kInvalidTopicException;
      return true;
    }
    answer.topic_id = topic->id;
    answer.is_internal = is_internal_topic(name);
    answer.topic_authorized_operations = access_.topic_operations(name);
    const auto count = static_cast<std::int32_t>(topic->partitions.size());
    for (std::int32_t index = name == first_topic_ ? first_partition_ : 0; index < count; ++index) {
      if (left_ == 0) {
        set_cursor(name, index);
        return false;
      }
      add_partition({topic->id, PartitionIndex(index)},
                    topic->partitions[static_cast<std::size_t>(index)], answer);
      --left_;
    }
    return true;
  }

  template <class TopicAnswer>
  void add_partition(const TopicPartitionId& id, const controller::Partition& state,
                     TopicAnswer& answer) {
    auto& partition = answer.partitions.emplace_back();
    if (state.leader == kNoNode) partition.error_code = KafkaError::kLeaderNotAvailable;
    partition.partition_index = id.partition;
    partition.leader_id = state.leader;
    partition.leader_epoch = state.leader_epoch;
    partition.replica_nodes = state.replicas;
    partition.isr_nodes = state.isr;
    partition.eligible_leader_replicas.emplace();
    partition.last_known_elr.emplace();
    partition.offline_replicas = metadata_.offline_replicas(id, state);
  }

  const MetadataView& metadata_;
  const Access access_;
  std::int32_t left_;
  std::string first_topic_;
  std::int32_t first_partition_ = 0;
  DescribeTopicPartitionsResponse response_;
};

}  // namespace

void start_describe_topic_partitions(Desk& desk, Call call,
                                     DescribeTopicPartitionsRequest request) {
  desk.reply(call, Page(desk, call, request).fill(request));
}

}  // namespace millrace::broker
