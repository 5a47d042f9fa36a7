#include "storage/partition_metadata.h"

#include <absl/strings/numbers.h>
#include <fmt/format.h>

namespace millrace::storage {

namespace {

constexpr std::string_view kVersionLine = "version: 0";
constexpr std::string_view kTopicIdKey = "topic_id: ";

/// Takes one line off the front.
std::string_view take_line(std::string_view& text) {
  const auto end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  return line;
}

}  // namespace

std::string format_partition_metadata(const TopicId& topic_id) {
  return fmt::format("{}\n{}{}", kVersionLine, kTopicIdKey, topic_id.to_string());
}

Result<TopicId> parse_partition_metadata(std::string_view text) {
  if (take_line(text) != kVersionLine)
    return fail(ErrorCode::kCorrupt, "partition.metadata: version 0 was expected");
  const std::string_view line = take_line(text);
  if (!line.starts_with(kTopicIdKey))
    return fail(ErrorCode::kCorrupt, "partition.metadata: no topic_id");
  auto id = Uuid::parse(line.substr(kTopicIdKey.size()));
  if (!id) return fail(ErrorCode::kCorrupt, "partition.metadata: " + id.error().message);
  return TopicId(*id);
}

std::optional<PartitionName> parse_partition_directory(std::string_view name) {
  const auto dash = name.rfind('-');
  std::int32_t partition = 0;
  if (dash == std::string_view::npos || dash == 0) return std::nullopt;
  const std::string_view digits = name.substr(dash + 1);
  if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos)
    return std::nullopt;
  if (!absl::SimpleAtoi(absl::string_view(digits.data(), digits.size()), &partition))
    return std::nullopt;
  return PartitionName{std::string(name.substr(0, dash)), PartitionIndex(partition)};
}

std::optional<std::string> property_of(std::string_view text, std::string_view key) {
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    if (line.starts_with('#')) continue;
    const auto equals = line.find('=');
    if (equals != std::string_view::npos && line.substr(0, equals) == key)
      return std::string(line.substr(equals + 1));
  }
  return std::nullopt;
}

}  // namespace millrace::storage
