#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "base/check.h"
#include "controller/ops/ops.h"
#include "controller/placement/placement.h"
#include "controller/planted.h"

namespace millrace::controller {
namespace {

constexpr std::size_t kTopicNameMax = 249;
/// The metadata log has this name in the log directory.
constexpr std::string_view kMetadataTopic = "__cluster_metadata";

using Assignments = std::vector<std::vector<NodeId>>;

Result<Assignments> assigned(const MetadataImage& image, const NewTopic& topic) {
  if (topic.partitions != -1 || topic.replication_factor != -1) {
    return fail(ErrorCode::kInvalidRequest,
                "partitions and replication factor must be -1 where replicas are given");
  }
  std::map<PartitionIndex, std::vector<NodeId>> sorted;
  for (const auto& [index, replicas] : topic.assignments) {
    if (!sorted.emplace(index, replicas).second) {
      return fail(ErrorCode::kInvalidReplicaAssignment,
                  fmt::format("partition {} is given twice", index.value()));
    }
  }
  Assignments result;
  for (auto& [index, replicas] : sorted) {
    if (index != PartitionIndex(static_cast<std::int32_t>(result.size()))) {
      return fail(ErrorCode::kInvalidReplicaAssignment,
                  "partitions must be numbered from 0 without gaps");
    }
    RETURN_IF_ERROR(check_assignment(image, replicas));
    result.push_back(std::move(replicas));
  }
  return result;
}

Status check_room(const Context& context, const MetadataImage& image, std::int64_t more) {
  const auto limit = context.settings.get_long("millrace.partitions.max");
  const auto have = static_cast<std::int64_t>(image.partition_count());
  if (have + more <= limit) return {};
  return fail(ErrorCode::kPolicyViolation,
              fmt::format("{} more partitions would be over the limit: there are {} of at most {}; "
                          "raise millrace.partitions.max",
                          more, have, limit));
}

Result<Assignments> choose(const Context& context, const MetadataImage& image,
                           const NewTopic& topic) {
  if (!topic.assignments.empty()) return assigned(image, topic);
  auto partitions = topic.partitions;
  if (partitions == -1) {
    partitions = static_cast<std::int32_t>(context.settings.get_long("num.partitions"));
  }
  if (partitions < 1) {
    return fail(ErrorCode::kInvalidPartitions,
                fmt::format("{} partitions: at least 1 is needed", partitions));
  }
  RETURN_IF_ERROR(check_room(context, image, partitions));
  auto factor = std::int64_t{topic.replication_factor};
  if (factor == -1) factor = context.settings.get_long("default.replication.factor");
  return place(image, nullptr, partitions, static_cast<std::int32_t>(factor));
}

Result<SettingMap> configs_of(const NewTopic& topic) {
  SettingMap configs;
  for (const auto& [name, value] : topic.configs) {
    if (!value) return fail(ErrorCode::kInvalidConfig, "no value for " + name);
    ASSIGN_OR_RETURN(auto text, check_topic_setting(name, *value));
    if (!configs.emplace(name, std::move(text)).second) {
      return fail(ErrorCode::kInvalidConfig, name + " is given twice");
    }
  }
  return configs;
}

/// The name, as far as there is room for it: what new_id() must not be.
TopicId planted_id(const std::string& name) {
  std::array<std::uint8_t, Uuid::kBytes> bytes{};
  std::copy_n(name.begin(), std::min(name.size(), bytes.size()), bytes.begin());
  return TopicId(Uuid(bytes));
}

TopicId new_id(const Context& context, const MetadataImage& image) {
  TopicId id;
  do {
    id = TopicId(Uuid::random(context.random));
  } while (image.topic(id) != nullptr);
  return id;
}

Status check_free(const MetadataImage& image, const std::string& name) {
  RETURN_IF_ERROR(check_topic_name(name));
  if (name == kMetadataTopic) {
    return fail(ErrorCode::kTopicAuthorizationFailed,
                fmt::format("'{}' is the cluster's own log; choose another name", name));
  }
  if (image.topic(name) != nullptr) {
    return fail(ErrorCode::kTopicAlreadyExists, fmt::format("topic '{}' exists already", name));
  }
  if (const auto* other = image.colliding_topic(name); other != nullptr) {
    return fail(ErrorCode::kInvalidTopic,
                fmt::format("topic '{}' would share metric names with topic '{}': '.' and '_' are "
                            "the same there",
                            name, other->name));
  }
  return {};
}

Result<MetadataTransaction> create(const Context& context, const MetadataImage& image,
                                   const NewTopic& topic, ItemResult& item) {
  RETURN_IF_ERROR(check_free(image, topic.name));
  ASSIGN_OR_RETURN(auto assignments, choose(context, image, topic));
  RETURN_IF_ERROR(check_room(context, image, static_cast<std::int64_t>(assignments.size())));
  ASSIGN_OR_RETURN(item.configs, configs_of(topic));
  const auto replicas = assignments.front().size();
  RETURN_IF_ERROR(check_topic_configs(context.settings, item.configs, replicas));
  item.id = planted(Bug::kTopicIdAgain) ? planted_id(topic.name) : new_id(context, image);
  item.partitions = static_cast<std::int32_t>(assignments.size());
  item.replication_factor = static_cast<std::int16_t>(replicas);
  MetadataTransaction records{TopicRecord{item.id, topic.name}};
  for (const auto& [name, value] : item.configs) {
    records.push_back(ConfigRecord{item.id, name, value});
  }
  for (std::size_t i = 0; i < assignments.size(); ++i) {
    const PartitionIndex index(static_cast<std::int32_t>(i));
    records.push_back(
        PartitionRecord{{item.id, index}, new_partition(image, std::move(assignments[i]))});
  }
  return records;
}

Result<MetadataTransaction> grow(const Context& context, const MetadataImage& image,
                                 const MorePartitions& more) {
  const auto* topic = image.topic(more.topic);
  if (topic == nullptr) {
    return fail(ErrorCode::kUnknownTopicOrPartition, fmt::format("no topic '{}'", more.topic));
  }
  const auto have = static_cast<std::int32_t>(topic->partitions.size());
  if (more.count <= have) {
    return fail(ErrorCode::kInvalidPartitions,
                fmt::format("topic '{}' has {} partitions; {} is not more, and there can never be "
                            "fewer",
                            more.topic, have, more.count));
  }
  const auto added = more.count - have;
  RETURN_IF_ERROR(check_room(context, image, added));
  auto assignments = more.assignments;
  if (assignments.empty()) {
    ASSIGN_OR_RETURN(assignments,
                     place(image, topic, added,
                           static_cast<std::int32_t>(topic->partitions.front().replicas.size())));
  }
  if (assignments.size() != static_cast<std::size_t>(added)) {
    return fail(
        ErrorCode::kInvalidReplicaAssignment,
        fmt::format("replicas for {} partitions are given, {} are new", assignments.size(), added));
  }
  MetadataTransaction records;
  for (std::int32_t i = 0; i < added; ++i) {
    auto& replicas = assignments[static_cast<std::size_t>(i)];
    RETURN_IF_ERROR(check_assignment(image, replicas));
    records.push_back(PartitionRecord{{topic->id, PartitionIndex(have + i)},
                                      new_partition(image, std::move(replicas))});
  }
  return records;
}

/// Collects the changes of the items of one command: later ones see the earlier.
class Batch {
 public:
  explicit Batch(const MetadataImage& image) : work_(std::shared_ptr<const void>(), &image) {}

