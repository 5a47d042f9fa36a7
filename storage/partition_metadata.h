#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/result.h"

/// The small text files that say whose a directory is, in Kafka's formats.
namespace millrace::storage {

/// `partition.metadata`: the topic id of a partition's directory.
std::string format_partition_metadata(const TopicId& topic_id);
/// Errors: kCorrupt.
Result<TopicId> parse_partition_metadata(std::string_view text);

struct PartitionName {
  std::string topic;
  PartitionIndex partition;
};
/// Takes `<topic>-<partition>` apart; nothing when the name has another form.
std::optional<PartitionName> parse_partition_directory(std::string_view name);

/// `key=value` lines; '#' begins a comment. The value of `key`, or nothing.
std::optional<std::string> property_of(std::string_view text, std::string_view key);

}  // namespace millrace::storage
