#include "node/metadata_log/quorum_inspection.h"

#include "base/random.h"
#include "tests/support/catch.h"
#include "tests/unit/metadata_log/quorum_disk.h"

namespace millrace::node {
namespace {

constexpr const char* kMetadata = "/d/__cluster_metadata-0/";

/// Inspects, and makes sure that nothing was written.
QuorumInspection inspect(QuorumDisk& disk, const OnInspectedEntry& on_entry = {}) {
  const auto calls = disk.files.call_count();
  auto seen = inspect_quorum(disk.files, "/d", on_entry);
  REQUIRE_OK(seen);
  REQUIRE(disk.files.call_count() == calls);
  return std::move(*seen);
}

std::string last_segment(const QuorumDisk& disk) {
  std::string last;
  for (const auto& path : disk.files.files()) {
    if (path.ends_with(".log")) last = path;
  }
  return last;
}

TEST_CASE("a disk that was formed and never ran says who votes") {
  QuorumDisk disk;
  const auto seen = inspect(disk);
  REQUIRE_FALSE(seen.state.has_value());
  REQUIRE(seen.voters == disk.voters);
  REQUIRE(seen.log.end == Offset(0));
  REQUIRE(seen.damage.empty());
}

TEST_CASE("a disk without a metadata log knows nothing, and is not damaged") {
  sim::SimFileSystem files(1, {});
  REQUIRE_OK(files.create_directory("/d"));
  const auto seen = inspect_quorum(files, "/d");
  REQUIRE_OK(seen);
  REQUIRE((seen->voters.empty() && seen->snapshots.empty() && seen->damage.empty()));
}

TEST_CASE("every entry is shown with its place, over all segments") {
  QuorumDisk disk;
  disk.run(3, 20);
  const raft::VoterSet fewer({disk.self, QuorumDisk::replica(2)});
  {
    const auto store = disk.open();
    disk.append(*store, 3, fewer);
  }
  std::vector<raft::Entry> entries;
  std::size_t files = 0;
  const auto seen = inspect(disk, [&](const InspectedEntry& each) {
    entries.push_back(each.entry);
    files += each.position == 0;
    REQUIRE(each.timestamp == QuorumDisk::kNow);
  });
  REQUIRE(files > 2);
  REQUIRE(entries.size() == 21);
  REQUIRE(entries[4].body == (*disk.open()->read(Offset(4), 1))[0].body);
  REQUIRE(entries[20].offset == Offset(20));
  REQUIRE(seen.log.last_term == raft::Term(3));
  REQUIRE(seen.voters == fewer);
  REQUIRE(seen.state->hard.term == raft::Term(3));
  REQUIRE(seen.state->durable_end == Offset(21));
}

TEST_CASE("the newest of snapshot and log says who votes") {
  QuorumDisk disk;
  {
    const auto store = disk.open();
    disk.append(*store, 1, raft::VoterSet({disk.self}));
  }
  REQUIRE(inspect(disk).voters.size() == 1);
  disk.take_snapshot(1);  // it was three again before
  REQUIRE(inspect(disk).voters == disk.voters);
}

TEST_CASE("a damaged entry is named with its place, and what lies before it is shown") {
  QuorumDisk disk;
  disk.run(1, 20);
  std::uint64_t position = 0;
  std::string file;
  (void)inspect(disk, [&](const InspectedEntry& each) {
    if (each.entry.offset == Offset(7))
      std::tie(position, file) = std::pair(each.position, each.file);
  });
  REQUIRE(disk.files.flip_bit(file, position + 70, 0));
  std::size_t shown = 0;
  const auto seen = inspect(disk, [&](const InspectedEntry&) { ++shown; });
  REQUIRE(shown == 7);
  REQUIRE(seen.damage.size() == 1);
  REQUIRE(seen.damage[0].file == file);
  REQUIRE(seen.damage[0].position == position);
}

TEST_CASE("bytes that were never acknowledged are unfinished, missing ones are damage") {
  QuorumDisk disk;
  disk.run(1, 3);
  const auto path = last_segment(disk);
  const auto file = disk.files.open(path, storage::OpenMode::kReadWrite);
  const auto size = disk.files.size_of(path);
  SECTION("a torn write") {
    const std::array<std::uint8_t, 30> bytes{1, 2, 3};
    const std::array<ByteView, 1> pieces{ByteView(bytes)};
    REQUIRE_OK((*file)->write_at(size, pieces));
    const auto seen = inspect(disk);
    REQUIRE(seen.log.unfinished_bytes == 30);
    REQUIRE(seen.damage.empty());
  }
  SECTION("a lost entry") {
    REQUIRE_OK((*file)->truncate(size - 1));
    REQUIRE(inspect(disk).damage.size() == 1);
  }
  SECTION("a lost segment") {
    disk.run(1, 20);
    REQUIRE_OK(disk.files.remove_file(last_segment(disk)));
    REQUIRE(inspect(disk).damage.size() == 1);
  }
}

TEST_CASE("a log whose snapshots are damaged is damaged") {
  QuorumDisk disk;
  disk.run(1, 20);
  disk.take_snapshot(1);
  disk.run(1, 20);
  disk.take_snapshot(1);
  REQUIRE(inspect(disk).damage.empty());
  REQUIRE(inspect(disk).log.start > Offset(0));
  std::size_t flipped = 0;
  for (const auto& path : disk.files.files()) {
    if (path.ends_with(".checkpoint")) flipped += disk.files.flip_bit(path, 70, 1);
  }
  REQUIRE(flipped == 2);
  const auto seen = inspect(disk);
  REQUIRE(seen.damage.size() == 3);
  REQUIRE(seen.fatal_damage() == &seen.damage[2]);
  REQUIRE(seen.damage[2].what.find("no snapshot leads up to it") != std::string::npos);
}

TEST_CASE("a log whose only snapshot is damaged is damaged from its first entry on") {
  QuorumDisk disk;
  disk.run(1, 5);
  const auto formed = std::string(kMetadata) + SnapshotId{Offset(0), LeaderEpoch(0)}.file_name();
  REQUIRE(disk.files.flip_bit(formed, 70, 1));
  const auto seen = inspect(disk);
  REQUIRE(seen.log.start == Offset(0));
  REQUIRE(seen.fatal_damage() != nullptr);
  REQUIRE(seen.fatal_damage()->what == kNoWholeSnapshot);
}

TEST_CASE("an older snapshot serves when the newest is damaged") {
  QuorumDisk disk;
  disk.run(1, 5);
  disk.take_snapshot(1);
  const auto newest = std::string(kMetadata) + SnapshotId{Offset(5), LeaderEpoch(1)}.file_name();
  REQUIRE(disk.files.flip_bit(newest, 70, 1));
  const auto seen = inspect(disk);
  REQUIRE(seen.damage.size() == 1);
  REQUIRE(seen.damage[0].file == newest);
  REQUIRE(seen.fatal_damage() == nullptr);
  REQUIRE(seen.voters == disk.voters);
}

/// Runs of all kinds, the last of them interrupted by a power cut; sometimes a bit flips.
void live_through(QuorumDisk& disk, Random& random) {
  std::int32_t term = 1;
  Offset kept{0};  // what a snapshot contains is committed, and never cut off
  for (auto runs = random.between(1, 4); runs > 0; --runs) {
    disk.run(term, static_cast<std::size_t>(random.between(1, 12)));
    if (random.chance(1, 3)) {
      disk.take_snapshot(term);
      kept = disk.open()->end();
    }
    term += static_cast<std::int32_t>(random.between(0, 2));
  }
  {
    const auto store = disk.open();
    disk.files.fail_call(random.below(30), ErrorCode::kIo, true);
    const raft::Entry entry{std::max(kept, store->end() - 3), raft::Term(term),
                            raft::VoterSet({disk.self, QuorumDisk::replica(2)})};
    // It may fail, wherever it is: that is what is looked at afterwards.
    (void)store
        ->save({1, raft::HardState{raft::Term(term), disk.self}, entry.offset, {entry}},
               QuorumDisk::kNow)
        .has_value();
  }
  disk.files.stop_failing();
  disk.files.power_cut();
  const auto files = disk.files.files();
  if (random.chance(1, 2)) {
    const auto& path = files[random.below(files.size())];
    disk.files.flip_bit(path, random.below(disk.files.size_of(path) + 1), 3);
  }
}

TEST_CASE("the inspection and a start agree, whatever happened to the disk") {
  std::size_t refused = 0;
  for (std::uint64_t seed = 0; seed < 600; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    QuorumDisk disk(seed);
    live_through(disk, random);
    const auto seen = inspect(disk);
    const auto opened = QuorumStore::open(disk.files, "/d", QuorumDisk::kNow, QuorumDisk::kSizes);
    REQUIRE(opened.has_value() == (seen.fatal_damage() == nullptr));
    if (!opened) {
      ++refused;
      continue;
    }
    REQUIRE(seen.voters == (*opened)->found().log.voters.latest());
    REQUIRE(seen.end == (*opened)->end());
    REQUIRE_FALSE(seen.log.damage.has_value());
  }
  REQUIRE(refused > 20);
}

}  // namespace
}  // namespace millrace::node
