#pragma once

#include <cstdint>
#include <string_view>

#include "controller/metadata/image.h"

/// What the state hash of an image is the sum of, modulo 2^64: docs/formats/metadata.md. A sum does
/// not depend on an order, so one item can be taken out and another put in.
namespace millrace::controller {

std::uint64_t hash_of_end(Offset end);
std::uint64_t hash_of_cluster(const Uuid& cluster_id);
std::uint64_t hash_of_producer_ids(ProducerId next);
/// `topic` is zero for a setting of the cluster.
std::uint64_t hash_of_config(const TopicId& topic, std::string_view name, std::string_view value);
std::uint64_t hash_of_feature(std::string_view name, std::int16_t level);
std::uint64_t hash_of(const Broker& broker);
std::uint64_t hash_of_topic(const TopicId& id, std::string_view name, Offset created_at);
std::uint64_t hash_of(const TopicPartitionId& id, const Partition& state, Offset created_at);

/// Of the topic, its settings and its partitions.
std::uint64_t hash_of(const Topic& topic);

}  // namespace millrace::controller
