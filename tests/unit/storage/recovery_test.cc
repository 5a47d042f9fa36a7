#include "storage/recovery.h"

#include <algorithm>

#include "storage/sum.h"
#include "tests/support/catch.h"
#include "tests/support/log_driver.h"

namespace millrace::storage {
namespace {

using sim::LogDriver;

std::string path_of(std::int64_t base, const char* suffix) {
  return SegmentFiles{LogDriver::kDirectory, Offset(base), nullptr}.path(suffix);
}

void write_file(sim::SimFileSystem& disk, const std::string& path, ByteView bytes) {
  auto file = disk.open(path, OpenMode::kCreateReadWrite);
  REQUIRE_OK(file);
  REQUIRE_OK((*file)->truncate(0));
  const std::array<ByteView, 1> pieces{bytes};
  REQUIRE_OK((*file)->write_at(0, pieces));
  REQUIRE_OK((*file)->sync());
  REQUIRE_OK(disk.sync_directory(LogDriver::kDirectory));
}

std::vector<std::uint8_t> read_file(sim::SimFileSystem& disk, const std::string& path) {
  auto file = disk.open(path, OpenMode::kRead);
  REQUIRE_OK(file);
  std::vector<std::uint8_t> bytes(disk.size_of(path));
  REQUIRE_OK((*file)->read_at(0, bytes));
  return bytes;
}

/// All files of the partition's directory and what is in them.
std::map<std::string, std::vector<std::uint8_t>> contents(sim::SimFileSystem& disk) {
  std::map<std::string, std::vector<std::uint8_t>> all;
  for (const auto& path : disk.files())
    if (path.starts_with(std::string(LogDriver::kDirectory) + "/"))
      all[path] = read_file(disk, path);
  return all;
}

void restore(sim::SimFileSystem& disk,
             const std::map<std::string, std::vector<std::uint8_t>>& all) {
  for (const auto& path : disk.files())
    if (path.starts_with(std::string(LogDriver::kDirectory) + "/") && !all.contains(path))
      REQUIRE_OK(disk.remove_file(path));
  for (const auto& [path, bytes] : all) write_file(disk, path, bytes);
}

/// A driver whose log has several segments, epochs and producers, everything saved.
void fill(LogDriver& driver, int batches) {
  for (int i = 0; i < batches; ++i) {
    driver.epoch = LeaderEpoch(1 + i / 5);
    driver.put(
        {.records = 2, .timestamp = 1'000 + i * 10, .producer = i % 2, .sequence = i / 2 * 2});
  }
  driver.log().close();
  driver.checkpoint();
}

}  // namespace

TEST_CASE("recovery: a new directory") {
  LogDriver driver;
  REQUIRE(driver.log().log_end() == Offset(0));
  REQUIRE(driver.log().log_start() == Offset(0));
  SECTION("that begins elsewhere") {
    auto input = driver.input();
    input.log_start = Offset(55);
    REQUIRE_OK(driver.reopen(input));
    REQUIRE(driver.log().log_start() == Offset(55));
    REQUIRE(driver.put().first_offset == Offset(55));
  }
}

TEST_CASE("recovery: what was there is there again") {
  LogDriver driver({.segment_bytes = 500, .index_interval_bytes = 100});
  fill(driver, 20);
  const auto before = *driver.read(Offset(0));
  const auto epochs = driver.log().epochs().entries();
  const auto largest = driver.log().max_timestamp();
  const auto described = driver.log().describe();
  const auto recovery_point = GENERATE(-1, 0, 1, 9, 10, 21, 39, 40);
  CAPTURE(recovery_point);
  auto input = driver.input();
  if (recovery_point >= 0) input.recovery_point = Offset(recovery_point);
  REQUIRE_OK(driver.reopen(input));
  REQUIRE_FALSE(driver.log().damage().has_value());
  const auto after = *driver.read(Offset(0));
  REQUIRE(after.size() == before.size());
  for (std::size_t i = 0; i < after.size(); ++i) REQUIRE(after[i].bytes == before[i].bytes);
  REQUIRE(driver.log().epochs().entries() == epochs);
  REQUIRE(driver.log().max_timestamp().timestamp == largest.timestamp);
  REQUIRE(driver.log().describe() == described);
  REQUIRE(driver.put().first_offset == Offset(40));
}

TEST_CASE("recovery: index files are built again when they are missing or wrong") {
  LogDriver driver({.segment_bytes = 1'000, .index_interval_bytes = 100});
  fill(driver, 30);
  const auto good = contents(driver.disk());
  const auto input = driver.input();
  const auto check = [&] {
    auto state = recover_log(driver.disk(), input);
    REQUIRE_OK(state);
    REQUIRE_FALSE(state->damage.has_value());
    Log log(std::move(*state), {});
    REQUIRE(log.log_end() == Offset(60));
    // Every offset and time is found through the rebuilt files.
    for (std::int64_t offset = 0; offset < 60; ++offset) {
      const auto plan = log.plan_read(Offset(offset), Offset(60), 1);
      const auto read = read_now(driver.disk(), **plan);
      REQUIRE_OK(read);
      REQUIRE(read->next == Offset(offset / 2 * 2 + 2));
    }
  };
  for (const char* suffix : {".index", ".timeindex"}) {
    CAPTURE(suffix);
    REQUIRE_OK(driver.disk().remove_file(path_of(0, suffix)));
    check();
    const auto now = contents(driver.disk());
    REQUIRE(now.at(path_of(0, suffix)) == good.at(path_of(0, suffix)));
    // Garbage in the last segment's, which recovery reads.
    const auto base = std::prev(std::find_if(good.rbegin(), good.rend(), [](const auto& file) {
                                  return file.first.ends_with(".log");
                                }).base());
    const std::string victim = base->first.substr(0, base->first.size() - 4) + suffix;
    write_file(driver.disk(), victim, std::vector<std::uint8_t>(64, 0x5a));
    check();
    restore(driver.disk(), good);
  }
}

TEST_CASE("recovery: an index entry that names no batch is not kept") {
  LogDriver driver({.index_interval_bytes = 100});
  fill(driver, 20);
  auto index = read_file(driver.disk(), path_of(0, ".index"));
  REQUIRE(index.size() > 4 * kOffsetEntryBytes);
  index[2 * kOffsetEntryBytes - 1] += 1;  // the second entry's position
  write_file(driver.disk(), path_of(0, ".index"), index);
  auto input = driver.input();
  input.recovery_point = driver.log().log_end();
  REQUIRE_OK(driver.recover(input));
  for (std::int64_t offset = 0; offset < 40; ++offset)
    REQUIRE_OK(driver.read(Offset(offset), 1, Offset(offset + 1)));
}

TEST_CASE("recovery: one flipped bit below the recorded end is damage, at every byte") {
  LogDriver driver({.segment_bytes = 600, .index_interval_bytes = 100});
  fill(driver, 8);  // two segments
  const auto good = contents(driver.disk());
  const auto batches = *driver.read(Offset(0));
  const auto input = driver.input();
  for (const auto& [path, bytes] : good) {
    if (!path.ends_with(".log")) continue;
    const std::int64_t base = std::stoll(path.substr(path.size() - 24, 20));
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      CAPTURE(path, i);
      auto flipped = bytes;
      flipped[i] ^= static_cast<std::uint8_t>(1U << (i % 8));
      write_file(driver.disk(), path, flipped);
      const auto state = recover_log(driver.disk(), input);
      REQUIRE_OK(state);
      REQUIRE(state->damage.has_value());
      REQUIRE(state->damage->file == path);
      // It names the batch that holds the byte.
      std::size_t at = 0;
      std::uint64_t position = 0;
      while (batches[at].header.base_offset < Offset(base)) ++at;
      while (position + batches[at].bytes.size() <= i) position += batches[at++].bytes.size();
      REQUIRE(state->damage->position == position);
      REQUIRE(state->damage->first_offset == batches[at].header.base_offset);
      REQUIRE(read_file(driver.disk(), path) == flipped);  // kept as it is
    }
    write_file(driver.disk(), path, bytes);
  }
}

TEST_CASE("recovery: one flipped bit at or above the recorded end is torn, at every byte") {
  LogDriver driver({.segment_bytes = 600, .index_interval_bytes = 100});
  fill(driver, 8);
  const auto good = contents(driver.disk());
  const auto batches = *driver.read(Offset(0));
  auto input = driver.input();
  const bool with_sums = GENERATE(false, true);
  input.recorded_end = Offset(6);
  std::uint64_t position = 0;
  for (const auto& batch : batches) {
    const Offset base = batch.header.base_offset;
    const auto segment = std::prev(
        std::find_if(good.rbegin(), good.rend(), [&](const auto& file) {
          return file.first.ends_with(".log") &&
                 Offset(std::stoll(file.first.substr(file.first.size() - 24, 20))) <= base;
        }).base());
    if (segment->first == path_of(base.value(), ".log")) position = 0;
    if (base >= Offset(6)) {
      for (std::size_t i = 0; i < batch.bytes.size(); ++i) {
        CAPTURE(base.value(), i, with_sums);
        restore(driver.disk(), good);
        if (!with_sums) {  // as after a power cut: the sums above the recorded end are not there
          for (const auto& [path, bytes] : good)
            if (path.ends_with(".sum") &&
                path >= segment->first.substr(0, segment->first.size() - 4)) {
              auto sums = decode_sums(bytes);
              if (path.starts_with(segment->first.substr(0, segment->first.size() - 4)))
                std::erase_if(sums,
                              [&](const SumEntry& entry) { return entry.position >= position; });
              else
                sums.clear();
              write_file(driver.disk(), path, encode_sums(sums));
            }
        }
        auto flipped = segment->second;
        flipped[position + i] ^= static_cast<std::uint8_t>(1U << (i % 8));
        write_file(driver.disk(), segment->first, flipped);
        auto state = recover_log(driver.disk(), input);
        REQUIRE_OK(state);
        REQUIRE_FALSE(state->damage.has_value());
        const Offset end = state->segments.back().end_offset;
        // Without its sum nothing covers the leader epoch; such a batch is kept whole.
        const bool epoch_byte = !with_sums && i >= 12 && i < 16;
        if (!epoch_byte) REQUIRE(end == base);
        REQUIRE(end >= base);
        // What was cut is gone for good: recovering again finds nothing to do.
        const auto once = contents(driver.disk());
        REQUIRE_OK(recover_log(driver.disk(), input));
        REQUIRE(contents(driver.disk()) == once);
      }
    }
    position += batch.bytes.size();
  }
}

TEST_CASE("recovery: a file torn at any byte ends with its last whole batch") {
  LogDriver driver({.index_interval_bytes = 100});
  fill(driver, 5);
  const auto good = contents(driver.disk());
  const auto log = good.at(path_of(0, ".log"));
  const auto batches = *driver.read(Offset(0));
  const std::size_t batch_bytes = batches[0].bytes.size();
  for (std::size_t size = 0; size < log.size(); ++size) {
    for (const bool zeros : {false, true}) {
      CAPTURE(size, zeros);
      restore(driver.disk(), good);
      auto torn = log;
      torn.resize(size);
      if (zeros) torn.resize(log.size());  // the size was durable, the bytes were not
      write_file(driver.disk(), path_of(0, ".log"), torn);
      auto input = driver.input();
      std::size_t good_bytes = 0;  // the last byte of a batch may be a zero itself
      while (good_bytes < torn.size() &&
             std::equal(
                 log.begin(), log.begin() + static_cast<std::ptrdiff_t>(good_bytes + batch_bytes),
                 torn.begin(),
                 torn.begin() +
                     static_cast<std::ptrdiff_t>(std::min(torn.size(), good_bytes + batch_bytes))))
        good_bytes += batch_bytes;
      if (good_bytes == log.size()) continue;
      const std::int64_t whole = static_cast<std::int64_t>(good_bytes / batch_bytes) * 2;
      input.recorded_end = Offset(whole);
      auto state = recover_log(driver.disk(), input);
      REQUIRE_OK(state);
      REQUIRE_FALSE(state->damage.has_value());
      REQUIRE(state->segments.back().end_offset == Offset(whole));
      REQUIRE(driver.disk().size_of(path_of(0, ".log")) == good_bytes);
      // One more was promised: then it is damage, and nothing is touched.
      restore(driver.disk(), good);
      write_file(driver.disk(), path_of(0, ".log"), torn);
      input.recorded_end = Offset(whole + 1);
      state = recover_log(driver.disk(), input);
      REQUIRE_OK(state);
      REQUIRE(state->damage.has_value());
      REQUIRE(state->damage->first_offset == Offset(whole));
      REQUIRE(read_file(driver.disk(), path_of(0, ".log")) == torn);
    }
  }
}

TEST_CASE("recovery: a damaged log serves what lies below and takes no writes") {
  LogDriver driver;
  fill(driver, 4);
  REQUIRE(driver.disk().flip_bit(path_of(0, ".log"), 300, 0));
  REQUIRE_OK(driver.recover(driver.input()));
  REQUIRE(driver.log().damage().has_value());
  const Offset first = driver.log().damage()->first_offset;
  REQUIRE(first > Offset(0));
  REQUIRE(driver.read(Offset(0), 1 << 20, first)->back().header.end_offset() == first);
  REQUIRE_ERROR(driver.read(first), ErrorCode::kStorageError);
  REQUIRE_ERROR(driver.append(), ErrorCode::kStorageError);
  REQUIRE_FALSE(driver.log().apply_retention(TimestampMs(INT64_MAX / 2), first));
  driver.log().checkpoint();
  REQUIRE(driver.log().take_ops().empty());
}

TEST_CASE("recovery: what was promised and is missing is damage") {
  LogDriver driver({.segment_bytes = 500});
  fill(driver, 20);
  const auto input = driver.input();
  const auto damage = [&] {
    auto state = recover_log(driver.disk(), input);
    REQUIRE_OK(state);
    return state->damage;
  };
  std::vector<std::string> logs;
  for (const auto& path : driver.disk().files())
    if (path.ends_with(".log")) logs.push_back(path);
  REQUIRE(logs.size() > 3);
  SECTION("the first segment") {
    REQUIRE_OK(driver.disk().remove_file(logs.front()));
    REQUIRE(damage()->first_offset == Offset(0));
  }
  SECTION("one in the middle") {
    REQUIRE_OK(driver.disk().remove_file(logs[1]));
    REQUIRE(damage()->what == "records before the next segment are missing");
  }
  SECTION("one in the middle is empty") {
    write_file(driver.disk(), logs[1], {});
    REQUIRE(damage()->file == logs[1]);
  }
  SECTION("the last") {
    REQUIRE_OK(driver.disk().remove_file(logs.back()));
    REQUIRE(damage().has_value());
  }
  SECTION("all") {
    for (const auto& path : logs) REQUIRE_OK(driver.disk().remove_file(path));
    REQUIRE(damage()->first_offset == Offset(0));
  }
  SECTION("the sums") {
    REQUIRE_OK(driver.disk().remove_file(logs[1].substr(0, logs[1].size() - 4) + ".sum"));
    REQUIRE(damage()->what == "the checksum of the batch is missing");
  }
  SECTION("a batch of another partition in its place") {
    auto sums = decode_sums(read_file(driver.disk(), path_of(0, ".sum")));
    sums[1].crc ^= 1;
    write_file(driver.disk(), path_of(0, ".sum"), encode_sums(sums));
    REQUIRE(damage()->what == "the batch header does not match its recorded checksum");
  }
}

TEST_CASE("recovery: reads no more than what lies past the recovery point") {
  LogDriver driver({.segment_bytes = 500, .index_interval_bytes = 100});
  fill(driver, 40);
  auto input = driver.input();
  input.recovery_point = driver.log().log_end();
  // Damage in the middle of an old segment is not met: it is found when it is read.
  REQUIRE(driver.disk().flip_bit(path_of(0, ".log"), 100, 0));
  REQUIRE_OK(driver.recover(input));
  REQUIRE_FALSE(driver.log().damage().has_value());
  REQUIRE_ERROR(driver.read(Offset(0)), ErrorCode::kCorruptMessage);
}

TEST_CASE("recovery: an old segment that lost its end is not believed") {
  LogDriver driver({.segment_bytes = 500});
  fill(driver, 40);
  auto input = driver.input();
  input.recovery_point = driver.log().log_end();
  auto bytes = read_file(driver.disk(), path_of(0, ".log"));
  bytes.resize(bytes.size() - 10);
  write_file(driver.disk(), path_of(0, ".log"), bytes);
  const auto state = recover_log(driver.disk(), input);
  REQUIRE_OK(state);
  REQUIRE(state->damage.has_value());
  REQUIRE(state->damage->file == path_of(0, ".log"));
}

TEST_CASE("recovery: a segment that is missing between others is damage, not a gap") {
  LogDriver driver({.segment_bytes = 500});
  fill(driver, 40);
  auto input = driver.input();
  input.recovery_point = driver.log().log_end();
  std::vector<std::string> segments;
  for (const auto& path : driver.disk().files())
    if (path.ends_with(".log")) segments.push_back(path);
  REQUIRE(segments.size() > 3);
  REQUIRE_OK(driver.disk().remove_file(segments[1]));
  const auto state = recover_log(driver.disk(), input);
  REQUIRE_OK(state);
  REQUIRE(state->damage.has_value());
  REQUIRE(state->damage->file == segments[0]);
}

TEST_CASE("recovery: everything that it keeps is durable") {
  LogDriver driver(
      {.segment_bytes = 500}, 3,
      {.unsynced_write_survives = 0, .unsynced_write_is_torn = 0, .unsynced_name_survives = 0});
  fill(driver, 10);
  for (int i = 0; i < 10; ++i)
    REQUIRE_OK(driver.append({.records = 2, .producer = 7, .sequence = i * 2}));
  driver.write();  // a process that dies here leaves it in the page cache
  auto input = driver.input();
  REQUIRE_OK(recover_log(driver.disk(), input));
  driver.disk().power_cut();
  input.recorded_end = Offset(40);
  const auto state = recover_log(driver.disk(), input);
  REQUIRE_OK(state);
  REQUIRE_FALSE(state->damage.has_value());
  REQUIRE(state->segments.back().end_offset == Offset(40));
}

TEST_CASE("recovery: snapshots and index entries above the kept end do not outlive it") {
  LogDriver driver({.index_interval_bytes = 1});
  fill(driver, 6);
  REQUIRE(driver.disk().size_of(path_of(12, ".snapshot")) > 0);
  auto log = read_file(driver.disk(), path_of(0, ".log"));
  log.resize(log.size() - 1);
  write_file(driver.disk(), path_of(0, ".log"), log);
  auto input = driver.input();
  input.recorded_end = Offset(10);
  REQUIRE_OK(driver.recover(input));
  REQUIRE(driver.log().log_end() == Offset(10));
  const auto files = driver.disk().files();
  for (const auto& path :
       {path_of(12, ".snapshot"), path_of(0, ".index"), path_of(0, ".timeindex")}) {
    CAPTURE(path);
    REQUIRE(std::find(files.begin(), files.end(), path) == files.end());
  }
}

TEST_CASE("recovery: unknown files stay, half-finished deletions are finished") {
  LogDriver driver({.segment_bytes = 500});
  fill(driver, 20);
  const std::string stranger = std::string(LogDriver::kDirectory) + "/notes.txt";
  const std::string almost = std::string(LogDriver::kDirectory) + "/0000000000000000000x.log";
  write_file(driver.disk(), stranger, as_bytes("hello"));
  write_file(driver.disk(), almost, as_bytes("hello"));
  write_file(driver.disk(), path_of(0, ".log") + ".deleted", as_bytes("x"));
  auto input = driver.input();
  input.log_start = Offset(30);
  REQUIRE_OK(driver.disk().remove_file(path_of(0, ".sum")));  // a deletion was under way
  const auto state = recover_log(driver.disk(), input);
  REQUIRE_OK(state);
  REQUIRE_FALSE(state->damage.has_value());
  REQUIRE(state->log_start == Offset(30));
  REQUIRE(state->segments.front().files->base_offset <= Offset(30));
  REQUIRE(state->segments.front().end_offset > Offset(30));
  const auto now = contents(driver.disk());
  REQUIRE(now.contains(stranger));
  REQUIRE(now.contains(almost));
  REQUIRE_FALSE(now.contains(path_of(0, ".log")));
  REQUIRE_FALSE(now.contains(path_of(0, ".log") + ".deleted"));
}

TEST_CASE("recovery: a log start above everything that is left") {
  LogDriver driver;
  fill(driver, 4);
  auto input = driver.input();
  input.recorded_end.reset();
  input.log_start = Offset(100);
  REQUIRE_OK(driver.recover(input));
  REQUIRE(driver.log().log_start() == Offset(100));
  REQUIRE(driver.log().log_end() == Offset(100));
  REQUIRE(driver.put().first_offset == Offset(100));
}

TEST_CASE("recovery: interrupted at every call, it comes to the same end") {
  LogDriver driver({.segment_bytes = 500, .index_interval_bytes = 100});
  fill(driver, 10);
  for (int i = 0; i < 5; ++i) REQUIRE_OK(driver.append({.records = 2}));
  driver.write();
  auto log = read_file(driver.disk(), path_of(0, ".log"));
  const auto torn = contents(driver.disk());
  auto input = driver.input();
  input.recorded_end = Offset(20);
  for (std::uint64_t call = 0;; ++call) {
    CAPTURE(call);
    restore(driver.disk(), torn);
    const auto before = driver.disk().call_count();
    driver.disk().fail_call(call, ErrorCode::kIo, true);
    const auto first = recover_log(driver.disk(), input);
    const bool reached = driver.disk().call_count() > before + call;
    driver.disk().stop_failing();
    if (reached) REQUIRE_FALSE(first.has_value());
    const auto second = recover_log(driver.disk(), input);
    REQUIRE_OK(second);
    REQUIRE_FALSE(second->damage.has_value());
    REQUIRE(second->segments.back().end_offset == Offset(30));
    if (!reached) break;
  }
}

}  // namespace millrace::storage