  [[nodiscard]] const MetadataImage& image() const { return *work_; }

  void add(ItemResult item, Result<MetadataTransaction> change) {
    if (change) {
      auto next = apply_records(*work_, *change);
      CHECK_MSG(next.has_value(), next.error().message);
      work_ = *next;
      for (auto& record : *change) plan_.records.push_back(std::move(record));
    } else {
      item.error = change.error();
    }
    plan_.result.items.push_back(std::move(item));
  }

  Plan finish(bool validate_only) {
    if (validate_only) plan_.records.clear();
    return std::move(plan_);
  }

 private:
  ImagePtr work_;
  Plan plan_;
};

template <class Items, class Name>
std::map<std::string, int> times_named(const Items& items, Name name) {
  std::map<std::string, int> times;
  for (const auto& item : items) ++times[name(item)];
  return times;
}

tl::unexpected<Error> named_twice(const std::string& name) {
  return fail(ErrorCode::kInvalidRequest, fmt::format("topic '{}' is named twice", name));
}

Result<MetadataTransaction> remove(const Context& context, const MetadataImage& image,
                                   const TopicRef& ref, ItemResult& item) {
  if (!context.settings.get_bool("delete.topic.enable")) {
    return fail(ErrorCode::kTopicDeletionDisabled, "delete.topic.enable is false");
  }
  const auto* topic = ref.name.empty() ? image.topic(ref.id) : image.topic(ref.name);
  if (topic == nullptr && ref.name.empty()) {
    return fail(ErrorCode::kUnknownTopicId, "no topic with the id " + ref.id.to_string());
  }
  if (topic == nullptr) {
    return fail(ErrorCode::kUnknownTopicOrPartition, fmt::format("no topic '{}'", ref.name));
  }
  item.name = topic->name;
  item.id = topic->id;
  return MetadataTransaction{RemoveTopicRecord{topic->id}};
}

}  // namespace

Status check_topic_name(std::string_view name) {
  const auto refuse = [&](const char* why) {
    return fail(ErrorCode::kInvalidTopic,
                fmt::format("'{}' is no topic name: {}", name.substr(0, kTopicNameMax), why));
  };
  if (name.empty()) return fail(ErrorCode::kInvalidTopic, "a topic name cannot be empty");
  if (name == "." || name == "..") return refuse("it means a folder");
  if (name.size() > kTopicNameMax) return refuse("it has more than 249 characters");
  for (const char c : name) {
    const bool fine = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '.' || c == '_' || c == '-';
    if (!fine) return refuse("only letters, digits, '.', '_' and '-' are allowed");
  }
  return {};
}

Plan plan(const Context& context, const CreateTopics& command) {
  const auto times = times_named(command.topics, [](const NewTopic& t) { return t.name; });
  Batch batch(context.image);
  for (const auto& topic : command.topics) {
    ItemResult item;
    item.name = topic.name;
    auto change = times.at(topic.name) > 1 ? Result<MetadataTransaction>(named_twice(topic.name))
                                           : create(context, batch.image(), topic, item);
    batch.add(std::move(item), std::move(change));
  }
  return batch.finish(command.validate_only);
}

Plan plan(const Context& context, const DeleteTopics& command) {
  Batch batch(context.image);
  for (const auto& ref : command.topics) {
    ItemResult item;
    item.name = ref.name;
    item.id = ref.id;
    auto change = remove(context, batch.image(), ref, item);
    if (planted(Bug::kHalfDeleted) && &ref != &command.topics.front()) break;
    batch.add(std::move(item), std::move(change));
  }
  return batch.finish(false);
}

Plan plan(const Context& context, const CreatePartitions& command) {
  const auto times = times_named(command.topics, [](const MorePartitions& t) { return t.topic; });
  Batch batch(context.image);
  for (const auto& more : command.topics) {
    ItemResult item;
    item.name = more.topic;
    auto change = times.at(more.topic) > 1 ? Result<MetadataTransaction>(named_twice(more.topic))
                                           : grow(context, batch.image(), more);
    batch.add(std::move(item), std::move(change));
  }
  return batch.finish(command.validate_only);
}

}  // namespace millrace::controller
