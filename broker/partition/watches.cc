#include "broker/partition/watches.h"

namespace millrace::broker {

void Watches::add(Asker asker, const std::vector<TopicPartitionId>& parts, std::uint64_t bytes) {
  const Key key{asker.shard, asker.token};
  const auto [watch, is_new] = watches_.emplace(key, Watch{parts, bytes});
  CHECK(is_new);
  for (const auto& id : watch->second.parts) by_partition_[id].insert(key);
}

void Watches::cancel(Asker asker) {
  const auto watch = watches_.find({asker.shard, asker.token});
  if (watch == watches_.end()) return;
  for (const auto& id : watch->second.parts) {
    const auto watchers = by_partition_.find(id);
    if (watchers == by_partition_.end()) continue;  // named twice
    watchers->second.erase(watch->first);
    if (watchers->second.empty()) by_partition_.erase(watchers);
  }
  watches_.erase(watch);
}

std::vector<Asker> Watches::on_growth(const TopicPartitionId& id, std::uint64_t bytes) {
  const auto watchers = by_partition_.find(id);
  if (watchers == by_partition_.end()) return {};
  std::vector<Asker> fired;
  for (const Key& key : watchers->second) {
    Watch& watch = watches_.at(key);
    if (watch.bytes_left <= bytes) {
      fired.push_back({key.first, key.second});
    } else {
      watch.bytes_left -= bytes;
    }
  }
  for (const Asker& asker : fired) cancel(asker);
  return fired;
}

std::vector<Asker> Watches::on_change(const TopicPartitionId& id) {
  return on_growth(id, UINT64_MAX);
}

}  // namespace millrace::broker
