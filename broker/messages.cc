#include "broker/messages.h"

namespace millrace::broker {

ShardIndex shard_of(const TopicPartitionId& id, std::size_t shard_count) {
  CHECK(shard_count > 0);
  // Partitions of one topic go round the shards, topics begin at different ones.
  const auto& bytes = id.topic_id.uuid().bytes();
  const std::uint64_t topic =
      load_be<std::uint64_t>(bytes.data()) ^ load_be<std::uint64_t>(bytes.data() + 8);
  const auto partition = static_cast<std::uint64_t>(id.partition.value());
  return ShardIndex(static_cast<std::uint16_t>((topic % shard_count + partition) % shard_count));
}

ColdDone run_cold(storage::FileSystem& files, const ColdJob& job, storage::ReadMemory& memory) {
  if (const auto* plan = std::get_if<storage::ReadPlan>(&job.work)) {
    return ColdDone{job.token, storage::read_now(files, *plan, memory)};
  }
  const auto& find = std::get<FindByTime>(job.work);
  for (const storage::ReadPlan& plan : find.plans) {
    auto found = storage::find_by_time(files, plan, find.timestamp);
    if (!found || found->offset != kNoOffset) return ColdDone{job.token, std::move(found)};
  }
  return ColdDone{job.token, Result<storage::FoundRecord>(storage::FoundRecord{})};
}

}  // namespace millrace::broker
