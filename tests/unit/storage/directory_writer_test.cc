#include "storage/directory_writer.h"

#include "tests/support/catch.h"
#include "tests/support/sim_file_system.h"

namespace millrace::storage {
namespace {

/// A writer with one log at /d/t-0 and its first segment.
struct Fixture {
  sim::SimFileSystem files{1, {0, 0, 0}};  // what is not synced is lost
  TopicPartitionId id{TopicId(Uuid({7})), PartitionIndex(0)};
  std::shared_ptr<SegmentFiles> segment =
      std::make_shared<SegmentFiles>(SegmentFiles{"/d/t-0", Offset(0), nullptr});
  std::unique_ptr<DirectoryWriter> writer;
  std::uint64_t position = 0;
  std::int64_t end = 0;

  Fixture() {
    REQUIRE_OK(files.create_directory("/d"));
    REQUIRE_OK(files.create_directory("/d/t-0"));
    REQUIRE_OK(files.sync_directory("/d"));
    REQUIRE_OK(files.sync_directory("/"));
    auto journal = Journal::create(files, "/d", kJournalBytesMin);
    REQUIRE_OK(journal);
    writer = std::make_unique<DirectoryWriter>(files, "/d", std::move(*journal));
    writer->add_log({id, "t", "/d/t-0", Offset(0), Offset(0)});
    writer->submit(CreateSegmentOp{{id, 0}, segment, 0});
  }

  AppendOp append(std::size_t bytes, Durability durability = Durability::kFsync,
                  std::uint32_t generation = 0) {
    AppendOp op{{id, generation},
                segment,
                position,
                BytesChain(SharedBytes::own(std::vector<std::uint8_t>(bytes, 'b'))),
                {{static_cast<std::uint32_t>(position), 1}},
                Offset(++end),
                LeaderEpoch(0),
                durability};
    position += bytes;
    return op;
  }

