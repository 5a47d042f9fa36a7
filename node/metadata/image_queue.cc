#include "node/metadata/image_queue.h"

#include <set>

#include "base/check.h"
#include "controller/metadata/snapshot.h"

namespace millrace::node {
namespace {

using controller::ImagePtr;
using controller::MetadataImage;

bool is_another(const MetadataImage& before, const MetadataImage& after, const std::string& name) {
  const auto* old = before.topic(name);
  const auto* now = after.topic(name);
  return old != nullptr && now != nullptr && old->id != now->id;
}

/// The topics of `before` whose names belong to others in `after`.
std::set<TopicId> replaced_topics(const MetadataImage& before, const MetadataImage& after) {
  std::set<TopicId> ids;
  for (const auto* topic : before.topics()) {
    if (is_another(before, after, topic->name)) ids.insert(topic->id);
  }
  return ids;
}

/// The topic that a record of a snapshot is about; none for the others.
const TopicId* topic_of(const controller::MetadataRecord& record) {
  if (const auto* topic = std::get_if<controller::TopicRecord>(&record)) return &topic->id;
  if (const auto* partition = std::get_if<controller::PartitionRecord>(&record))
    return &partition->id.topic_id;
  const auto* config = std::get_if<controller::ConfigRecord>(&record);
  return config != nullptr && config->topic ? &*config->topic : nullptr;
}

/// The same image without some topics, as of the same offset.
ImagePtr without(const MetadataImage& image, const std::set<TopicId>& ids) {
  auto entries = controller::records_of(image);
  for (auto& records : entries) {
    std::erase_if(records, [&](const controller::MetadataRecord& record) {
      const auto* topic = topic_of(record);
      return topic != nullptr && ids.contains(*topic);
    });
  }
  auto loaded = controller::load_image(image.end_offset(), entries);
  CHECK_MSG(loaded.has_value(), loaded.error().message);
  return *loaded;
}

}  // namespace

void ImageQueue::push(ImagePtr image, const std::vector<std::string>& created) {
  const auto& before = images_.size() > 1 ? images_[images_.size() - 2] : sent_;
  bool replaces = !images_.empty();
  for (const auto& name : created) replaces = replaces && !is_another(*before, *image, name);
  if (replaces) images_.pop_back();
  images_.push_back(std::move(image));
}

void ImageQueue::push_after_gap(ImagePtr image) {
  const auto& before = images_.empty() ? sent_ : images_.back();
  if (const auto ids = replaced_topics(*before, *image); !ids.empty())
    images_.push_back(without(*before, ids));
  images_.push_back(std::move(image));
}

ImagePtr ImageQueue::pop() {
  sent_ = std::move(images_.front());
  images_.pop_front();
  return sent_;
}

}  // namespace millrace::node
