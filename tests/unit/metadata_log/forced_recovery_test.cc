#include "node/metadata_log/forced_recovery.h"

#include <limits>

#include "raft/raft.h"
#include "tests/support/catch.h"
#include "tests/unit/metadata_log/quorum_disk.h"

namespace millrace::node {
namespace {

constexpr TimestampMs kNow = QuorumDisk::kNow;

/// Starts the real core on the disk, lets time pass until it leads, and returns it.
raft::Raft start_alone(QuorumStore& store, const raft::Replica& self) {
  MonotonicTime now{};
  raft::Config config;
  config.self = self;
  raft::Raft raft(config, store.found(), 1, now);
  for (int i = 0; i < 200 && !(raft.is_leader() && raft.committed_end() == store.end()); ++i) {
    now += std::chrono::milliseconds(25);
    raft.tick(now);
    for (auto output = raft.take_output(); !output.empty(); output = raft.take_output()) {
      for (const auto& save : output.saves) {
        REQUIRE_OK(store.save(save, kNow));
        raft.step(raft::Saved{save.number}, now);
      }
    }
  }
  raft.check_invariants();
  return raft;
}

TEST_CASE("the only disk that is left forms the quorum, with all that it holds") {
  QuorumDisk disk;
  disk.run(4, 10);
  {
    const auto store = disk.open();
    REQUIRE_FALSE(start_alone(*store, disk.self).is_leader());  // two of three are gone
  }
  const auto done = recover_quorum(disk.files, "/d", kNow);
  REQUIRE_OK(done);
  REQUIRE(done->self == disk.self);
  REQUIRE(done->voters_before == disk.voters);
  REQUIRE(done->offset == Offset(10));
  REQUIRE(done->term.value() >= 4 + kForcedTermStep);
  disk.files.power_cut();
  const auto store = disk.open();
  const auto leader = start_alone(*store, disk.self);
  REQUIRE(leader.is_leader());
  REQUIRE(leader.voters() == raft::VoterSet({disk.self}));
  REQUIRE(leader.committed_end() == Offset(12));  // the entry, and the first of the leader's term
  REQUIRE((*store->read(Offset(9), 1))[0].term == raft::Term(4));
}

TEST_CASE("the disk of an observer can be the one that is left") {
  QuorumDisk disk;
  const raft::VoterSet others({QuorumDisk::replica(2), QuorumDisk::replica(3)});
  {
    const auto store = disk.open();
    disk.append(*store, 2, others);
  }
  REQUIRE_OK(recover_quorum(disk.files, "/d", kNow));
  const auto store = disk.open();
  REQUIRE(start_alone(*store, disk.self).is_leader());
}

TEST_CASE("a damaged snapshot does not keep from recovery what another one leads up to") {
  QuorumDisk disk;
  disk.run(1, 5);
  disk.take_snapshot(1);
  REQUIRE(disk.files.flip_bit(
      "/d/__cluster_metadata-0/" + SnapshotId{Offset(5), LeaderEpoch(1)}.file_name(), 70, 1));
  REQUIRE_OK(recover_quorum(disk.files, "/d", kNow));
  const auto store = disk.open();
  REQUIRE(start_alone(*store, disk.self).is_leader());
}

TEST_CASE("the log is kept beside as it was") {
  QuorumDisk disk;
  disk.run(4, 10);
  const std::string original = "/d/__cluster_metadata-0/";
  std::vector<std::pair<std::string, std::uint64_t>> before;
  for (const auto& path : disk.files.files()) {
    if (path.starts_with(original))
      before.emplace_back(path.substr(original.size()), disk.files.size_of(path));
  }
  const auto done = recover_quorum(disk.files, "/d", kNow);
  REQUIRE(done->backup == "/d/__cluster_metadata-0.1.before-recovery");
  for (const auto& [name, size] : before)
    REQUIRE(disk.files.size_of(done->backup + "/" + name) == size);
  // Put back, it is the quorum of three again, and the next copy takes the next name.
  for (const auto& path : disk.files.files()) {
    if (path.starts_with(original)) REQUIRE_OK(disk.files.remove_file(path));
  }
  REQUIRE_OK(disk.files.remove_directory("/d/__cluster_metadata-0"));
  REQUIRE_OK(disk.files.rename(done->backup, "/d/__cluster_metadata-0"));
  REQUIRE(disk.open()->found().log.voters.latest() == disk.voters);
  REQUIRE_OK(disk.files.create_directory(done->backup));
  const auto again = recover_quorum(disk.files, "/d", kNow);
  REQUIRE_OK(again);
  REQUIRE(again->backup == "/d/__cluster_metadata-0.2.before-recovery");
}

TEST_CASE("a power cut at any moment leaves the three, or the one, and never less of the log") {
  std::size_t undone = 0;
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    for (std::uint64_t call = 0;; ++call) {
      CAPTURE(seed, call);
      QuorumDisk disk(seed);
      disk.run(4, 10);
      disk.files.fail_call(call, ErrorCode::kIo, true);
      const auto first = recover_quorum(disk.files, "/d", kNow);
      disk.files.stop_failing();
      disk.files.power_cut();
      const auto voters = disk.open()->found().log.voters.latest();
      const bool alone = voters == raft::VoterSet({disk.self});
      REQUIRE((alone || (!first && voters == disk.voters)));
      if (first) break;
      const auto second = recover_quorum(disk.files, "/d", kNow);
      if (alone) REQUIRE_ERROR(second, ErrorCode::kAlreadyExists);
      if (!alone) REQUIRE_OK(second);
      undone += !alone;
      REQUIRE(disk.open()->end() == Offset(11));
    }
  }
  REQUIRE(undone > 20);
}

TEST_CASE("what cannot be recovered is refused untouched") {
  QuorumDisk disk;
  disk.run(4, 10);
  auto wanted = ErrorCode::kIo;
  std::string directory = "/d";
  std::unique_ptr<storage::DirectoryLock> lock;
  SECTION("a node that runs") {
    lock = *storage::LogDirectory::lock(disk.files, "/d");
    wanted = ErrorCode::kLocked;
  }
  SECTION("a damaged log") {
    REQUIRE(disk.files.flip_bit("/d/__cluster_metadata-0/00000000000000000000.log", 70, 1));
    wanted = ErrorCode::kCorrupt;
  }
  SECTION("a directory that is not formatted") {
    REQUIRE_OK(disk.files.create_directory("/e"));
    directory = "/e";
    wanted = ErrorCode::kNotFound;
  }
  SECTION("a node that never met the quorum") {
    directory = "/e";
    REQUIRE_OK(
        form(disk.files, "/e", {{"cluster-1", NodeId(4), DirectoryId(Uuid({4}))}, {}}, kNow));
    wanted = ErrorCode::kInvalidArgument;
  }
  SECTION("terms that have come to their end") {
    disk.run(std::numeric_limits<std::int32_t>::max() - 2 * kForcedTermStep + 1, 1);
    wanted = ErrorCode::kLimitReached;
  }
  const auto calls = disk.files.call_count();
  REQUIRE_ERROR(recover_quorum(disk.files, directory, kNow), wanted);
  REQUIRE(disk.files.call_count() == calls);
}

}  // namespace
}  // namespace millrace::node
