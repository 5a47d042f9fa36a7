#include "node/partitions/partition_store.h"

#include "broker/topic_traits.h"
#include "controller/controller.h"
#include "node/log/log.h"
#include "node/partitions/assignment.h"

namespace millrace::node {
namespace {

using AssignedPartitions = std::vector<storage::AssignedPartition>;

void report_lost(const AssignedPartitions& lost) {
  for (const auto& each : lost) {
    log_error(
        "the directory of a partition has vanished or does not say whose it is: it is offline",
        {{"topic", each.topic}, {"partition", each.id.partition.value()}});
  }
}

void warn_if_compacted(const Settings& settings, const controller::Topic& topic,
                       const storage::AssignedPartition& partition) {
  if (partition.id.partition != PartitionIndex(0)) return;  // once a topic, not once a partition
  if (!broker::resolve_traits(settings, topic.configs).validate.compacted) return;
  warn_once("compacted topic " + topic.name,
            "compaction does not exist yet: the topic keeps old values of its keys",
            {{"topic", topic.name}});
}

}  // namespace

/// Shared with the removal on the pool: one at a time, and at most one that waits.
struct PartitionStore::Removal {
  std::atomic<bool> waits = false;
  Mutex running;  // guards the directories whose names end in -delete
};

PartitionStore::PartitionStore(storage::FileSystem& files,
                               std::unique_ptr<storage::LogDirectory> directory, const Clock& clock,
                               IoPool& pool, Options options)
    : files_(files),
      directory_(std::move(directory)),
      clock_(clock),
      pool_(pool),
      options_(options),
      removal_(std::make_shared<Removal>()) {}

Result<PartitionStore::Opened> PartitionStore::open_all(
    const controller::MetadataImage& image,
    absl::AnyInvocable<void(std::size_t done, std::size_t all)> progress) {
  auto assigned = assigned_partitions(image, options_.node_id, Offset(0));
  ASSIGN_OR_RETURN(const auto materialised,
                   directory_->materialise(assigned, image.end_offset().value() - 1));
  report_lost(materialised.lost);
  std::erase_if(assigned, [&](const storage::AssignedPartition& each) {
    for (const auto& lost : materialised.lost) {
      if (lost.id == each.id) return true;
    }
    return false;
  });
  const auto all = assigned.size();
  ASSIGN_OR_RETURN(auto logs, recover_logs(files_, pool_, to_recover(image, assigned),
                                           [&](std::size_t done) { progress(done, all); }));
  std::vector<storage::OpenLog> open;
  open.reserve(logs.size());
  for (const auto& each : logs) open.push_back(each.open);
  ASSIGN_OR_RETURN(auto journal, directory_->create_journal(options_.journal_bytes, open));
  Opened opened;
  opened.writer =
      std::make_unique<storage::DirectoryWriter>(files_, directory_->path(), std::move(journal));
  for (const auto& each : open) opened.writer->add_log(each);
  for (const auto& each : assigned) names_[each.directory_name()] = each.id;
  opened.log_count = logs.size();
  opened.lost = materialised.lost.size();
  opened.logs = by_shard(std::move(logs));
  remove_deleted_later();
  return opened;
}

std::vector<LogToRecover> PartitionStore::to_recover(const controller::MetadataImage& image,
                                                     const AssignedPartitions& partitions) {
  std::map<TopicPartitionId, const storage::FoundPartition*> found;
  for (const auto& each : directory_->found()) found[each.id] = &each;
  const auto settings = controller::effective_settings(*options_.settings, image);
  std::vector<LogToRecover> logs;
  logs.reserve(partitions.size());
  for (const auto& each : partitions) {
    const auto* topic = image.topic(each.id.topic_id);
    LogToRecover log;
    log.topic = each.topic;
    log.input.id = each.id;
    log.input.directory = directory_->path() + "/" + each.directory_name();
    log.input.config = broker::log_config_of(settings, topic->configs, each.id);
    log.input.now = clock_.wall_now();
    if (const auto old = found.find(each.id); old != found.end()) {
      log.input.recovery_point = old->second->recovery_point;
      log.input.recorded_end = old->second->recorded_end;
      log.input.log_start = old->second->log_start;
    }
    warn_if_compacted(settings, *topic, each);
    logs.push_back(std::move(log));
  }
  return logs;
}

LogsByShard PartitionStore::by_shard(std::vector<RecoveredLog> logs) const {
  LogsByShard result(options_.shard_count);
  for (auto& each : logs) {
    const auto shard = broker::shard_of(each.open.id, options_.shard_count);
    result[shard.value()].push_back({each.open.id, each.open.topic, std::move(each.log)});
  }
  return result;
}

Result<std::vector<RecoveredLog>> PartitionStore::make(const controller::MetadataImage& image,
                                                       const AssignedPartitions& partitions) {
  RETURN_IF_ERROR(directory_->create_partitions(partitions));
  ASSIGN_OR_RETURN(auto logs,
                   recover_logs(files_, pool_, to_recover(image, partitions), [](std::size_t) {}));
  // Once an image with these partitions is out they may be written to, so from now on one without
  // its directory is lost. After a failure the offset stays, and the next start makes what is
  // missing.
  if (!creation_failed_) {
    RETURN_IF_ERROR(directory_->note_upto(image.end_offset().value() - 1));
  }
  return logs;
}

bool PartitionStore::is_name_taken(const storage::AssignedPartition& partition) const {
  const auto found = names_.find(partition.directory_name());
  return found != names_.end() && found->second != partition.id;
}

std::optional<LogsByShard> PartitionStore::create_new(const controller::MetadataImage& image,
                                                      Offset from,
                                                      storage::DirectoryWriter& writer) {
  const auto partitions = assigned_partitions(image, options_.node_id, from);
  if (partitions.empty() || writer.fenced()) return LogsByShard(options_.shard_count);
  for (const auto& each : partitions) {
    if (is_name_taken(each)) return std::nullopt;
  }
  auto logs = make(image, partitions);
  if (!logs) {
    creation_failed_ = true;
    log_error("new partitions are offline until the next start",
              {{"count", partitions.size()}, {"reason", logs.error().message}});
    return LogsByShard(options_.shard_count);
  }
  for (const auto& each : partitions) names_[each.directory_name()] = each.id;
  for (const auto& each : *logs) writer.add_log(each.open);
  return by_shard(std::move(*logs));
}

void PartitionStore::let_go(const TopicPartitionId& id, storage::DirectoryWriter& writer) {
  writer.remove_log(id);
  // Also after a failure: a name that stays taken would keep every later topic from being
  // published.
  std::erase_if(names_, [&](const auto& each) { return each.second == id; });
  if (auto status = directory_->delete_partition(id); !status) {
    log_error("cannot delete the directory of a partition; the next start sets it aside",
              {{"reason", status.error().message}});
    return;
  }
  remove_deleted_later();
}

void PartitionStore::remove_deleted_later() {
  // remove_deleted() reads nothing of the LogDirectory that changes. One that has not begun yet
  // will also find what is renamed from now on.
  if (removal_->waits.exchange(true)) return;
  pool_.post([this, removal = removal_] {
    const MutexLock lock(removal->running);
    removal->waits = false;
    if (auto status = directory_->remove_deleted(); !status) {
      log_warn("cannot free the space of deleted partitions; the next deletion tries again",
               {{"reason", status.error().message}});
    }
  });
}

}  // namespace millrace::node
