#include "broker/handlers/35_describe_log_dirs.h"

#include <algorithm>
#include <set>

#include "broker/handlers/error_map.h"

namespace millrace::broker {

namespace {

using kafka::DescribeLogDirsRequest;
using kafka::DescribeLogDirsResponse;
using kafka::KafkaError;

class Measuring final : public Gathering<SizeAnswer> {
 public:
  explicit Measuring(Call call) : Gathering(std::move(call), 0) {}

  struct Part {
    std::string topic;
    TopicPartitionId id;
  };

  std::uint32_t add(Part part) {
    parts_.push_back(std::move(part));
    answers_.emplace_back();
    expect();
    return static_cast<std::uint32_t>(parts_.size() - 1);
  }

  void finish(Desk& desk) override {
    DescribeLogDirsResponse response;
    auto& directory = response.results.emplace_back();
    directory.log_dir = desk.config().log_directory;
    for (std::size_t slot = 0; slot < parts_.size(); ++slot) {
      if (answers_[slot].error && answers_[slot].error->code == ErrorCode::kStorageError) {
        directory.error_code = KafkaError::kKafkaStorageError;  // out of use as a whole
        directory.topics.clear();
        break;
      }
      if (answers_[slot].error) continue;  // not in the directory
      const Part& part = parts_[slot];
      if (directory.topics.empty() || directory.topics.back().name != part.topic) {
        directory.topics.emplace_back().name = part.topic;
      }
      auto& partition = directory.topics.back().partitions.emplace_back();
      partition.partition_index = part.id.partition;
      partition.partition_size = static_cast<std::int64_t>(answers_[slot].bytes);
    }
    desk.reply(call_, response);
  }

 private:
  std::vector<Part> parts_;
};

bool is_wanted(const DescribeLogDirsRequest& request, const std::string& topic,
               PartitionIndex partition) {
  if (!request.topics) return true;
  return std::any_of(request.topics->begin(), request.topics->end(), [&](const auto& asked) {
    return asked.topic == topic && std::find(asked.partitions.begin(), asked.partitions.end(),
                                             partition) != asked.partitions.end();
  });
}

}  // namespace

void start_describe_log_dirs(Desk& desk, Call call, DescribeLogDirsRequest request) {
  if (!desk.access(call).cluster(Operation::kDescribe)) {
    DescribeLogDirsResponse refusal;
    refusal.error_code = KafkaError::kClusterAuthorizationFailed;
    desk.reply(call, refusal);
    return;
  }
  const Token token = desk.next_token();
  auto measuring = std::make_unique<Measuring>(std::move(call));
  for (const controller::Topic* topic : desk.metadata().image().topics()) {
    for (std::size_t index = 0; index < topic->partitions.size(); ++index) {
      const auto& replicas = topic->partitions[index].replicas;
      const TopicPartitionId id{topic->id, PartitionIndex(static_cast<std::int32_t>(index))};
      const bool is_here =
          std::find(replicas.begin(), replicas.end(), desk.config().node_id) != replicas.end();
      if (!is_here || !is_wanted(request, topic->name, id.partition)) continue;
      desk.ask(desk.owner_of(id),
               SizeAsk{desk.asker(token), measuring->add({topic->name, id}), id});
    }
  }
  if (measuring->is_complete()) {
    measuring->finish(desk);
  } else {
    desk.keep(token, std::move(measuring));
  }
}

}  // namespace millrace::broker
