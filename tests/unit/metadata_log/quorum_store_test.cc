#include "node/metadata_log/quorum_store.h"

#include <fmt/format.h>

#include "controller/metadata/apply.h"
#include "tests/support/catch.h"
#include "tests/support/sim_file_system.h"

namespace millrace::node {
namespace {

constexpr TimestampMs kNow{1'700'000'000'000};
/// So small that segments come and go.
constexpr QuorumStore::Sizes kSmall{700, 2};
const raft::VoterSet kVoters({{NodeId(1), DirectoryId(Uuid({1}))},
                              {NodeId(2), DirectoryId(Uuid({2}))}});

struct Fixture {
  explicit Fixture(std::uint64_t seed = 1) : files(seed, {}) {
    REQUIRE_OK(files.create_directory("/d"));
    REQUIRE_OK(files.sync_directory("/"));
    REQUIRE_OK(QuorumStore::form(files, "/d", kVoters, kNow));
    reopen();
  }

  void reopen() {
    store.reset();
    auto opened = QuorumStore::open(files, "/d", kNow, kSmall);
    REQUIRE_OK(opened);
    store = std::move(*opened);
  }
  raft::Save save_of(std::vector<raft::Entry> entries,
                     std::optional<Offset> truncate_to = std::nullopt) {
    return {++number, std::nullopt, truncate_to, std::move(entries)};
  }
  Status put(std::int32_t term, std::size_t count = 1) {
    std::vector<raft::Entry> entries;
    for (std::size_t i = 0; i < count; ++i) {
      const Offset offset = store->end() + static_cast<std::int64_t>(i);
      const auto text = fmt::format("command {} of term {}", offset.value(), term);
      entries.push_back(
          {offset, raft::Term(term), raft::Command{SharedBytes::copy_of(as_bytes(text))}});
    }
    return store->save(save_of(std::move(entries)), kNow);
  }
  Snapshot snapshot_at(Offset end) {
    auto image = controller::MetadataImage::empty();
    while (image->end_offset() < end) image = controller::apply_records(*image, {}).value();
    return {kVoters, image};
  }

