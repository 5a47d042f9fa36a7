#include "storage/journal.h"

#include "storage/journal_codec.h"
#include "tests/support/catch.h"
#include "tests/support/sim_file_system.h"

namespace millrace::storage {
namespace {

const TopicPartitionId kId{TopicId(Uuid({1, 2, 3})), PartitionIndex(4)};

JournalRecord record_of(std::size_t bytes, Offset end) {
  JournalRecord record;
  record.cuts.push_back({kId, Offset(5), 77, Offset(6)});
  record.starts.push_back({kId, Offset(3)});
  record.extents.push_back({kId, Offset(5), 123, end,
                            BytesChain(SharedBytes::own(std::vector<std::uint8_t>(bytes, 'x')))});
  record.sums.push_back({kId, Offset(5), {{123, 9}, {456, 10}}});
  record.ends.push_back({kId, end});
  return record;
}

struct Disk {
  sim::SimFileSystem files{1, {}};
  Disk() {
    REQUIRE_OK(files.create_directory("/d"));
    REQUIRE_OK(files.sync_directory("/"));
  }
};

TEST_CASE("a record survives its bytes, and its size is known before it is encoded") {
  const JournalRecord record = record_of(1000, Offset(9));
  const BytesChain bytes = encode_journal_record(record, 3, 17);
  REQUIRE(journal_bytes(record) % kJournalAlignment == 0);
  REQUIRE(bytes.size() <= journal_bytes(record));
  const SharedBytes whole = SharedBytes::own(bytes.flatten());
  const auto header = decode_journal_header(whole.view());
  REQUIRE(header.has_value());
  REQUIRE(header->filling == 3);
  REQUIRE(header->sequence == 17);
  const auto decoded = decode_journal_record(*header, whole);
  REQUIRE(decoded.has_value());
  REQUIRE(*decoded == record);
}

TEST_CASE("every changed bit of a record is seen") {
  const std::vector<std::uint8_t> good =
      encode_journal_record(record_of(40, Offset(9)), 1, 1).flatten();
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      std::vector<std::uint8_t> bytes = good;
      bytes[at] = static_cast<std::uint8_t>(bytes[at] ^ (1U << bit));
      const auto header = decode_journal_header(bytes);
      if (!header || header->total_bytes() != bytes.size()) continue;
      REQUIRE_FALSE(decode_journal_record(*header, SharedBytes::own(bytes)).has_value());
    }
  }
}

TEST_CASE("records are read in the order they were written, across fillings") {
  Disk disk;
  auto journal = Journal::create(disk.files, "/d", kJournalBytesMin);
  REQUIRE_OK(journal);
  for (int i = 0; i < 30; ++i) {
    const JournalRecord record = record_of(40'000, Offset(i));
    REQUIRE(journal->has_room(journal_bytes(record)));
    REQUIRE_OK(journal->append(record));
    journal->release_before(journal->filling());
  }
  disk.files.power_cut();
  const auto contents = read_journal(disk.files, "/d");
  REQUIRE_OK(contents);
  REQUIRE_FALSE(contents->damage.has_value());
  REQUIRE(contents->records.size() > 12);
  for (std::size_t i = 1; i < contents->records.size(); ++i) {
    REQUIRE(contents->records[i].ends[0].end == contents->records[i - 1].ends[0].end + 1);
  }
  REQUIRE(contents->records.back().ends[0].end == Offset(29));
}

TEST_CASE("a full journal has no room until the other file is released") {
  Disk disk;
  auto journal = Journal::create(disk.files, "/d", kJournalBytesMin);
  REQUIRE_OK(journal);
  const JournalRecord record = record_of(100'000, Offset(1));
  int written = 0;
  while (journal->has_room(journal_bytes(record))) {
    REQUIRE_OK(journal->append(record));
    ++written;
  }
  REQUIRE(written == 10);
  journal->release_before(journal->filling() - 1);  // of a checkpoint that began too early
  REQUIRE_FALSE(journal->has_room(journal_bytes(record)));
  journal->release_before(journal->filling());
  REQUIRE(journal->has_room(journal_bytes(record)));
}

TEST_CASE("a bad record at the end is torn, one among good ones is damage") {
  for (const int broken : {0, 1, 2}) {
    Disk disk;
    auto journal = Journal::create(disk.files, "/d", kJournalBytesMin);
    REQUIRE_OK(journal);
    const JournalRecord record = record_of(1000, Offset(1));
    for (int i = 0; i < 3; ++i) REQUIRE_OK(journal->append(record));
    const std::uint64_t at = static_cast<std::uint64_t>(broken) * journal_bytes(record) + 200;
    const auto names = disk.files.files();
    REQUIRE(disk.files.flip_bit(names[0], at, 3));
    const auto contents = read_journal(disk.files, "/d");
    REQUIRE_OK(contents);
    if (broken == 2) {
      REQUIRE_FALSE(contents->damage.has_value());
      REQUIRE(contents->records.size() == 2);
    }
    if (broken == 1) {
      REQUIRE(contents->damage.has_value());
      REQUIRE(contents->records.size() == 2);  // the good ones on both sides are still redone
    }
  }
}

}  // namespace
}  // namespace millrace::storage
