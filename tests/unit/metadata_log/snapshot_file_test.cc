#include "node/metadata_log/snapshot_file.h"

#include "base/random.h"
#include "controller/metadata/apply.h"
#include "controller/metadata/snapshot.h"
#include "tests/support/catch.h"
#include "tests/support/sim_file_system.h"

namespace millrace::node {
namespace {

using controller::ConfigRecord;
using controller::ImagePtr;
constexpr TimestampMs kNow{1'700'000'000'000};
constexpr SnapshotId kId{Offset(1), LeaderEpoch(1)};
constexpr const char* kName = "00000000000000000001-0000000001.checkpoint";

/// More than one part.
ImagePtr some_image() {
  controller::MetadataTransaction records;
  for (int i = 0; i < 2500; ++i) {
    records.push_back(ConfigRecord{std::nullopt, "name" + std::to_string(i), "value"});
  }
  return controller::apply_records(*controller::MetadataImage::empty(), records).value();
}

struct Fixture {
  Fixture() {
    REQUIRE_OK(files.create_directory("/d"));
    REQUIRE_OK(files.sync_directory("/"));
    REQUIRE_OK(write_snapshot(files, "/d", kId, {voters, image}, kNow));
  }
  sim::SimFileSystem files{1, {}};
  ImagePtr image = some_image();
  raft::VoterSet voters{{{NodeId(1), DirectoryId(Uuid({1}))}, {NodeId(2), DirectoryId(Uuid({2}))}}};
};

}  // namespace

TEST_CASE("a snapshot is found by its name and read back") {
  Fixture f;
  f.files.power_cut();
  REQUIRE(kId.file_name() == kName);
  REQUIRE_OK(f.files.open("/d/00000000000000000002-000000001.checkpoint",
                          storage::OpenMode::kCreateReadWrite));
  REQUIRE_OK(f.files.open("/d/0000000000000000000x-0000000001.checkpoint",
                          storage::OpenMode::kCreateReadWrite));
  REQUIRE(list_snapshots(f.files, "/d").value() == std::vector{kId});
  const auto read = read_snapshot(f.files, "/d", kId);
  REQUIRE_OK(read);
  REQUIRE(state_hash(*read->image) == state_hash(*f.image));
  REQUIRE(read->voters == f.voters);
  REQUIRE_ERROR(read_snapshot(f.files, "/d", {Offset(7), LeaderEpoch(1)}), ErrorCode::kNotFound);
}

TEST_CASE("a snapshot with any bit flipped, or cut anywhere, is refused") {
  Random random(5);
  Fixture f;
  const std::string path = std::string("/d/") + kName;
  const auto size = f.files.size_of(path);
  for (int i = 0; i < 300; ++i) {
    const auto at = random.below(size);
    const auto bit = static_cast<unsigned>(random.below(8));
    REQUIRE(f.files.flip_bit(path, at, bit));
    REQUIRE_ERROR(read_snapshot(f.files, "/d", kId), ErrorCode::kCorrupt);
    REQUIRE(f.files.flip_bit(path, at, bit));
  }
  REQUIRE_OK(read_snapshot(f.files, "/d", kId));
  const auto file = f.files.open(path, storage::OpenMode::kReadWrite).value();
  for (auto end = size; end > 0; end -= std::min<std::uint64_t>(end, 1 + random.below(size / 50))) {
    if (end == size) continue;
    REQUIRE_OK(file->truncate(end));
    REQUIRE_ERROR(read_snapshot(f.files, "/d", kId), ErrorCode::kCorrupt);
  }
}

TEST_CASE("a snapshot that goes on after its end is refused") {
  Fixture f;
  const std::string path = std::string("/d/") + kName;
  const auto file = f.files.open(path, storage::OpenMode::kReadWrite).value();
  const std::uint8_t more[] = {0};
  const ByteView pieces[] = {ByteView(more)};
  REQUIRE_OK(file->write_at(f.files.size_of(path), pieces));
  REQUIRE_ERROR(read_snapshot(f.files, "/d", kId), ErrorCode::kCorrupt);
}

TEST_CASE("a snapshot under another name is refused") {
  Fixture f;
  const SnapshotId other{Offset(2), LeaderEpoch(1)};
  REQUIRE_OK(f.files.rename(std::string("/d/") + kName, "/d/" + other.file_name()));
  REQUIRE_ERROR(read_snapshot(f.files, "/d", other), ErrorCode::kCorrupt);
}

}  // namespace millrace::node
