#include "tests/sim/metadata_oracle.h"

#include <fmt/format.h>

#include <algorithm>

namespace millrace::sim {

using controller::MetadataImage;

std::string twin_of(std::string_view name) {
  return std::string(name) + "-twin";
}

// --- Images --------------------------------------------------------------------------------------

void MetadataOracle::on_start(NodeId node, const MetadataImage& image) {
  ends_[node] = image.end_offset();
  on_image(node, image);
}

void MetadataOracle::on_image(NodeId node, const MetadataImage& image) {
  auto& end = ends_[node];
  if (image.end_offset() < end)
    violated_(fmt::format("M2: the image of node {} goes back from {} to {}", node.value(),
                          end.value(), image.end_offset().value()));
  end = image.end_offset();
  if (end == Offset(0)) return;
  const auto i = static_cast<std::size_t>(end.value() - 1);
  if (i >= hashes_.size() || hashes_[i] != image.state_hash())
    violated_(fmt::format("M2: the image of node {} at {} is not what is committed", node.value(),
                          end.value()));
}

// --- Entries -------------------------------------------------------------------------------------

void MetadataOracle::on_entry(const MetadataImage& before,
                              const controller::MetadataTransaction& records,
                              const MetadataImage& after) {
  Step step{before, after, end()};
  hashes_.push_back(after.state_hash());
  for (const auto& record : records)
    std::visit([&](const auto& each) { judge(step, each); }, record);
  if (step.brokers_change) check_all_leaders(after);
  check_twins(after);
}

void MetadataOracle::judge(Step&, const controller::ClusterRecord&) {}
void MetadataOracle::judge(Step&, const controller::FeatureRecord&) {}

void MetadataOracle::judge(Step& step, const controller::TopicRecord& record) {
  if (!topics_.try_emplace(record.id, TopicLife{record.name, step.at, std::nullopt}).second)
    violated_(fmt::format("M3: topic '{}' gets an id that another had: {}", record.name,
                          record.id.to_string()));
}

void MetadataOracle::judge(Step& step, const controller::RemoveTopicRecord& record) {
  auto& topic = topics_.at(record.id);
  topic.removed_at = step.at;
  if (!asked_deletions_.contains(topic.name))
    violated_(fmt::format("M5: topic '{}' is deleted, and nobody asked for it", topic.name));
}

void MetadataOracle::judge(Step& step, const controller::PartitionRecord& record) {
  const auto* after = step.after.partition(record.id);
  const auto* before = step.before.partition(record.id);
  if (after == nullptr) return;  // a later record of the entry removes its topic
  check_leader(step.after, record.id, *after);
  if (before == nullptr) return;
  const bool new_leader = after->leader != before->leader;
  const bool grows = after->leader_epoch > before->leader_epoch;
  if (after->leader_epoch < before->leader_epoch || (new_leader && !grows))
    violated_(fmt::format("M6: leader {} in epoch {} follows leader {} in epoch {} at {}",
                          after->leader.value(), after->leader_epoch.value(),
                          before->leader.value(), before->leader_epoch.value(), step.at.value()));
}

void MetadataOracle::judge(Step& step, const controller::ConfigRecord& record) {
  if (record.value) values_.emplace(*record.value, step.at);
}

void MetadataOracle::judge(Step& step, const controller::BrokerRecord& record) {
  step.brokers_change = true;
  registrations_.emplace(Registration{record.id, BrokerEpoch(step.at.value())}, record.incarnation);
}

void MetadataOracle::judge(Step& step, const controller::BrokerFenceRecord& record) {
  step.brokers_change = true;
  const auto* broker = step.after.broker(record.id);
  if (broker == nullptr || record.fenced || asked_unfencing_.contains(broker->incarnation)) return;
  violated_(fmt::format("M7: broker {} is unfenced at {} and its incarnation {} never asked for it",
                        record.id.value(), step.at.value(), broker->incarnation.to_string()));
}

void MetadataOracle::judge(Step& step, const controller::ProducerIdsRecord& record) {
  if (record.next <= step.before.next_producer_id())
    violated_(fmt::format("M8: producer ids do not grow at {}", step.at.value()));
  next_producer_id_ = std::max(next_producer_id_, record.next);
}

void MetadataOracle::judge(Step& step, const controller::RemoveBrokerRecord&) {
  step.brokers_change = true;
}

void MetadataOracle::check_leader(const MetadataImage& image, const TopicPartitionId& id,
                                  const controller::Partition& state) {
  if (state.leader == kNoNode) return;
  const auto* broker = image.broker(state.leader);
  const bool in_sync =
      std::find(state.isr.begin(), state.isr.end(), state.leader) != state.isr.end();
  if (broker != nullptr && !broker->fenced && in_sync) return;
  violated_(
      fmt::format("M7: partition {} of {} is led by {}, which is fenced, unknown or not in "
                  "sync, below {}",
                  id.partition.value(), id.topic_id.to_string(), state.leader.value(),
                  image.end_offset().value()));
}

void MetadataOracle::check_all_leaders(const MetadataImage& image) {
  for (const auto* topic : image.topics()) {
    for (std::size_t i = 0; i < topic->partitions.size(); ++i)
      check_leader(image, {topic->id, PartitionIndex(static_cast<std::int32_t>(i))},
                   topic->partitions[i]);
  }
}

void MetadataOracle::check_twins(const MetadataImage& image) {
  for (const auto name : kTwins) {
    const bool one = image.topic(name) != nullptr;
    if (one == (image.topic(twin_of(name)) != nullptr)) continue;
    violated_(fmt::format("M9: half of a transaction below {}: only one of '{}' and its twin",
                          image.end_offset().value(), name));
  }
}

// --- Answers -------------------------------------------------------------------------------------

void MetadataOracle::on_asked(const controller::Command& command) {
  if (const auto* unfence = std::get_if<controller::UnfenceBroker>(&command.body))
    asked_unfencing_.insert(unfence->incarnation);
  const auto* deletion = std::get_if<controller::DeleteTopics>(&command.body);
  if (deletion == nullptr) return;
  for (const auto& topic : deletion->topics) asked_deletions_.insert(topic.name);
}

void MetadataOracle::on_answered(const controller::Command& command,
                                 const controller::CommandResult& result,
                                 const MetadataImage& here) {
  if (result.error) return;
  if (result.metadata_end > here.end_offset() || result.metadata_end > end()) {
    violated_(
        fmt::format("M5: an answer speaks of {}, the image here ends at {} and {} are "
                    "committed",
                    result.metadata_end.value(), here.end_offset().value(), end().value()));
    return;
  }
  std::visit([&](const auto& body) { check(Answered{result, here}, body); }, command.body);
}

void MetadataOracle::check(const Answered& answered, const controller::CreateTopics&) {
  for (const auto& item : answered.result.items) {
    if (item.error) continue;
    const auto known = topics_.find(item.id);
    const bool made = known != topics_.end() && known->second.name == item.name &&
                      known->second.created_at < answered.result.metadata_end;
    const auto removed = made ? known->second.removed_at : std::nullopt;
    const bool gone = removed && *removed < answered.here.end_offset();
    if (made && (gone || answered.here.topic(item.id) != nullptr)) continue;
    violated_(fmt::format("M5: topic '{}' was created for a client and is nowhere", item.name));
  }
}

void MetadataOracle::check(const Answered& answered, const controller::DeleteTopics&) {
  for (const auto& item : answered.result.items) {
    if (item.error) continue;
    const auto known = topics_.find(item.id);
    const bool removed = known != topics_.end() && known->second.removed_at &&
                         *known->second.removed_at < answered.result.metadata_end;
    if (removed && answered.here.topic(item.id) == nullptr) continue;
    violated_(fmt::format("M5: topic '{}' was deleted for a client and is still there", item.name));
  }
}

void MetadataOracle::check(const Answered& answered, const controller::CreatePartitions& command) {
  for (std::size_t i = 0; i < command.topics.size(); ++i) {
    if (answered.result.items.at(i).error) continue;
    const auto* topic = answered.here.topic(command.topics[i].topic);
    // One that is younger than the answer is another.
    if (topic == nullptr || topic->created_at >= answered.result.metadata_end) continue;
    if (topic->partitions.size() >= static_cast<std::size_t>(command.topics[i].count)) continue;
    violated_(fmt::format("M5: topic '{}' grew for a client and has {} partitions", topic->name,
                          topic->partitions.size()));
  }
}

void MetadataOracle::check(const Answered& answered, const controller::AlterConfigs& command) {
  for (std::size_t i = 0; i < command.resources.size(); ++i) {
    if (answered.result.items.at(i).error) continue;
    for (const auto& change : command.resources[i].changes) {
      const auto known = values_.find(change.value.value_or(""));
      if (known != values_.end() && known->second < answered.result.metadata_end) continue;
      violated_(fmt::format("M5: {} was set for a client and is nowhere", change.name));
    }
  }
}

void MetadataOracle::check(const Answered& answered, const controller::RegisterBroker& command) {
  const auto known = registrations_.find({command.broker.id, answered.result.broker_epoch});
  if (known != registrations_.end() && known->second == command.broker.incarnation) return;
  violated_(fmt::format("M7: broker {} was told epoch {}, which is not of its incarnation",
                        command.broker.id.value(), answered.result.broker_epoch.value()));
}

void MetadataOracle::check(const Answered& answered, const controller::AllocateProducerIds&) {
  const auto first = answered.result.first_producer_id;
  const ProducerId last(first.value() + answered.result.producer_ids - 1);
  const auto after = producer_ids_.upper_bound(last);
  const bool overlaps = after != producer_ids_.begin() &&
                        std::prev(after)->first.value() + std::prev(after)->second > first.value();
  if (overlaps || last >= next_producer_id_)
    violated_(fmt::format("M8: producer ids from {} are given away twice", first.value()));
  producer_ids_.emplace(first, answered.result.producer_ids);
}

}  // namespace millrace::sim
