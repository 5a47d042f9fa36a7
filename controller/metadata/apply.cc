#include "controller/metadata/apply.h"

#include <fmt/format.h>

#include "controller/metadata/item_hash.h"
#include "controller/metadata/snapshot.h"

namespace millrace::controller {

/// Makes one image from another. Buckets are copied when they change first.
class ImageBuilder {
 public:
  explicit ImageBuilder(const MetadataImage& base)
      : image_(std::make_shared<MetadataImage>(base)) {}

  /// For the records of a snapshot.
  ImageBuilder(const MetadataImage& base, Offset end) : ImageBuilder(base) {
    image_->end_offset_ = end;
    in_snapshot_ = true;
  }

  Status add(const MetadataRecord& record) {
    return std::visit([this](const auto& r) { return apply_one(r); }, record);
  }

  /// Copies nothing more: publishes the topics that changed. The image contains the entry at
  /// `end` - 1.
  ImagePtr finish(Offset end) {
    for (auto& [id, topic] : changed_) {
      topic.partitions.trim();
      topic.partitions_created_at.trim();
      store(std::make_shared<const Topic>(std::move(topic)));
    }
    image_->end_offset_ = end;
    return image_;
  }

 private:
  static Status misfit(const std::string& what) {
    return fail(ErrorCode::kCorrupt, "metadata record does not fit: " + what);
  }

  /// When it happened: at this entry, or as the snapshot remembers it.
  Result<Offset> moment(const std::optional<Offset>& since) {
    if (since.has_value() != in_snapshot_ || (since && *since >= image_->end_offset_)) {
      return fail(misfit("of an offset that cannot be").error());
    }
    return since.value_or(image_->end_offset_);
  }

  Status apply_one(const ClusterRecord& record) {
    if (!image_->cluster_id_.is_zero()) return misfit("a second cluster id");
    replace(hash_of_cluster(image_->cluster_id_), hash_of_cluster(record.cluster_id));
    image_->cluster_id_ = record.cluster_id;
    return {};
  }

  Status apply_one(const TopicRecord& record) {
    if (find(record.id) != nullptr || image_->topic(record.name) != nullptr) {
      return misfit("topic " + record.name + " exists");
    }
    ASSIGN_OR_RETURN(const Offset created_at, moment(record.since));
    Topic topic{record.id, record.name, created_at, {}, {}, {}};
    store(std::make_shared<const Topic>(topic));
    changed_.emplace(record.id, std::move(topic));
    ++image_->topic_count_;
    replace(0, hash_of_topic(record.id, record.name, created_at));
    return {};
  }

  Status apply_one(const PartitionRecord& record) {
    auto* topic = find(record.id.topic_id);
    const auto index = static_cast<std::size_t>(record.id.partition.value());
    if (topic == nullptr || index > topic->partitions.size()) {
      return misfit(fmt::format("partition {} of topic id {}", record.id.partition.value(),
                                record.id.topic_id.to_string()));
    }
    if (index == topic->partitions.size()) {
      ASSIGN_OR_RETURN(const Offset created_at, moment(record.since));
      topic->partitions.push_back(record.state);
      topic->partitions_created_at.push_back(created_at);
      ++image_->partition_count_;
      replace(0, hash_of(record.id, record.state, created_at));
    } else {
      const auto created_at = topic->partitions_created_at[index];
      replace(hash_of(record.id, topic->partitions[index], created_at),
              hash_of(record.id, record.state, created_at));
      topic->partitions.set(index, record.state);
    }
    return {};
  }

  Status apply_one(const RemoveTopicRecord& record) {
    const auto* topic = find(record.id);
    if (topic == nullptr) return misfit("no topic with id " + record.id.to_string());
    auto& names = image_->by_name_[MetadataImage::bucket_of(topic->name)];
    auto new_names = std::make_shared<MetadataImage::ByName>(*names);
    new_names->erase(topic->name);
    names = std::move(new_names);
    auto& ids = image_->by_id_[MetadataImage::bucket_of(record.id)];
    auto new_ids = std::make_shared<MetadataImage::ById>(*ids);
    new_ids->erase(record.id);
    ids = std::move(new_ids);
    replace(hash_of(*topic), 0);
    --image_->topic_count_;
    image_->partition_count_ -= topic->partitions.size();
    changed_.erase(record.id);
    return {};
  }

