#include "controller/metadata/apply.h"

#include <fmt/format.h>

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
    for (auto& [id, topic] : changed_) store(std::make_shared<const Topic>(std::move(topic)));
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
    } else {
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
    if (record.value) {
      (*configs)[record.name] = *record.value;
    } else {
      configs->erase(record.name);
    }
    return {};
  }

  Status apply_one(const BrokerRecord& record) {
    ASSIGN_OR_RETURN(const Offset registered_at, moment(record.since));
    image_->brokers_[record.id] = Broker{
        record.id,          record.rack, record.endpoints, BrokerEpoch(registered_at.value()),
        record.incarnation, true,        record.directory};
    return {};
  }

  Status apply_one(const BrokerFenceRecord& record) {
    const auto found = image_->brokers_.find(record.id);
    if (found == image_->brokers_.end()) {
      return misfit("no broker " + std::to_string(record.id.value()));
    }
    found->second.fenced = record.fenced;
    return {};
  }

  Status apply_one(const ProducerIdsRecord& record) {
    if (record.next < image_->next_producer_id_) return misfit("producer ids run backwards");
    image_->next_producer_id_ = record.next;
    return {};
  }

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
