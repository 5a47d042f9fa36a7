#include "storage/checkpoint_file.h"

#include <absl/strings/numbers.h>
#include <absl/strings/str_split.h>
#include <fmt/format.h>

namespace millrace::storage {

namespace {

constexpr std::string_view kVersion = "0";

tl::unexpected<Error> corrupt(std::size_t line, std::string_view what) {
  return fail(ErrorCode::kCorrupt, fmt::format("line {}: {}", line, what));
}

/// The words of each entry line, after version and count were found good.
Result<std::vector<std::vector<std::string>>> parse_lines(std::string_view text,
                                                          std::size_t words) {
  std::vector<std::string> lines =
      absl::StrSplit(absl::string_view(text.data(), text.size()), '\n');
  if (!lines.empty() && lines.back().empty()) lines.pop_back();
  std::uint64_t count = 0;
  if (lines.empty() || lines[0] != kVersion) return corrupt(1, "version 0 was expected");
  if (lines.size() < 2 || !absl::SimpleAtoi(lines[1], &count))
    return corrupt(2, "a count was expected");
  if (count != lines.size() - 2)
    return corrupt(2, "the count does not match the lines that follow");
  std::vector<std::vector<std::string>> entries;
  for (std::size_t i = 2; i < lines.size(); ++i) {
    entries.push_back(absl::StrSplit(lines[i], ' '));
    if (entries.back().size() != words) return corrupt(i + 1, "wrong number of words");
  }
  return entries;
}

template <class Int>
bool parse_number(const std::string& word, Int& into) {
  return absl::SimpleAtoi(word, &into) && into >= 0;
}

}  // namespace

std::string format_offset_checkpoint(const std::vector<OffsetCheckpointEntry>& entries) {
  std::string text = fmt::format("{}\n{}\n", kVersion, entries.size());
  for (const auto& entry : entries) {
    text += fmt::format("{} {} {}\n", entry.topic, entry.partition.value(), entry.offset.value());
  }
  return text;
}

Result<std::vector<OffsetCheckpointEntry>> parse_offset_checkpoint(std::string_view text) {
  ASSIGN_OR_RETURN(const auto lines, parse_lines(text, 3));
  std::vector<OffsetCheckpointEntry> entries;
  for (const auto& words : lines) {
    std::int32_t partition = 0;
    std::int64_t offset = 0;
    if (!parse_number(words[1], partition) || !parse_number(words[2], offset)) {
      return corrupt(entries.size() + 3, "partition and offset were expected");
    }
    entries.push_back({words[0], PartitionIndex(partition), Offset(offset)});
  }
  return entries;
}

std::string format_epoch_checkpoint(const std::vector<EpochEntry>& entries) {
  std::string text = fmt::format("{}\n{}\n", kVersion, entries.size());
  for (const auto& entry : entries) {
    text += fmt::format("{} {}\n", entry.epoch.value(), entry.start_offset.value());
  }
  return text;
}

Result<std::vector<EpochEntry>> parse_epoch_checkpoint(std::string_view text) {
  ASSIGN_OR_RETURN(const auto lines, parse_lines(text, 2));
  std::vector<EpochEntry> entries;
  for (const auto& words : lines) {
    std::int32_t epoch = 0;
    std::int64_t offset = 0;
    if (!parse_number(words[0], epoch) || !parse_number(words[1], offset)) {
      return corrupt(entries.size() + 3, "epoch and offset were expected");
    }
    entries.push_back({LeaderEpoch(epoch), Offset(offset)});
  }
  return entries;
}

}  // namespace millrace::storage
