#include "node/metadata_log/local_metadata_log.h"

#include <fmt/format.h>

#include "controller/metadata/apply.h"
#include "controller/metadata/snapshot.h"
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

controller::ImagePtr image_at(std::int64_t end) {
  auto image = controller::MetadataImage::empty();
  for (std::int64_t i = 0; i < end; ++i) {
    image = controller::apply_records(*image, entry(i)).value();
  }
  return image;
}

/// So small that segments and snapshots come and go.
constexpr MetadataLogSizes kSmall{2000, 1500};

Result<std::unique_ptr<LocalMetadataLog>> open_small(sim::SimFileSystem& files) {
  return LocalMetadataLog::open(files, "/d", kNow, kSmall);
}

std::vector<std::string> snapshots_in(sim::SimFileSystem& files) {
  std::vector<std::string> found;
  for (const auto& path : files.files()) {
    if (path.ends_with(".checkpoint") && path.find("epoch") == std::string::npos) {
      found.push_back(path);
    }
  }
  return found;
}

/// Appends with snapshots until `end`.
void fill(LocalMetadataLog& log, std::int64_t end) {
  auto image = image_at(log.end().value());
  while (log.end().value() < end) {
    image = controller::apply_records(*image, entry(log.end().value())).value();
    REQUIRE_OK(log.append(entry(log.end().value()), kNow));
    REQUIRE_OK(log.snapshot_if_due(image, kNow));
  }
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

TEST_CASE("a start from a snapshot makes the same image, and the log is bounded") {
  sim::SimFileSystem files(1, {});
  make_directory(files);
  for (const int end : {100, 101, 200, 400, 400}) {
    auto log = open_small(files);
    REQUIRE_OK(log);
    REQUIRE_OK((*log)->load());
    fill(**log, end);
    files.power_cut();
    log = open_small(files);
    REQUIRE_OK(log);
    const auto image = (*log)->load();
    REQUIRE_OK(image);
    REQUIRE(state_hash(**image) == state_hash(*image_at(end)));
    REQUIRE(snapshots_in(files).size() == 2);
  }
  std::uint64_t bytes = 0;
  for (const auto& path : files.files()) bytes += path.ends_with(".log") ? files.size_of(path) : 0;
  REQUIRE(bytes < 4 * (kSmall.segment_bytes + kSmall.snapshot_every_bytes));
}

TEST_CASE("a damaged snapshot is passed over, and two of them are not") {
  sim::SimFileSystem files(1, {});
  make_directory(files);
  {
    auto log = open_small(files);
    fill(**log, 200);
  }
  const auto snapshots = snapshots_in(files);
  REQUIRE(snapshots.size() == 2);
  REQUIRE(files.flip_bit(snapshots[1], 100, 1));
  {
    auto log = open_small(files);
    const auto image = (*log)->load();
    REQUIRE_OK(image);
    REQUIRE(state_hash(**image) == state_hash(*image_at(200)));
  }
  REQUIRE(files.flip_bit(snapshots[0], 100, 1));
  auto log = open_small(files);
  REQUIRE_OK(log);
  const auto image = (*log)->load();
  REQUIRE_ERROR(image, ErrorCode::kCorrupt);
  REQUIRE(image.error().message.find("restore") != std::string::npos);
}

TEST_CASE("power cuts between snapshots lose nothing acknowledged") {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    INFO(seed);
    sim::SimFileSystem files(seed, {});
    make_directory(files);
    Random random(seed);
    std::int64_t acked = 0;
    for (int life = 0; life < 8; ++life) {
      if (random.chance(2, 3)) files.fail_call(random.below(300), ErrorCode::kIo, true);
      auto log = open_small(files);
      auto image = log ? (*log)->load() : Result<controller::ImagePtr>(fail(log.error()));
      if (!image) REQUIRE(image.error().code == ErrorCode::kIo);
      if (image) {
        const auto end = (*log)->end().value();
        REQUIRE(end >= acked);
        REQUIRE(end <= acked + 1);
        REQUIRE(state_hash(**image) == state_hash(*image_at(end)));
        acked = end;
        for (std::uint64_t i = random.below(80); i > 0; --i) {
          if (!(*log)->append(entry(acked), kNow)) break;
          image = controller::apply_records(**image, entry(acked));
          ++acked;
          // A snapshot may fail; the log goes on.
          (void)(*log)->snapshot_if_due(*image, kNow);
        }
      }
      log = fail(ErrorCode::kShuttingDown, "");
      files.stop_failing();
      files.power_cut();
    }
    auto log = open_small(files);
    REQUIRE_OK(log);
    const auto image = (*log)->load();
    REQUIRE_OK(image);
    REQUIRE((*image)->end_offset().value() >= acked);
  }
}

TEST_CASE("a full disk refuses entries until space returns") {
  for (std::uint64_t capacity = 1100; capacity < 5000; capacity += 37) {
    INFO(capacity);
    sim::SimFileSystem files(1, {});
    make_directory(files);
    files.set_capacity(capacity);
    auto log = open_small(files);
    REQUIRE_OK(log);
    std::int64_t acked = 0;
    int refused = 0;
    while (refused < 3) {
      const auto appended = (*log)->append(entry(acked), kNow);
      if (appended) {
        ++acked;
        continue;
      }
      REQUIRE(appended.error().code == ErrorCode::kNoSpace);
      ++refused;
    }
    files.set_capacity(std::nullopt);
    for (int i = 0; i < 50; ++i) REQUIRE_OK((*log)->append(entry(acked + i), kNow));
    REQUIRE(check(**log) == acked + 50);
    log = fail(ErrorCode::kShuttingDown, "");
    files.power_cut();
    log = open_small(files);
    REQUIRE_OK(log);
    REQUIRE(check(**log) == acked + 50);
  }
}

TEST_CASE("a crash does not bring back what a full disk refused") {
  for (std::uint64_t capacity = 1100; capacity < 3000; ++capacity) {
    INFO(capacity);
    sim::SimFileSystem files(capacity, {});
    make_directory(files);
    files.set_capacity(capacity);
    auto log = LocalMetadataLog::open(files, "/d", kNow);
    REQUIRE_OK(log);
    std::int64_t acked = 0;
    while ((*log)->append(entry(acked), kNow)) ++acked;
    files.set_capacity(std::nullopt);
    files.power_cut();
    log = LocalMetadataLog::open(files, "/d", kNow);
    REQUIRE_OK(log);
    REQUIRE(check(**log) == acked);
  }
}

}  // namespace millrace::node
