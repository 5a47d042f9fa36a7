#include "storage/segment_scan.h"

#include "proto/kafka/records/assign.h"
#include "storage/sum.h"
#include "tests/support/catch.h"
#include "tests/support/log_driver.h"

namespace millrace::storage {
namespace {

/// A file with three batches of two records from offset 10 on, and their sums.
struct Sample {
  sim::SimFileSystem disk{1, {}};
  std::shared_ptr<File> file;
  std::vector<SumEntry> sums;
  std::uint64_t size = 0;

  Sample() {
    auto opened = disk.open("/x.log", OpenMode::kCreateReadWrite);
    REQUIRE_OK(opened);
    file = *opened;
    for (int i = 0; i < 3; ++i) add(10 + i * 2, 1 + i);
  }
  void add(std::int64_t base, int epoch) {
    auto batch = sim::make_batch({.records = 2});
    BytesChain bytes(kafka::assign(batch, Offset(base), LeaderEpoch(epoch), std::nullopt));
    sums.push_back(
        {static_cast<std::uint32_t>(size), sum_of(sim::LogDriver::id(), bytes.pieces()[0].view())});
    bytes.append(batch.bytes.slice(kafka::kBatchHeaderBytes));
    const auto flat = bytes.flatten();
    const std::array<ByteView, 1> pieces{flat};
    REQUIRE_OK(file->write_at(size, pieces));
    size += flat.size();
  }
  ScanEnd scan(std::int64_t acked_end = 0, bool with_sums = true) {
    SegmentScan walk{sim::LogDriver::id(),
                     *file,
                     0,
                     size,
                     Offset(10),
                     with_sums ? std::span<const SumEntry>(sums) : std::span<const SumEntry>(),
                     Offset(acked_end)};
    return walk.run([](const kafka::BatchHeader&, std::uint64_t, std::uint32_t) {});
  }
};

}  // namespace

TEST_CASE("segment scan: good batches, with and without sums") {
  Sample sample;
  for (const bool with_sums : {true, false}) {
    const ScanEnd end = sample.scan(0, with_sums);
    REQUIRE_FALSE(end.fault.has_value());
    REQUIRE(end.next_offset == Offset(16));
    REQUIRE(end.position == sample.size);
  }
}

TEST_CASE("segment scan: below the acked end every batch needs its sum") {
  Sample sample;
  sample.sums.pop_back();
  REQUIRE_FALSE(sample.scan(14).fault.has_value());
  const ScanEnd end = sample.scan(15);
  REQUIRE(end.fault == "the checksum of the batch is missing");
  REQUIRE(end.next_offset == Offset(14));
}

TEST_CASE("segment scan: neighbours must agree") {
  Sample sample;
  SECTION("offsets") {
    sample.add(15, 3);
    REQUIRE(sample.scan().fault == "offsets go back");
  }
  SECTION("epochs") {
    sample.add(16, 2);
    REQUIRE(sample.scan().fault == "leader epochs go back");
  }
  SECTION("a gap needs a sum that vouches for it") {
    sample.add(20, 3);
    REQUIRE_FALSE(sample.scan().fault.has_value());
    REQUIRE(sample.scan(0, false).fault == "offsets leave a gap");
  }
}

TEST_CASE("segment scan: a failed read is told from bad bytes") {
  Sample sample;
  sample.disk.power_cut();  // the handle is dead
  const ScanEnd end = sample.scan();
  REQUIRE(end.fault.has_value());
  REQUIRE(end.unreadable);
}

}  // namespace millrace::storage
