#include "node/metadata_log/quorum_state.h"

#include "tests/support/catch.h"
#include "tests/support/sim_file_system.h"

namespace millrace::node {
namespace {

QuorumState::Content content(std::int32_t number) {
  return {{raft::Term(number), {NodeId(number), DirectoryId(Uuid({1, 2, 3}))}},
          Offset(10 * number),
          Offset(number)};
}

TEST_CASE("the state of the quorum survives a power cut, whole or not at all") {
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    sim::SimFileSystem files(seed, {});
    REQUIRE_OK(files.create_directory("/d"));
    REQUIRE_OK(files.sync_directory("/"));
    std::int32_t recorded = 0;
    for (int life = 0; life < 4; ++life) {
      auto state = QuorumState::open(files, "/d");
      REQUIRE_OK(state);
      REQUIRE(state->is_new() == (recorded == 0));
      if (recorded > 0) {
        // A record that was begun may be there, or the one before.
        const auto found = state->content().hard.term.value();
        REQUIRE((found == recorded || found == recorded + 1));
        REQUIRE(state->content() == content(found));
        recorded = found;
      }
      for (int i = 0; i < 3; ++i) REQUIRE_OK(state->record(content(++recorded)));
      files.fail_call(seed % 2, ErrorCode::kIo, true);
      REQUIRE_FALSE(state->record(content(recorded + 1)).has_value());
      files.stop_failing();
      files.power_cut();
    }
  }
}

TEST_CASE("no vote is forgotten for one sector that rots") {
  sim::SimFileSystem files(1, {});
  REQUIRE_OK(files.create_directory("/d"));
  REQUIRE_OK(files.sync_directory("/"));
  auto state = QuorumState::open(files, "/d");
  REQUIRE_OK(state->record(content(1)));
  REQUIRE_OK(state->record(content(2)));
  for (std::uint64_t copy = 0; copy < 4; ++copy) {
    REQUIRE(files.flip_bit("/d/quorum-state", 512 * copy + 20, 3));
    REQUIRE(QuorumState::open(files, "/d")->content() == content(2));
    REQUIRE(files.flip_bit("/d/quorum-state", 512 * copy + 20, 3));
  }
  // Both copies of the second record, which lie first: as after a write that a crash has torn.
  REQUIRE(files.flip_bit("/d/quorum-state", 20, 3));
  REQUIRE(files.flip_bit("/d/quorum-state", 512 + 20, 3));
  REQUIRE(QuorumState::open(files, "/d")->content() == content(1));
}

TEST_CASE("looking at the state changes nothing") {
  sim::SimFileSystem files(1, {});
  REQUIRE_OK(files.create_directory("/d"));
  REQUIRE_FALSE(QuorumState::look(files, "/d")->has_value());
  REQUIRE(files.files().empty());
  auto state = QuorumState::open(files, "/d");
  REQUIRE_FALSE(QuorumState::look(files, "/d")->has_value());
  REQUIRE_OK(state->record(content(1)));
  const auto calls = files.call_count();
  REQUIRE(QuorumState::look(files, "/d")->value() == content(1));
  REQUIRE(files.call_count() == calls);
}

}  // namespace
}  // namespace millrace::node
