#pragma once

#include <set>

#include "controller/metadata/image.h"

/// Records that keep partitions with those who serve them. Each scans all partitions: brokers
/// change rarely, and an index by broker would cost memory for each partition and time for each
/// change of one. tests/bench/quorum.cc measures what a scan costs.
namespace millrace::controller {

/// Leaderships that one transaction moves away from a broker that would stop.
inline constexpr std::size_t kHandOverMax = 10'000;

/// Those that are not fenced.
std::set<NodeId> alive_in(const MetadataImage& image);

/// Fences `dead`, and takes them out of every ISR and leadership, in one transaction. A last member
/// of an ISR stays; its partitions have no leader. Requires: all are registered.
MetadataTransaction fence(const MetadataImage& image, const std::set<NodeId>& dead);

/// The partitions as they are once a new incarnation of `broker` is registered: as in fence(), and
/// what it has `lost`, or what lay in another directory than `broker.directory`, it is not in sync
/// with even as the last member.
MetadataTransaction restarted(const MetadataImage& image, const BrokerRecord& broker,
                              const std::set<TopicPartitionId>& lost);

/// Unfences the broker; it leads what nobody else can.
MetadataTransaction unfence(const MetadataImage& image, NodeId id);

/// A step of a controlled shutdown: at most kHandOverMax leaderships go to other members of the
/// ISR; with the last of them the broker is fenced. What only it has does not hold it back.
MetadataTransaction hand_over(const MetadataImage& image, NodeId id);

}  // namespace millrace::controller
