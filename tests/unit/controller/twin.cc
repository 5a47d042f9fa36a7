#include "tests/unit/controller/twin.h"

#include <algorithm>
#include <set>

#include "tests/support/catch.h"

namespace millrace::controller {
namespace {

constexpr std::size_t kPartitionsMax = 10'000;  // millrace.partitions.max
constexpr auto kSession = std::chrono::milliseconds(3000);

std::string metric_name(std::string name) {
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
}

/// The commands under test use only these settings.
bool is_good(const std::string& name, const std::string& value) {
  if (name == "retention.ms" || name == "num.partitions" || name == "min.insync.replicas") {
    return !value.empty() && value.find_first_not_of("0123456789") == std::string::npos &&
           value != "0";
  }
  return name == "cleanup.policy" && (value == "compact" || value == "delete");
}

template <class Map>
bool known(const Map& map, const typename Map::key_type& key) {
  return map.find(key) != map.end();
}

std::string changed_policy(std::string current, const std::string& value, bool append) {
  const auto found = current.find(value);
  if (append)
    return found == std::string::npos ? (current.empty() ? value : current + "," + value) : current;
  if (found == std::string::npos) return current;
  if (current == value) return "";
  return current.substr(0, 6) == value.substr(0, 6) && found == 0 ? current.substr(value.size() + 1)
                                                                  : current.substr(0, found - 1);
}

}  // namespace

int Twin::in_sync_needed(const Configs& configs) const {
  constexpr const char* kName = "min.insync.replicas";
  if (known(configs, kName)) return std::stoi(configs.at(kName));
  return known(cluster_configs_, kName) ? std::stoi(cluster_configs_.at(kName)) : 1;
}

bool Twin::any_serving() const {
  return std::any_of(brokers_.begin(), brokers_.end(),
                     [](const auto& each) { return !each.second.fenced; });
}

std::optional<ErrorCode> Twin::may_create(const NewTopic& topic) const {
  if (topic.name.find('/') != std::string::npos) return ErrorCode::kInvalidTopic;
  if (known(topics_, topic.name)) return ErrorCode::kTopicAlreadyExists;
  for (const auto& [name, other] : topics_) {
    if (metric_name(name) == metric_name(topic.name)) return ErrorCode::kInvalidTopic;
  }
  std::size_t have = 0;
  for (const auto& [name, other] : topics_) have += other.partitions.size();
  if (topic.partitions != -1 && topic.partitions < 1) return ErrorCode::kInvalidPartitions;
  if (have + static_cast<std::size_t>(std::max(topic.partitions, 1)) > kPartitionsMax) {
    return ErrorCode::kPolicyViolation;
  }
  if (topic.replication_factor != -1 && topic.replication_factor != 1) {
    return ErrorCode::kInvalidReplicationFactor;
  }
  if (!any_serving()) return ErrorCode::kInvalidReplicationFactor;
  for (const auto& [name, value] : topic.configs) {
    if (!is_good(name, *value)) return ErrorCode::kInvalidConfig;
  }
  return in_sync_needed({}) > 1 ? std::optional(ErrorCode::kInvalidConfig) : std::nullopt;
}

void Twin::add_partitions(TwinTopic& topic, std::size_t upto, const std::string& name,
                          const MetadataImage& after) const {
  const auto* chosen = after.topic(name);
  REQUIRE(chosen != nullptr);
  REQUIRE(chosen->partitions.size() >= upto);
  for (std::size_t i = topic.partitions.size(); i < upto; ++i) {
    const auto& replicas = chosen->partitions[i].replicas;
    REQUIRE(replicas.size() == 1);
    REQUIRE(known(brokers_, replicas[0]));
    const auto& broker = brokers_.at(replicas[0]);
    topic.partitions.push_back({replicas[0], broker.directory, true, !broker.fenced, 0});
  }
}

Twin::Codes Twin::apply(const CreateTopics& command, const CommandResult& given,
                        const MetadataImage& after) {
  std::map<std::string, int> times;
  for (const auto& topic : command.topics) ++times[topic.name];
  Codes codes;
  const auto before = topics_;
  for (std::size_t i = 0; i < command.topics.size(); ++i) {
    const auto& topic = command.topics[i];
    auto code = times[topic.name] > 1 ? ErrorCode::kInvalidRequest : may_create(topic);
    codes.push_back(code);
    if (code) continue;
    const auto default_partitions = known(cluster_configs_, "num.partitions")
                                        ? std::stoi(cluster_configs_.at("num.partitions"))
                                        : 1;
    const auto count = topic.partitions == -1 ? default_partitions : topic.partitions;
    auto& added = topics_[topic.name];
    added.id = given.items[i].id;
    REQUIRE(given.items[i].partitions == count);
    for (const auto& [name, value] : topic.configs) added.configs[name] = *value;
    if (command.validate_only) {
      added.partitions.resize(static_cast<std::size_t>(count));
    } else {
      add_partitions(added, static_cast<std::size_t>(count), topic.name, after);
    }
  }
  if (command.validate_only) topics_ = before;
  return codes;
}

Twin::Codes Twin::apply(const DeleteTopics& command, const CommandResult&, const MetadataImage&) {
  Codes codes;
  for (const auto& ref : command.topics) {
    auto found = ref.name.empty()
                     ? std::find_if(topics_.begin(), topics_.end(),
                                    [&](const auto& each) { return each.second.id == ref.id; })
                     : topics_.find(ref.name);
    if (found == topics_.end()) {
      codes.push_back(ref.name.empty() ? ErrorCode::kUnknownTopicId
                                       : ErrorCode::kUnknownTopicOrPartition);
      continue;
    }
    topics_.erase(found);
    codes.push_back(std::nullopt);
  }
  return codes;
}

std::optional<ErrorCode> Twin::may_grow(const MorePartitions& more) const {
  if (!known(topics_, more.topic)) return ErrorCode::kUnknownTopicOrPartition;
  const auto have = topics_.at(more.topic).partitions.size();
  if (more.count <= static_cast<std::int32_t>(have)) return ErrorCode::kInvalidPartitions;
  std::size_t all = static_cast<std::size_t>(more.count) - have;
  for (const auto& [name, topic] : topics_) all += topic.partitions.size();
  if (all > kPartitionsMax) return ErrorCode::kPolicyViolation;
  if (!any_serving()) return ErrorCode::kInvalidReplicationFactor;
  return std::nullopt;
}

Twin::Codes Twin::apply(const CreatePartitions& command, const CommandResult&,
                        const MetadataImage& after) {
  std::map<std::string, int> times;
  for (const auto& more : command.topics) ++times[more.topic];
  Codes codes;
  for (const auto& more : command.topics) {
    codes.push_back(times[more.topic] > 1 ? ErrorCode::kInvalidRequest : may_grow(more));
    if (codes.back() || command.validate_only) continue;
    add_partitions(topics_.at(more.topic), static_cast<std::size_t>(more.count), more.topic, after);
  }
  return codes;
}

std::optional<ErrorCode> Twin::alter(const AlterConfig& resource, bool replace_all, bool dry) {
  const bool is_topic = resource.resource == ConfigResource::kTopic;
  if (is_topic && !known(topics_, resource.name)) return ErrorCode::kUnknownTopicOrPartition;
  auto& target = is_topic ? topics_.at(resource.name).configs : cluster_configs_;
  auto configs = replace_all ? Configs() : target;
  std::set<std::string> names;
  for (const auto& change : resource.changes) {
    if (!names.insert(change.name).second) return ErrorCode::kInvalidRequest;
    const bool is_broker_setting = change.name == "num.partitions";
    if (is_broker_setting == is_topic && change.name != "min.insync.replicas") {
      return ErrorCode::kInvalidConfig;
    }
    const auto append = change.operation == ConfigOperation::kAppend;
    if (change.operation == ConfigOperation::kDelete) {
      configs.erase(change.name);
    } else if (change.operation == ConfigOperation::kSet) {
      if (!is_good(change.name, *change.value)) return ErrorCode::kInvalidConfig;
      configs[change.name] = *change.value;
    } else {
      if (change.name != "cleanup.policy") return ErrorCode::kInvalidConfig;
      if (!is_good(change.name, *change.value)) return ErrorCode::kInvalidConfig;
      const auto current =
          known(configs, change.name) ? configs.at(change.name) : std::string("delete");
      configs[change.name] = changed_policy(current, *change.value, append);
    }
  }
  if (is_topic && in_sync_needed(configs) > 1 &&
      in_sync_needed(configs) != in_sync_needed(target)) {
    return ErrorCode::kInvalidConfig;
  }
  if (!dry) target = configs;
  return std::nullopt;
}

Twin::Codes Twin::apply(const AlterConfigs& command, const CommandResult&, const MetadataImage&) {
  Codes codes;
  std::set<std::pair<ConfigResource, std::string>> seen;
  for (const auto& resource : command.resources) {
    codes.push_back(seen.emplace(resource.resource, resource.name).second
                        ? alter(resource, command.replace_all, command.validate_only)
                        : ErrorCode::kInvalidRequest);
  }
  return codes;
}

Twin::Codes Twin::apply(const FormCluster& command, const CommandResult&, const MetadataImage&) {
  if (cluster_) command_error = ErrorCode::kAlreadyExists;
  if (!cluster_) cluster_ = command.cluster_id;
  return {};
}

std::optional<ErrorCode> Twin::may_register(const RegisterBroker& command) const {
  if (command.cluster_id != cluster_.value_or(Uuid())) return ErrorCode::kInvalidRequest;
  if (command.broker.versions.min > 1) return ErrorCode::kUnsupportedVersion;
  for (const auto& [id, broker] : brokers_) {
    if (id != command.broker.id && broker.directory == command.broker.directory) {
      return ErrorCode::kAlreadyExists;
    }
  }
  if (!known(brokers_, command.broker.id)) return std::nullopt;
  const auto& old = brokers_.at(command.broker.id);
  const bool elsewhere = old.directory != command.broker.directory;
  if (!old.fenced && elsewhere && now_ - old.heard < kSession) return ErrorCode::kAlreadyExists;
  return std::nullopt;
}

Twin::Codes Twin::apply(const RegisterBroker& command, const CommandResult& given,
                        const MetadataImage&) {
  const auto id = command.broker.id;
  if (known(brokers_, id) && brokers_.at(id).incarnation == command.broker.incarnation &&
      command.cluster_id == *cluster_) {
    brokers_.at(id).heard = now_;
    return {};
  }
  command_error = may_register(command);
  if (command_error) return {};
  if (known(brokers_, id) && !brokers_.at(id).fenced) fence(id);
  brokers_[id] = {command.broker.incarnation, given.broker_epoch, command.broker.directory, true,
                  now_};
  for (auto& [name, topic] : topics_) {
    for (std::size_t i = 0; i < topic.partitions.size(); ++i) {
      auto& partition = topic.partitions[i];
      if (partition.replica != id) continue;
      const TopicPartitionId here{topic.id, PartitionIndex(static_cast<std::int32_t>(i))};
      const bool lost = std::count(command.lost.begin(), command.lost.end(), here) != 0 ||
                        partition.directory != command.broker.directory;
      if (!lost) continue;
      partition.in_sync = false;
      partition.directory = command.broker.directory;
    }
  }
  return {};
}

void Twin::fence(NodeId id) {
  brokers_.at(id).fenced = true;
  for (auto& [name, topic] : topics_) {
    for (auto& partition : topic.partitions) {
      if (partition.replica != id || !partition.led) continue;
      partition.led = false;
      ++partition.leader_epoch;
    }
  }
}

bool Twin::tick(MonotonicTime now) {
  bool due = false;
  for (const auto& [id, broker] : brokers_) {
    if (broker.fenced || now - broker.heard < kSession) continue;
    fence(id);
    due = true;
  }
  return due;
}

Twin::Codes Twin::apply(const UnfenceBroker& command, const CommandResult&, const MetadataImage&) {
  const auto found = brokers_.find(command.id);
  if (found == brokers_.end() || found->second.incarnation != command.incarnation) {
    command_error = ErrorCode::kInvalidRequest;
    return {};
  }
  found->second.heard = now_;
  if (!found->second.fenced) return {};
  found->second.fenced = false;
  for (auto& [name, topic] : topics_) {
    for (auto& partition : topic.partitions) {
      if (partition.led || !partition.in_sync || partition.replica != command.id) continue;
      partition.led = true;
      ++partition.leader_epoch;
    }
  }
  return {};
}

Twin::Codes Twin::apply(const BrokerHeartbeat& command, const CommandResult& given,
                        const MetadataImage&) {
  const auto found = brokers_.find(command.id);
  if (found == brokers_.end() || found->second.epoch != command.epoch) {
    command_error = ErrorCode::kInvalidRequest;
    return {};
  }
  found->second.heard = now_;
  if (command.wants_shutdown && !found->second.fenced) fence(command.id);
  REQUIRE(given.is_fenced == found->second.fenced);
  REQUIRE(given.may_shut_down == command.wants_shutdown);
  return {};
}

Twin::Codes Twin::apply(const ReportBrokerDeath& command, const CommandResult& given,
                        const MetadataImage&) {
  const auto found = brokers_.find(command.id);
  if (found == brokers_.end()) {
    command_error = ErrorCode::kNotFound;
    return {};
  }
  const bool another = fast_fence_ && fast_fence_->first != command.id &&
                       now_ - fast_fence_->second < std::chrono::seconds(10);
  if (!found->second.fenced && found->second.incarnation == command.incarnation && !another) {
    fence(command.id);
    fast_fence_ = {command.id, now_};
  }
  REQUIRE(given.is_fenced == found->second.fenced);
  return {};
}

Twin::Codes Twin::apply(const UnregisterBroker& command, const CommandResult&,
                        const MetadataImage&) {
  if (!known(brokers_, command.id)) {
    command_error = ErrorCode::kNotFound;
    return {};
  }
  bool holds = !brokers_.at(command.id).fenced;
  for (const auto& [name, topic] : topics_) {
    for (const auto& partition : topic.partitions) holds = holds || partition.replica == command.id;
  }
  if (holds) command_error = ErrorCode::kInvalidRequest;
  if (!holds) brokers_.erase(command.id);
  return {};
}

Twin::Codes Twin::apply(const UpdateFeatures& command, const CommandResult&, const MetadataImage&) {
  Codes codes;
  std::set<std::string> names;
  for (const auto& change : command.changes) {
    std::optional<ErrorCode> code;
    if (!names.insert(change.name).second || change.name == "x" || change.level < 1) {
      code = ErrorCode::kInvalidRequest;
    } else if (change.level > 1) {
      code = ErrorCode::kUnsupportedVersion;
    }
    codes.push_back(code);
  }
  return codes;
}

Twin::Codes Twin::apply(const AllocateProducerIds&, const CommandResult& given,
                        const MetadataImage&) {
  if (given.error) {
    command_error = ErrorCode::kInvalidRequest;
    return {};
  }
  REQUIRE(given.first_producer_id.value() == next_producer_id_);
  next_producer_id_ += given.producer_ids;
  return {};
}

std::vector<std::optional<ErrorCode>> Twin::run(const Command& command, const CommandResult& given,
                                                const MetadataImage& after, MonotonicTime now) {
  now_ = now;
  command_error.reset();
  return std::visit([&](const auto& body) { return apply(body, given, after); }, command.body);
}

void Twin::check(const MetadataImage& image) const {
  REQUIRE(image.cluster_id() == cluster_.value_or(Uuid()));
  REQUIRE(image.next_producer_id().value() == next_producer_id_);
  REQUIRE(std::equal(image.cluster_configs().begin(), image.cluster_configs().end(),
                     cluster_configs_.begin(), cluster_configs_.end()));
  REQUIRE(image.brokers().size() == brokers_.size());
  for (const auto& [id, broker] : brokers_) {
    REQUIRE(image.broker(id) != nullptr);
    REQUIRE(image.broker(id)->fenced == broker.fenced);
    REQUIRE(image.broker(id)->incarnation == broker.incarnation);
  }
  REQUIRE(image.topic_count() == topics_.size());
  std::size_t partitions = 0;
  for (const auto& [name, topic] : topics_) {
    const auto* other = image.topic(name);
    REQUIRE(other != nullptr);
    REQUIRE(image.topic(topic.id) == other);
    REQUIRE(std::equal(other->configs.begin(), other->configs.end(), topic.configs.begin(),
                       topic.configs.end()));
    REQUIRE(other->partitions.size() == topic.partitions.size());
    for (std::size_t i = 0; i < topic.partitions.size(); ++i) {
      const auto& state = other->partitions[i];
      const auto& mine = topic.partitions[i];
      REQUIRE(state.leader_epoch.value() == mine.leader_epoch);
      REQUIRE(state.leader == (mine.led ? mine.replica : kNoNode));
      REQUIRE(state.replicas == std::vector{mine.replica});
      REQUIRE(state.directories == std::vector{mine.directory});
      REQUIRE(state.isr == (mine.in_sync ? std::vector{mine.replica} : std::vector<NodeId>()));
    }
    partitions += topic.partitions.size();
  }
  REQUIRE(image.partition_count() == partitions);
}

}  // namespace millrace::controller