  sim::SimFileSystem files;
  std::unique_ptr<QuorumStore> store;
  std::uint64_t number = 0;
};

/// The terms of all entries, as a string of digits.
std::string terms(const raft::Found& found) {
  const auto history = raft::Log(found.log).terms();
  std::string text;
  for (Offset at = history.start().end; at < history.end(); ++at)
    text += std::to_string(history.term_before(at + 1).value());
  return text;
}

TEST_CASE("a formed disk knows its voters, an empty one none") {
  Fixture f;
  REQUIRE(f.store->found().log.voters.latest() == kVoters);
  REQUIRE(f.store->end() == Offset(0));
  REQUIRE_ERROR(QuorumStore::form(f.files, "/d", kVoters, kNow), ErrorCode::kAlreadyExists);
  REQUIRE_OK(f.files.create_directory("/e"));
  const auto empty = QuorumStore::open(f.files, "/e", kNow, kSmall);
  REQUIRE_OK(empty);
  REQUIRE((*empty)->found().log.voters.latest().empty());
}

TEST_CASE("what was saved is found again: entries, terms, vote, voters") {
  Fixture f;
  const raft::HardState hard{raft::Term(4), {NodeId(2), DirectoryId(Uuid({2}))}};
  REQUIRE_OK(f.put(1, 3));
  REQUIRE_OK(f.store->save({++f.number,
                            hard,
                            std::nullopt,
                            {{Offset(3), raft::Term(4), raft::LeaderChange{}},
                             {Offset(4), raft::Term(4), raft::VoterSet({*kVoters.begin()})}}},
                           kNow));
  REQUIRE_OK(f.put(4, 30));  // over several segments
  f.files.power_cut();
  f.reopen();
  REQUIRE(f.store->found().hard == hard);
  REQUIRE(terms(f.store->found()) == "111" + std::string(32, '4'));
  REQUIRE(f.store->found().log.voters.latest().size() == 1);
  REQUIRE(f.store->found().log.voters.at(Offset(4)) == kVoters);
  const auto entries = f.store->read(Offset(2), 1 << 20);
  REQUIRE_OK(entries);
  REQUIRE(entries->front().offset == Offset(2));
}

TEST_CASE("a cut survives, whichever segment it is in") {
  for (std::int64_t end = 0; end <= 20; ++end) {
    Fixture f;
    REQUIRE_OK(f.put(1, 20));
    REQUIRE_OK(f.store->save(
        f.save_of({{Offset(end), raft::Term(2), raft::LeaderChange{}}}, Offset(end)), kNow));
    REQUIRE_OK(f.put(2, 3));
    f.files.power_cut();
    f.reopen();
    REQUIRE(terms(f.store->found()) == std::string(static_cast<std::size_t>(end), '1') + "2222");
  }
}

TEST_CASE("a snapshot lets the log before it go, and is found again") {
  Fixture f;
  for (int i = 1; i <= 4; ++i) {
    REQUIRE_OK(f.put(1, 20));
    const SnapshotId id{f.store->end(), LeaderEpoch(1)};
    const auto taken = f.store->take_snapshot(id, f.snapshot_at(id.end), kNow);
    REQUIRE_OK(taken);
    REQUIRE(taken->id.end == id.end);
    REQUIRE(taken->log_start.end == Offset(i < 3 ? (i - 1) * 20 : (i - 1) * 20));
  }
  f.files.power_cut();
  f.reopen();
  REQUIRE(f.store->found().log.start == raft::LogPosition{raft::Term(1), Offset(60)});
  REQUIRE(f.store->found().snapshot == raft::LogPosition{raft::Term(1), Offset(80)});
  REQUIRE(f.store->image()->end_offset() == Offset(80));
  REQUIRE(f.store->read(Offset(0), 100)->empty());
  REQUIRE_FALSE(f.store->read(Offset(60), 100)->empty());
}

/// The snapshot of another replica, in pieces.
std::vector<raft::SaveChunk> chunks_of(Fixture& other, SnapshotId id) {
  REQUIRE_OK(other.store->take_snapshot(id, other.snapshot_at(id.end), kNow));
  std::vector<raft::SaveChunk> chunks;
  const raft::LogPosition position{raft::Term(id.epoch.value()), id.end};
  for (std::uint64_t at = 0; chunks.empty() || !chunks.back().last;) {
    const auto read = other.store->read({{}, position, at, 100});
    REQUIRE_OK(read);
    REQUIRE(read->found);
    chunks.push_back({position, at, read->bytes, read->last});
    at += read->bytes.size();
  }
  return chunks;
}

TEST_CASE("a snapshot from elsewhere takes the place of the log") {
  Fixture leader;
  REQUIRE_OK(leader.put(3, 30));
  const auto chunks = chunks_of(leader, {Offset(30), LeaderEpoch(3)});
  REQUIRE(chunks.size() > 2);
  Fixture f;
  REQUIRE_OK(f.put(1, 10));
  for (const auto& chunk : chunks) {
    const auto stored = f.store->save(chunk, kNow);
    REQUIRE_OK(stored);
    REQUIRE(stored->has_value() == chunk.last);
    if (chunk.last) REQUIRE((*stored)->voters == kVoters);
  }
  REQUIRE(f.store->end() == Offset(30));
  REQUIRE_OK(f.put(4, 2));
  f.files.power_cut();
  f.reopen();
  REQUIRE(f.store->found().log.start == raft::LogPosition{raft::Term(3), Offset(30)});
  REQUIRE(terms(f.store->found()) == "44");
}

TEST_CASE("a damaged snapshot from elsewhere changes nothing") {
  Fixture leader;
  REQUIRE_OK(leader.put(3, 30));
  auto chunks = chunks_of(leader, {Offset(30), LeaderEpoch(3)});
  auto bytes =
      std::vector<std::uint8_t>(chunks[1].bytes.view().begin(), chunks[1].bytes.view().end());
  bytes[10] ^= 4;
  chunks[1].bytes = SharedBytes::own(std::move(bytes));
  Fixture f;
  REQUIRE_OK(f.put(1, 10));
  for (const auto& chunk : chunks) {
    const auto stored = f.store->save(chunk, kNow);
    REQUIRE_OK(stored);
    if (chunk.last) REQUIRE_FALSE((*stored)->voters.has_value());
  }
  REQUIRE(f.store->end() == Offset(10));
  f.reopen();
  REQUIRE(terms(f.store->found()) == std::string(10, '1'));
}

TEST_CASE("a power cut at any call leaves the old log or the new snapshot") {
  Fixture leader;
  REQUIRE_OK(leader.put(3, 30));
  const auto chunks = chunks_of(leader, {Offset(30), LeaderEpoch(3)});
  int installed = 0;
  int kept = 0;
  for (std::uint64_t call = 0; call < 120; ++call) {
    INFO(call);
    Fixture f(call);
    REQUIRE_OK(f.put(1, 40));  // longer, and of another term
    f.files.fail_call(call, ErrorCode::kIo, true);
    for (const auto& chunk : chunks) {
      if (!f.store->save(chunk, kNow)) break;
    }
    f.files.stop_failing();
    f.files.power_cut();
    f.reopen();
    const bool is_new = f.store->found().log.start.end == Offset(30);
    ++(is_new ? installed : kept);
    REQUIRE(terms(f.store->found()) == (is_new ? "" : std::string(40, '1')));
    REQUIRE_OK(f.put(5, 2));
    f.reopen();
    REQUIRE(terms(f.store->found()).ends_with("55"));
  }
  REQUIRE(installed > 0);
  REQUIRE(kept > 0);
}

TEST_CASE("a power cut never leaves an entry of a term that the replica does not know") {
  const raft::HardState hard{raft::Term(4), {NodeId(2), DirectoryId(Uuid({2}))}};
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    for (std::uint64_t call = 0; call < 12; ++call) {
      Fixture f(seed);
      REQUIRE_OK(f.put(1, 2));
      f.files.fail_call(call, ErrorCode::kIo, true);
      // As the disk's thread gathers it: the new term, and what its leader sent right after.
      (void)f.store
          ->save(
              {++f.number, hard, std::nullopt, {{Offset(2), raft::Term(4), raft::LeaderChange{}}}},
              kNow)
          .has_value();
      f.files.stop_failing();
      f.files.power_cut();
      f.reopen();
      CAPTURE(seed, call, terms(f.store->found()));
      REQUIRE((f.store->end() == Offset(2) || f.store->found().hard == hard));
    }
  }
}

TEST_CASE("lost or damaged entries are said, and nothing is touched") {
  const auto segment = "/d/__cluster_metadata-0/00000000000000000000.log";
  Fixture f;
  REQUIRE_OK(f.put(1, 3));
  f.store.reset();
  SECTION("a bit") {
    REQUIRE(f.files.flip_bit(segment, 70, 1));
  }
  SECTION("the end") {
    const auto file = f.files.open(segment, storage::OpenMode::kReadWrite);
    REQUIRE_OK((*file)->truncate(f.files.size_of(segment) - 1));
  }
  SECTION("the segment") {
    REQUIRE_OK(f.files.remove_file(segment));
  }
  SECTION("the only snapshot, which says who votes") {
    const SnapshotId formed{Offset(0), LeaderEpoch(0)};
    REQUIRE(f.files.flip_bit("/d/__cluster_metadata-0/" + formed.file_name(), 70, 1));
  }
  REQUIRE_ERROR(QuorumStore::open(f.files, "/d", kNow, kSmall), ErrorCode::kCorrupt);
}

TEST_CASE("a full disk refuses a save as a whole, and takes it later") {
  Fixture f;
  REQUIRE_OK(f.put(1, 2));
  for (std::uint64_t room = 0; room < 1200; room += 37) {
    std::uint64_t used = 0;
    for (const auto& path : f.files.files()) used += f.files.size_of(path);
    f.files.set_capacity(used + room);
    const Offset before = f.store->end();
    const auto saved = f.put(1, 5);
    REQUIRE(f.store->end() == (saved ? before + 5 : before));
    if (!saved) REQUIRE_SAME_CODE(saved.error().code, ErrorCode::kNoSpace);
    f.files.set_capacity(std::nullopt);
  }
  REQUIRE_OK(f.put(1, 5));
  const auto length = static_cast<std::size_t>(f.store->end().value());
  f.reopen();
  REQUIRE(terms(f.store->found()) == std::string(length, '1'));
}

}  // namespace
TEST_CASE("a save that meets a full disk half way leaves nothing, and can be tried again") {
  for (std::uint64_t room = 0; room < 1000; room += 20) {
    Fixture fixture;
    REQUIRE_OK(fixture.put(1, 3));
    const auto end = fixture.store->end();
    const auto space = fixture.files.space("/d").value();
    fixture.files.set_capacity(space.total_bytes - space.free_bytes + room);
    const auto saved = fixture.put(2, 6);
    if (!saved) {
      REQUIRE_ERROR(saved, ErrorCode::kNoSpace);
      REQUIRE(fixture.store->end() == end);
    }
    fixture.files.set_capacity(std::nullopt);
    if (!saved) REQUIRE_OK(fixture.put(2, 6));
    fixture.reopen();
    REQUIRE(fixture.store->end() == end + 6);
    REQUIRE(terms(fixture.store->found()) == "111222222");
  }
}

TEST_CASE("a full disk is met before an entry is taken") {
  Fixture fixture;
  REQUIRE_OK(fixture.store->reserve());
  const auto used = fixture.files.space("/d")->total_bytes - fixture.files.space("/d")->free_bytes;
  fixture.files.set_capacity(used + 1000);
  REQUIRE_OK(fixture.store->reserve());  // enough is left of what was reserved
  REQUIRE_OK(fixture.put(1));
  fixture.reopen();
  REQUIRE_ERROR(fixture.store->reserve(), ErrorCode::kNoSpace);
  fixture.files.set_capacity(std::nullopt);
  REQUIRE_OK(fixture.store->reserve());
  REQUIRE_OK(fixture.put(1, 20));
}

}  // namespace millrace::node
