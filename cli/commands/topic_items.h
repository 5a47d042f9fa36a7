#pragma once

#include <vector>

#include "cli/output/json.h"
#include "cli/output/shape.h"
#include "proto/kafka/messages/metadata.h"

/// A topic as JSON: the same item in list and describe.
namespace millrace::cli {

using MetadataTopic = kafka::MetadataResponse::MetadataResponseTopic;
using MetadataPartition = kafka::MetadataResponse::MetadataResponsePartition;

/// name, topic_id, internal, partition_count, replication_factor, partitions.
std::vector<Field> topic_fields();
Json topic_json(const MetadataTopic& topic);

std::vector<Field> partition_fields();
Json partition_json(const MetadataPartition& partition);

/// Topics by name, and their partitions by number: the order of every output.
void sort_topics(std::vector<MetadataTopic>& topics);

}  // namespace millrace::cli