  bool round() {
    auto round = writer->start_round();
    if (!round) return false;
    round->run(run_in_order);
    writer->finish_round(std::move(round));
    return true;
  }
};

template <class Event>
std::vector<Event> only(const std::vector<WriterEvent>& events) {
  std::vector<Event> found;
  for (const auto& event : events) {
    if (const auto* wanted = std::get_if<Event>(&event)) found.push_back(*wanted);
  }
  return found;
}

TEST_CASE("written comes at once, durable only after the round, and then it is in the journal") {
  Fixture f;
  f.writer->submit(f.append(100));
  f.writer->submit(f.append(100));
  auto events = f.writer->take_events();
  REQUIRE(only<LogWritten>(events).back().end_offset == Offset(2));
  REQUIRE(only<LogDurable>(events).empty());
  REQUIRE(f.round());
  REQUIRE(only<LogDurable>(f.writer->take_events()).back().end_offset == Offset(2));
  REQUIRE(f.writer->counters().journal_rounds == 1);
  f.files.power_cut();
  const auto journal = read_journal(f.files, "/d");
  REQUIRE_OK(journal);
  REQUIRE(journal->records.back().ends[0].end == Offset(2));
  REQUIRE(journal->records.back().extents.size() == 2);
}

TEST_CASE("a large write syncs its file; the journal has its end and sum alone") {
  Fixture f;
  f.writer->submit(f.append(kJournalBytesPerFileMax + 1));
  REQUIRE(f.round());
  f.files.power_cut();
  REQUIRE(f.files.size_of("/d/t-0/00000000000000000000.log") == kJournalBytesPerFileMax + 1);
  const auto journal = read_journal(f.files, "/d");
  REQUIRE_OK(journal);
  REQUIRE(journal->records.back().extents.empty());
  REQUIRE(journal->records.back().sums.size() == 1);
}

TEST_CASE("what is appended while a round is out belongs to the next") {
  Fixture f;
  f.writer->submit(f.append(100));
  auto round = f.writer->start_round();
  REQUIRE(round);
  f.writer->submit(f.append(100));
  REQUIRE_FALSE(f.writer->start_round());
  round->run(run_in_order);
  f.writer->finish_round(std::move(round));
  REQUIRE(only<LogDurable>(f.writer->take_events()).back().end_offset == Offset(1));
  REQUIRE(f.round());
  REQUIRE(only<LogDurable>(f.writer->take_events()).back().end_offset == Offset(2));
}

TEST_CASE("memory durability asks for no round; a flush makes it durable") {
  Fixture f;
  f.writer->submit(f.append(100, Durability::kMemory));
  REQUIRE_FALSE(f.round());
  f.writer->submit(FlushOp{{f.id, 0}, Offset(1)});
  REQUIRE(f.round());
  REQUIRE(only<LogDurable>(f.writer->take_events()).back().end_offset == Offset(1));
}

TEST_CASE("a switch from memory to fsync makes the older bytes durable too") {
  Fixture f;
  f.writer->submit(f.append(100, Durability::kMemory));
  f.writer->submit(f.append(100));
  REQUIRE(f.round());
  f.files.power_cut();
  REQUIRE(f.files.size_of("/d/t-0/00000000000000000000.log") == 200);
}

TEST_CASE("a full disk takes back one write and drops what was queued behind it") {
  Fixture f;
  f.writer->submit(f.append(100));
  f.files.set_capacity(0);
  f.writer->submit(f.append(100));
  f.writer->submit(f.append(100));
  f.files.set_capacity(std::nullopt);
  const auto events = f.writer->take_events();
  const auto failed = only<LogWriteFailed>(events);
  REQUIRE(failed.size() == 1);
  REQUIRE(failed[0].good_end == Offset(1));
  REQUIRE_SAME_CODE(failed[0].error.code, ErrorCode::kNoSpace);
  REQUIRE(only<LogWritten>(events).back().end_offset == Offset(1));
  REQUIRE(f.files.size_of("/d/t-0/00000000000000000000.log") == 100);
  f.position = 100;
  f.end = 1;
  f.writer->submit(f.append(50, Durability::kFsync, 1));
  REQUIRE(f.round());
  REQUIRE(only<LogDurable>(f.writer->take_events()).back().end_offset == Offset(2));
  REQUIRE_FALSE(f.writer->fenced().has_value());
}

TEST_CASE("any other failure, at any call, fences the directory and acks nothing more") {
  for (std::uint64_t call = 0; call < 6; ++call) {
    Fixture f;
    f.files.fail_call(call, ErrorCode::kIo);
    f.writer->submit(f.append(100));
    f.round();
    f.files.stop_failing();
    auto events = f.writer->take_events();
    if (!f.writer->fenced()) continue;  // the scenario is over before this call
    REQUIRE(only<DirectoryFenced>(events).size() == 1);
    REQUIRE(only<LogDurable>(events).empty());
    f.writer->submit(f.append(100));
    REQUIRE_FALSE(f.round());
    REQUIRE(f.writer->take_events().empty());
  }
}

TEST_CASE("operations of a removed log are dropped") {
  Fixture f;
  f.writer->submit(f.append(100));
  f.writer->remove_log(f.id);
  f.writer->submit(f.append(100));
  REQUIRE_FALSE(f.round());
  REQUIRE(f.files.size_of("/d/t-0/00000000000000000000.log") == 100);
}

TEST_CASE("files that a checkpoint has in hand are removed after it") {
  Fixture f;
  f.writer->submit(f.append(100));
  REQUIRE(f.round());
  auto checkpoint = f.writer->start_checkpoint();
  REQUIRE(checkpoint);
  REQUIRE_FALSE(f.writer->quiet());
  f.writer->submit(DeleteSegmentsOp{{f.id, 0}, {f.segment}, Offset(1), {}});
  REQUIRE(f.round());
  REQUIRE(f.files.size_of("/d/t-0/00000000000000000000.log") == 100);
  checkpoint->run(run_in_order);
  f.writer->finish_checkpoint(std::move(checkpoint));
  for (const auto& path : f.files.files()) REQUIRE_FALSE(path.starts_with("/d/t-0/"));
  REQUIRE_FALSE(f.writer->fenced().has_value());
}

TEST_CASE("a full journal waits for a checkpoint, and nothing is lost") {
  Fixture f;
  while (true) {
    f.writer->submit(f.append(60'000));
    if (!f.round()) break;
    REQUIRE(f.position < 4 * kJournalBytesMin);
  }
  REQUIRE(f.writer->wants_checkpoint());
  auto checkpoint = f.writer->start_checkpoint();
  REQUIRE(checkpoint);
  checkpoint->run(run_in_order);
  f.writer->finish_checkpoint(std::move(checkpoint));
  REQUIRE(f.round());
  REQUIRE(only<LogDurable>(f.writer->take_events()).back().end_offset == Offset(f.end));
}

TEST_CASE("a checkpoint is wanted after many bytes, though the journal is nearly empty") {
  constexpr std::size_t kLarge = kCheckpointEveryBytes / 8;
  Fixture f;
  for (int life = 0; life < 2; ++life) {
    for (int i = 0; i < 8; ++i) {
      REQUIRE_FALSE(f.writer->wants_checkpoint());
      f.writer->submit(f.append(kLarge));
      REQUIRE(f.round());
    }
    REQUIRE(f.writer->counters().journal_rounds == 0);
    REQUIRE(f.writer->wants_checkpoint());
    auto checkpoint = f.writer->start_checkpoint();
    checkpoint->run(run_in_order);
    f.writer->finish_checkpoint(std::move(checkpoint));
  }
}

}  // namespace
}  // namespace millrace::storage
