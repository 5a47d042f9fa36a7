#include "node/metadata_log/snapshot_file.h"

#include <absl/strings/numbers.h>
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "controller/metadata/codec.h"
#include "controller/metadata/snapshot.h"
#include "node/metadata_log/entry_batch.h"
#include "storage/whole_file.h"

namespace millrace::node {
namespace {

using controller::SnapshotPart;

constexpr std::string_view kSuffix = ".checkpoint";
constexpr std::size_t kEndDigits = 20;
constexpr std::size_t kEpochDigits = 10;

std::optional<SnapshotId> parse_name(std::string_view name) {
  if (name.size() != kEndDigits + 1 + kEpochDigits + kSuffix.size() || name[kEndDigits] != '-' ||
      !name.ends_with(kSuffix)) {
    return std::nullopt;
  }
  std::int64_t end = 0;
  std::int32_t epoch = 0;
  const std::string text(name);
  if (!absl::SimpleAtoi(text.substr(0, kEndDigits), &end) ||
      !absl::SimpleAtoi(text.substr(kEndDigits + 1, kEpochDigits), &epoch)) {
    return std::nullopt;
  }
  const SnapshotId id{Offset(end), LeaderEpoch(epoch)};
  return id.file_name() == name ? std::optional(id) : std::nullopt;
}

/// Walks the parts of a snapshot file: a header, entries, a footer, and nothing after it.
class PartReader {
 public:
  explicit PartReader(ByteView bytes) : rest_(bytes) {}

  Result<SnapshotPart> next() {
    ASSIGN_OR_RETURN(const auto entry, entry_value(next_, rest_));
    rest_ = rest_.subspan(entry.batch_bytes);
    ++next_;
    return controller::decode_snapshot_part(entry.value);
  }
  [[nodiscard]] bool at_end() const { return rest_.empty(); }

 private:
  ByteView rest_;
  Offset next_{0};
};

Result<controller::ImagePtr> parse(const SnapshotId& id, ByteView bytes) {
  PartReader reader(bytes);
  ASSIGN_OR_RETURN(const auto first, reader.next());
  if (first != SnapshotPart(controller::SnapshotHeader{id.end, id.epoch})) {
    return fail(ErrorCode::kCorrupt, "its header does not say what its name says");
  }
  std::vector<controller::MetadataTransaction> entries;
  for (;;) {
    ASSIGN_OR_RETURN(auto part, reader.next());
    if (auto* records = std::get_if<controller::MetadataTransaction>(&part)) {
      entries.push_back(std::move(*records));
      continue;
    }
    const auto expected = controller::SnapshotFooter{static_cast<std::uint32_t>(entries.size())};
    if (part != SnapshotPart(expected) || !reader.at_end()) {
      return fail(ErrorCode::kCorrupt, "it does not end as it should");
    }
    return controller::load_image(id.end, entries);
  }
}

}  // namespace

std::string SnapshotId::file_name() const {
  return fmt::format("{:020}-{:010}{}", end.value(), epoch.value(), kSuffix);
}

Result<std::vector<SnapshotId>> list_snapshots(storage::FileSystem& files,
                                               const std::string& directory) {
  ASSIGN_OR_RETURN(const auto names, files.list(directory));
  std::vector<SnapshotId> found;
  for (const auto& name : names) {
    if (const auto id = parse_name(name)) found.push_back(*id);
  }
  std::sort(found.begin(), found.end());
  return found;
}

Status write_snapshot(storage::FileSystem& files, const std::string& directory,
                      const SnapshotId& id, const controller::MetadataImage& image,
                      TimestampMs now) {
  std::vector<std::uint8_t> content;
  Offset index{0};
  const auto add = [&](const SnapshotPart& part) {
    const auto batch = entry_batch(index, controller::encode_snapshot_part(part), now);
    content.insert(content.end(), batch.view().begin(), batch.view().end());
    ++index;
  };
  add(controller::SnapshotHeader{id.end, id.epoch});
  auto entries = controller::records_of(image);
  for (auto& records : entries) add(std::move(records));
  add(controller::SnapshotFooter{static_cast<std::uint32_t>(entries.size())});
  return storage::replace_whole_file(files, directory + "/" + id.file_name(), content);
}

Result<controller::ImagePtr> read_snapshot(storage::FileSystem& files, const std::string& directory,
                                           const SnapshotId& id) {
  const auto path = directory + "/" + id.file_name();
  ASSIGN_OR_RETURN(const auto bytes, storage::read_whole_file(files, path));
  if (!bytes) return fail(ErrorCode::kNotFound, "there is no " + path);
  auto image = parse(id, *bytes);
  if (!image) return fail_in(path, image.error());
  return image;
}

}  // namespace millrace::node
