#include "node/metadata_log/local_metadata_log.h"

#include <fmt/format.h>

#include "tests/support/catch.h"
#include "tests/support/sim_file_system.h"

namespace millrace::node {
namespace {

using controller::ConfigRecord;
using controller::MetadataTransaction;
constexpr TimestampMs kNow{1'700'000'000'000};
constexpr const char* kSegment = "/d/__cluster_metadata-0/00000000000000000000.log";

MetadataTransaction entry(std::int64_t number) {
  return {ConfigRecord{std::nullopt, "entry", std::to_string(number)},
          ConfigRecord{std::nullopt, std::string(static_cast<std::size_t>(number % 50), 'x'), ""}};
}

Result<std::unique_ptr<LocalMetadataLog>> open(sim::SimFileSystem& files) {
  return LocalMetadataLog::open(files, "/d", kNow);
}

void make_directory(sim::SimFileSystem& files) {
  REQUIRE_OK(files.create_directory("/d"));
  REQUIRE_OK(files.sync_directory("/"));
}

/// Everything in the log is what was appended; returns its end.
std::int64_t check(LocalMetadataLog& log) {
  const auto entries = log.read(Offset(0));
  REQUIRE_OK(entries);
  REQUIRE(Offset(static_cast<std::int64_t>(entries->size())) == log.end());
  for (std::size_t i = 0; i < entries->size(); ++i) {
    REQUIRE(((*entries)[i] == entry(static_cast<std::int64_t>(i))));
  }
  return log.end().value();
}

}  // namespace

TEST_CASE("the metadata log reads back what it took") {
  sim::SimFileSystem files(1, {});
  make_directory(files);
  for (int life = 0; life < 3; ++life) {
    auto log = open(files);
    REQUIRE_OK(log);
    for (int i = 0; i < 20; ++i) REQUIRE_OK((*log)->append(entry((*log)->end().value()), kNow));
    REQUIRE(check(**log) == 20 * (life + 1));
    REQUIRE((*log)->read(Offset(5)).value().size() == static_cast<std::size_t>(20 * life + 15));
  }
}

TEST_CASE("the metadata log loses nothing acknowledged at a power cut") {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    INFO(seed);
    sim::SimFileSystem files(seed, {});
    make_directory(files);
    Random random(seed);
    std::int64_t acked = 0;
    for (int life = 0; life < 5; ++life) {
      if (random.chance(1, 2)) files.fail_call(random.below(60), ErrorCode::kIo, true);
      auto log = open(files);
      if (log) {
        REQUIRE((*log)->end().value() <= acked + 1);
        REQUIRE((*log)->end().value() >= acked);
        acked = check(**log);
        for (std::uint64_t i = random.below(12); i > 0; --i) {
          if (!(*log)->append(entry(acked), kNow)) break;
          ++acked;
        }
      } else {
        REQUIRE(log.error().code == ErrorCode::kIo);
      }
      files.stop_failing();
      files.power_cut();
    }
    auto log = open(files);
    REQUIRE_OK(log);
    REQUIRE(check(**log) >= acked);
  }
}

TEST_CASE("a damaged metadata log does not start") {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    INFO(seed);
    sim::SimFileSystem files(seed, {});
    make_directory(files);
    {
      auto log = open(files);
      REQUIRE_OK(log);
      for (int i = 0; i < 10; ++i) REQUIRE_OK((*log)->append(entry(i), kNow));
    }
    files.power_cut();
    Random random(seed);
    // The last entry too: without the recorded end it would pass for torn.
    const auto at = random.below(files.size_of(kSegment));
    REQUIRE(files.flip_bit(kSegment, at, static_cast<unsigned>(random.below(8))));
    const auto log = open(files);
    REQUIRE_ERROR(log, ErrorCode::kCorrupt);
    REQUIRE(log.error().message.find("restore") != std::string::npos);
  }
}

TEST_CASE("a metadata log without its recorded end does not start") {
  sim::SimFileSystem files(1, {});
  make_directory(files);
  {
    auto log = open(files);
    for (int i = 0; i < 10; ++i) REQUIRE_OK((*log)->append(entry(i), kNow));
  }
  REQUIRE_OK(files.remove_file("/d/__cluster_metadata-0/durable-end"));
  REQUIRE_ERROR(open(files), ErrorCode::kCorrupt);
}

TEST_CASE("after a failed write the metadata log takes no more") {
  sim::SimFileSystem files(1, {});
  make_directory(files);
  auto log = open(files);
  REQUIRE_OK((*log)->append(entry(0), kNow));
  files.fail_call(1, ErrorCode::kIo);
  REQUIRE_ERROR((*log)->append(entry(1), kNow), ErrorCode::kIo);
  REQUIRE_ERROR((*log)->append(entry(1), kNow), ErrorCode::kIo);
}

TEST_CASE("a change over the limit is refused and harms nothing") {
  sim::SimFileSystem files(1, {});
  make_directory(files);
  auto log = open(files);
  const MetadataTransaction large{
      ConfigRecord{std::nullopt, std::string(kMetadataEntryBytesMax, 'x'), std::nullopt}};
  REQUIRE_ERROR((*log)->append(large, kNow), ErrorCode::kInvalidArgument);
  REQUIRE_OK((*log)->append(entry(0), kNow));
  REQUIRE(check(**log) == 1);
}

}  // namespace millrace::node
