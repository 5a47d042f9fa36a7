#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "controller/metadata/command.h"
#include "controller/metadata/image.h"

namespace millrace::sim {

/// Topics that clients only ever make and delete together, in one command: `NAME` and its twin.
inline constexpr std::array<std::string_view, 2> kTwins{"twins-a", "twins-b"};
std::string twin_of(std::string_view name);

/// Knows what must never happen to the metadata, and looks after every entry, image and answer. It
/// sees all nodes and all clients. What is checked, by the names of docs/testing.md: M2, M3, M5 to
/// M9.
///
/// Keeps the history that is committed, told by whichever node applies an entry first.
class MetadataOracle {
 public:
  using OnViolation = std::function<void(const std::string&)>;
  explicit MetadataOracle(OnViolation on_violation) : violated_(std::move(on_violation)) {}

  /// M2: a node starts and knows `image`.
  void on_start(NodeId node, const controller::MetadataImage& image);
  /// M2: the image of a node is another now.
  void on_image(NodeId node, const controller::MetadataImage& image);
  /// M3, M6, M7, M8 when the entry that leads from `before` to `after` is applied first. Requires:
  /// after.end_offset() == end() + 1.
  void on_entry(const controller::MetadataImage& before,
                const controller::MetadataTransaction& records,
                const controller::MetadataImage& after);
  /// Whatever is asked may happen from now on.
  void on_asked(const controller::Command& command);
  /// M5, M9: an answer arrived on a node that knows `here`.
  void on_answered(const controller::Command& command, const controller::CommandResult& result,
                   const controller::MetadataImage& here);

  /// Of what is committed as far as anybody has applied it.
  [[nodiscard]] Offset end() const { return Offset(static_cast<std::int64_t>(hashes_.size())); }

 private:
  using Registration = std::pair<NodeId, BrokerEpoch>;
  struct TopicLife {
    std::string name;
    Offset created_at;
    std::optional<Offset> removed_at;
  };
  /// The entry that is being judged.
  struct Step {
    const controller::MetadataImage& before;
    const controller::MetadataImage& after;
    Offset at;
    bool brokers_change = false;
  };

  void judge(Step& step, const controller::ClusterRecord& record);
  void judge(Step& step, const controller::TopicRecord& record);
  void judge(Step& step, const controller::PartitionRecord& record);
  void judge(Step& step, const controller::RemoveTopicRecord& record);
  void judge(Step& step, const controller::ConfigRecord& record);
  void judge(Step& step, const controller::BrokerRecord& record);
  void judge(Step& step, const controller::BrokerFenceRecord& record);
  void judge(Step& step, const controller::ProducerIdsRecord& record);
  void judge(Step& step, const controller::FeatureRecord& record);
  void judge(Step& step, const controller::RemoveBrokerRecord& record);
  void check_leader(const controller::MetadataImage& image, const TopicPartitionId& id,
                    const controller::Partition& state);
  void check_all_leaders(const controller::MetadataImage& image);
  void check_twins(const controller::MetadataImage& image);

  /// An answer without an error.
  struct Answered {
    const controller::CommandResult& result;
    const controller::MetadataImage& here;
  };
  void check(const Answered& answered, const controller::CreateTopics& command);
  void check(const Answered& answered, const controller::DeleteTopics& command);
  void check(const Answered& answered, const controller::CreatePartitions& command);
  void check(const Answered& answered, const controller::AlterConfigs& command);
  void check(const Answered& answered, const controller::RegisterBroker& command);
  void check(const Answered& answered, const controller::AllocateProducerIds& command);
  template <class Other>
  void check(const Answered&, const Other&) {}

  OnViolation violated_;
  std::vector<std::uint64_t> hashes_;  // of the state after each entry
  std::map<NodeId, Offset> ends_;      // of each node's image
  std::map<TopicId, TopicLife> topics_;
  std::map<std::string, Offset>
      values_;  // of settings, by when they were set; clients use each once
  std::map<Registration, IncarnationId> registrations_;
  std::set<std::string> asked_deletions_;
  std::set<IncarnationId> asked_unfencing_;
  std::map<ProducerId, std::int64_t>
      producer_ids_;  // blocks that were given away, with their sizes
  ProducerId next_producer_id_{0};
};

}  // namespace millrace::sim
