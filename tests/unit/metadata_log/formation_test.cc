#include "node/metadata_log/formation.h"

#include "node/metadata_log/quorum_inspection.h"
#include "node/metadata_log/quorum_store.h"
#include "storage/whole_file.h"
#include "tests/support/catch.h"
#include "tests/support/sim_file_system.h"

namespace millrace::node {
namespace {

using storage::LogDirectory;

constexpr TimestampMs kNow{1'700'000'000'000};

Formation formation(std::uint8_t directory, bool with_voters = true) {
  const DirectoryId id(Uuid({directory}));
  const raft::VoterSet voters({{NodeId(1), id}, {NodeId(2), DirectoryId(Uuid({77}))}});
  return {{"cluster-1", NodeId(1), id}, with_voters ? std::optional(voters) : std::nullopt};
}

/// What a node finds there: the voters, or nothing when the directory is not formatted.
std::optional<raft::VoterSet> found(storage::FileSystem& files) {
  const auto identity = LogDirectory::identity_of(files, "/d");
  REQUIRE_OK(identity);
  if (!*identity) return std::nullopt;
  const auto store = QuorumStore::open(files, "/d", kNow, {});
  REQUIRE_OK(store);
  return (*store)->found().log.voters.latest();
}

TEST_CASE("a formed directory has its identity and, for a voter, the voters") {
  for (const bool voter : {true, false}) {
    sim::SimFileSystem files(1, {0, 0, 0});
    REQUIRE_OK(form(files, "/d", formation(9, voter), kNow));
    files.power_cut();
    REQUIRE(**LogDirectory::identity_of(files, "/d") == formation(9).identity);
    REQUIRE(found(files) == formation(9, voter).voters.value_or(raft::VoterSet()));
    REQUIRE_OK(LogDirectory::open(files, "/d", "cluster-1", NodeId(1)));
  }
}

TEST_CASE("a power cut at any moment leaves an unformatted directory or a whole one") {
  std::uint64_t unformatted = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    for (std::uint64_t call = 0;; ++call) {
      sim::SimFileSystem files(seed, {});
      files.fail_call(call, ErrorCode::kIo, true);
      const auto first = form(files, "/d", formation(9), kNow);
      files.stop_failing();
      files.power_cut();
      CAPTURE(seed, call);
      const auto after = found(files);
      if (first) REQUIRE(after.has_value());
      if (after) REQUIRE(*after == *formation(9).voters);
      if (!after) {
        // The directory of a node that never was: formed again, with another id, it has only that.
        ++unformatted;
        REQUIRE_OK(form(files, "/d", formation(5), kNow));
        files.power_cut();
        REQUIRE(**LogDirectory::identity_of(files, "/d") == formation(5).identity);
        REQUIRE(found(files) == formation(5).voters);
      }
      if (first) break;
    }
  }
  REQUIRE(unformatted > 20);
}

TEST_CASE("what a crash left of a voter's formation is no observer's quorum") {
  sim::SimFileSystem files(1, {1000, 0, 1000});
  REQUIRE_OK(files.create_directory("/d"));
  REQUIRE_OK(QuorumStore::form(files, "/d", *formation(9).voters, kNow));
  REQUIRE_OK(form(files, "/d", formation(9, false), kNow));
  REQUIRE(found(files)->empty());
}

TEST_CASE("a directory that lost the place for its votes is noticed") {
  for (const bool voter : {true, false}) {
    sim::SimFileSystem files(1, {});
    REQUIRE_OK(form(files, "/d", formation(9, voter), kNow));
    REQUIRE_OK(check_formed(files, "/d"));
    REQUIRE_OK(files.remove_file("/d/__cluster_metadata-0/quorum-state"));
    REQUIRE_ERROR(check_formed(files, "/d"), ErrorCode::kCorrupt);
  }
}

TEST_CASE("a directory that is in use, formatted or of something else is refused untouched") {
  sim::SimFileSystem files(1, {});
  REQUIRE_OK(files.create_directory("/d"));
  SECTION("in use") {
    const auto lock = LogDirectory::lock(files, "/d");
    REQUIRE_ERROR(form(files, "/d", formation(9), kNow), ErrorCode::kLocked);
  }
  SECTION("formatted") {
    REQUIRE_OK(form(files, "/d", formation(8), kNow));
    const auto before = files.files();
    REQUIRE_ERROR(form(files, "/d", formation(9), kNow), ErrorCode::kAlreadyExists);
    REQUIRE(files.files() == before);
  }
  SECTION("something else") {
    REQUIRE_OK(storage::replace_whole_file(files, "/d/photo.jpg", as_bytes("x")));
    REQUIRE_ERROR(form(files, "/d", formation(9), kNow), ErrorCode::kInvalidArgument);
    REQUIRE(files.files() == std::vector<std::string>{"/d/photo.jpg"});
  }
  SECTION("the log of a node that ran, without meta.properties") {
    REQUIRE_OK(QuorumStore::form(files, "/d", *formation(9).voters, kNow));
    REQUIRE_OK(QuorumStore::open(files, "/d", kNow, {}));
    const auto before = files.files();
    REQUIRE_ERROR(form(files, "/d", formation(9), kNow), ErrorCode::kInvalidArgument);
    REQUIRE(files.files() == before);
  }
}

}  // namespace
}  // namespace millrace::node