  Status apply_one(const ConfigRecord& record) {
    auto* configs = &image_->cluster_configs_;
    if (record.topic) {
      auto* topic = find(*record.topic);
      if (topic == nullptr) return misfit("no topic with id " + record.topic->to_string());
      configs = &topic->configs;
    }
    const auto hash = [&](const std::string& value) {
      return hash_of_config(record.topic.value_or(TopicId()), record.name, value);
    };
    if (const auto old = configs->find(record.name); old != configs->end()) {
      replace(hash(old->second), 0);
      configs->erase(old);
    }
    if (record.value) {
      configs->emplace(record.name, *record.value);
      replace(0, hash(*record.value));
    }
    return {};
  }

  Status apply_one(const BrokerRecord& record) {
    ASSIGN_OR_RETURN(const Offset registered_at, moment(record.since));
    Broker broker{
        record.id,          record.rack, record.endpoints, BrokerEpoch(registered_at.value()),
        record.incarnation, true,        record.directory, record.peer,
        record.versions};
    const auto old = image_->brokers_.find(record.id);
    replace(old == image_->brokers_.end() ? 0 : hash_of(old->second), hash_of(broker));
    image_->brokers_.insert_or_assign(record.id, std::move(broker));
    return {};
  }

  Status apply_one(const BrokerFenceRecord& record) {
    const auto found = image_->brokers_.find(record.id);
    if (found == image_->brokers_.end()) {
      return misfit("no broker " + std::to_string(record.id.value()));
    }
    const auto before = hash_of(found->second);
    found->second.fenced = record.fenced;
    replace(before, hash_of(found->second));
    return {};
  }

  Status apply_one(const ProducerIdsRecord& record) {
    if (record.next < image_->next_producer_id_) return misfit("producer ids run backwards");
    replace(hash_of_producer_ids(image_->next_producer_id_), hash_of_producer_ids(record.next));
    image_->next_producer_id_ = record.next;
    return {};
  }

  Status apply_one(const FeatureRecord& record) {
    const auto old = image_->features_.find(record.name);
    const bool had = old != image_->features_.end();
    if (record.level < (had ? old->second : 1)) return misfit(record.name + " runs backwards");
    replace(had ? hash_of_feature(record.name, old->second) : 0,
            hash_of_feature(record.name, record.level));
    image_->features_.insert_or_assign(record.name, record.level);
    return {};
  }

  Status apply_one(const RemoveBrokerRecord& record) {
    const auto found = image_->brokers_.find(record.id);
    if (found == image_->brokers_.end()) {
      return misfit("no broker " + std::to_string(record.id.value()));
    }
    replace(hash_of(found->second), 0);
    image_->brokers_.erase(found);
    return {};
  }

  /// Keeps the state hash: one item for another, or 0 for none.
  void replace(std::uint64_t before, std::uint64_t after) { image_->items_hash_ += after - before; }

  /// The topic, to change; nullptr when there is none.
  Topic* find(const TopicId& id) {
    if (const auto found = changed_.find(id); found != changed_.end()) return &found->second;
    const auto* topic = image_->topic(id);
    return topic == nullptr ? nullptr : &changed_.emplace(id, *topic).first->second;
  }

  void store(const std::shared_ptr<const Topic>& topic) {
    put(image_->by_name_[MetadataImage::bucket_of(topic->name)], topic->name, topic);
    put(image_->by_id_[MetadataImage::bucket_of(topic->id)], topic->id, topic);
  }

  template <class Map, class Key>
  void put(std::shared_ptr<const Map>& bucket, const Key& key,
           const std::shared_ptr<const Topic>& topic) {
    auto& own = own_[&bucket];
    // A removal may have put another map in the bucket since.
    if (own != bucket || own == nullptr) {
      auto copy = bucket ? std::make_shared<Map>(*bucket) : std::make_shared<Map>();
      bucket = copy;
      own = copy;
    }
    // Made by this builder and not published yet.
    const_cast<Map&>(*bucket).insert_or_assign(key, topic);
  }

  std::shared_ptr<MetadataImage> image_;
  bool in_snapshot_ = false;
  std::map<TopicId, Topic> changed_;
  std::map<const void*, std::shared_ptr<const void>> own_;
};

Result<ImagePtr> apply_records(const MetadataImage& base, const MetadataTransaction& records) {
  ImageBuilder builder(base);
  for (const auto& record : records) RETURN_IF_ERROR(builder.add(record));
  return builder.finish(base.end_offset() + 1);
}

Result<ImagePtr> load_image(Offset end, const std::vector<MetadataTransaction>& records) {
  ImageBuilder builder(*MetadataImage::empty(), end);
  for (const auto& transaction : records) {
    for (const auto& record : transaction) RETURN_IF_ERROR(builder.add(record));
  }
  return builder.finish(end);
}

}  // namespace millrace::controller
