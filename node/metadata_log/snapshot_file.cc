#include "node/metadata_log/snapshot_file.h"

#include <absl/strings/numbers.h>
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "controller/metadata/codec.h"
#include "controller/metadata/snapshot.h"
#include "node/metadata_log/entry_batch.h"
#include "node/metadata_log/raft_entry.h"
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

/// Walks a snapshot file: the voters, a header, entries, a footer, and nothing after it.
class PartReader {
 public:
  explicit PartReader(SharedBytes bytes) : rest_(std::move(bytes)) {}

  Result<raft::VoterSet> voters() {
    ASSIGN_OR_RETURN(const auto decoded, decode_entry(next_, rest_));
    const auto* voters = std::get_if<raft::VoterSet>(&decoded.entry.body);
    if (voters == nullptr) return fail(ErrorCode::kCorrupt, "it does not begin with the voters");
    pass(decoded.batch_bytes);
    return *voters;
  }
  Result<SnapshotPart> next() {
    ASSIGN_OR_RETURN(const auto entry, entry_value(next_, rest_.view()));
    auto part = controller::decode_snapshot_part(entry.value);
    pass(entry.batch_bytes);
    return part;
  }
  [[nodiscard]] bool at_end() const { return rest_.empty(); }

 private:
  void pass(std::size_t bytes) {
    rest_ = rest_.slice(bytes);
    ++next_;
  }

  SharedBytes rest_;
  Offset next_{0};
};

Result<Snapshot> parse(const SnapshotId& id, SharedBytes bytes) {
  PartReader reader(std::move(bytes));
  ASSIGN_OR_RETURN(auto voters, reader.voters());
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
    ASSIGN_OR_RETURN(auto image, controller::load_image(id.end, entries));
    return Snapshot{std::move(voters), std::move(image)};
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
                      const SnapshotId& id, const Snapshot& snapshot, TimestampMs now) {
  std::vector<std::uint8_t> content;
  Offset index{0};
  const auto add = [&](const SharedBytes& batch) {
    content.insert(content.end(), batch.view().begin(), batch.view().end());
    ++index;
  };
  const auto add_part = [&](const SnapshotPart& part) {
    add(entry_batch(index, controller::encode_snapshot_part(part), now));
  };
  add(encode_entry({index, raft::Term(0), snapshot.voters}, now));
  add_part(controller::SnapshotHeader{id.end, id.epoch});
  auto entries = controller::records_of(*snapshot.image);
  for (auto& records : entries) add_part(std::move(records));
  add_part(controller::SnapshotFooter{static_cast<std::uint32_t>(entries.size())});
  return storage::replace_whole_file(files, directory + "/" + id.file_name(), content);
}

Result<Snapshot> read_snapshot(storage::FileSystem& files, const std::string& directory,
                               const SnapshotId& id) {
  return read_snapshot_file(files, directory + "/" + id.file_name(), id);
}

Result<Snapshot> read_snapshot_file(storage::FileSystem& files, const std::string& path,
                                    const SnapshotId& id) {
  ASSIGN_OR_RETURN(auto bytes, storage::read_whole_file(files, path));
  if (!bytes) return fail(ErrorCode::kNotFound, "there is no " + path);
  auto snapshot = parse(id, SharedBytes::own(std::move(*bytes)));
  if (!snapshot) return fail_in(path, snapshot.error());
  return snapshot;
}

}  // namespace millrace::node
