// What recovery makes of a partition's files and the journal after anything was done to them. An
// input is a list of edits to the files of a good log with several segments: overwrite, cut,
// append, remove. Recovery either refuses with an error or gives a log that keeps its invariants,
// reads or says what is corrupt, and comes out the same when recovery runs again.

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <map>
#include <string>

#include "base/check.h"
#include "storage/journal_redo.h"
#include "storage/log.h"
#include "storage/recovery.h"
#include "tests/support/log_driver.h"

using namespace millrace;
using namespace millrace::storage;

namespace {

constexpr std::size_t kReadBytes = 4096;
constexpr std::uint64_t kPositionsMax = 1 << 16;
/// Most of a journal file has never been written; copying it would be all that this does.
constexpr std::size_t kJournalPartBytes = 64 << 10;

using Files = std::map<std::string, std::vector<std::uint8_t>>;

/// Numbers and bytes out of an input; zeros when it is used up.
class Input {
 public:
  explicit Input(ByteView bytes) : bytes_(bytes) {}
  [[nodiscard]] bool empty() const { return bytes_.empty(); }
  std::uint8_t byte() { return static_cast<std::uint8_t>(number(1)); }
  std::uint64_t number(std::size_t count) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < count; ++i) {
      value = value << 8 | (bytes_.empty() ? 0 : bytes_.front());
      if (!bytes_.empty()) bytes_ = bytes_.subspan(1);
    }
    return value;
  }
  ByteView take(std::size_t count) {
    const auto taken = bytes_.first(std::min(count, bytes_.size()));
    bytes_ = bytes_.subspan(taken.size());
    return taken;
  }

 private:
  ByteView bytes_;
};

Files read_all(sim::SimFileSystem& disk) {
  Files files;
  for (const std::string& path : disk.files()) {
    auto file = disk.open(path, OpenMode::kRead);
    std::vector<std::uint8_t> bytes(disk.size_of(path));
    CHECK(file && (*file)->read_at(0, bytes));
    files[path] = std::move(bytes);
  }
  return files;
}

LogConfig config() {
  LogConfig config;
  config.segment_bytes = 600;
  config.index_interval_bytes = 100;
  return config;
}

/// Three segments, two epochs, two producers, one log start above 0; the tail is only in the
/// journal.
Files good_files() {
  sim::LogDriver driver(config());
  for (int i = 0; i < 8; ++i) driver.put({.records = 2, .producer = 5, .sequence = 2 * i});
  driver.epoch = LeaderEpoch(3);
  for (int i = 0; i < 4; ++i) driver.put({.timestamp = 2'000 + i, .producer = 9, .sequence = i});
  driver.checkpoint();
  driver.log().delete_records(Offset(3));
  driver.commit();
  for (int i = 4; i < 7; ++i) driver.put({.timestamp = 900, .producer = 9, .sequence = i});
  Files files = read_all(driver.disk());
  for (auto& [path, bytes] : files) bytes.resize(std::min(bytes.size(), kJournalPartBytes));
  return files;
}

void edit(Files& files, Input& input) {
  auto at = files.begin();
  std::advance(at, static_cast<std::ptrdiff_t>(input.byte() % files.size()));
  auto& bytes = at->second;
  const std::uint8_t how = input.byte() % 5;
  const std::size_t position = input.number(2) % (bytes.size() + 1);
  const ByteView with = input.take(input.byte() % 64);
  if (how == 0) bytes.resize(position);
  if (how == 1) bytes.insert(bytes.end(), with.begin(), with.end());
  if (how == 2 && files.size() > 1) files.erase(at);
  if (how < 3) return;
  bytes.resize(
      std::max(bytes.size(), std::min<std::size_t>(position + with.size(), kPositionsMax)));
  std::copy_n(with.begin(), std::min(with.size(), bytes.size() - position),
              bytes.begin() + static_cast<std::ptrdiff_t>(position));
}

void must(const Status& status) {
  CHECK_MSG(status.has_value(), to_string(status.error()));
}

void write_all(sim::SimFileSystem& disk, const Files& files) {
  for (const char* directory : {"/d", sim::LogDriver::kDirectory})
    must(disk.create_directory(directory));
  for (const auto& [path, bytes] : files) {
    auto file = disk.open(path, OpenMode::kCreateReadWrite);
    const std::array<ByteView, 1> pieces{bytes};
    must((*file)->write_at(0, pieces));
    must((*file)->sync());
  }
  for (const char* directory : {"/", "/d", sim::LogDriver::kDirectory})
    must(disk.sync_directory(directory));
}

struct Found {
  std::vector<std::uint8_t> bytes;
  std::string log;
  bool is_whole = true;  // everything it claims can be read
  friend bool operator==(const Found&, const Found&) = default;
};
/// What a log holds, as far as it can be read.
Found read_whole(sim::SimFileSystem& disk, Log& log) {
  Found found{{}, log.describe()};
  for (Offset next = log.log_start(); next < log.log_end();) {
    const auto plan = log.plan_read(next, log.log_end(), kReadBytes);
    if (!plan || !*plan) {
      found.is_whole = false;
      break;
    }
    const auto read = read_now(disk, **plan);
    if (!read) {
      CHECK_MSG(read.error().code == ErrorCode::kCorruptMessage, to_string(read.error()));
      found.is_whole = false;
      break;
    }
    CHECK(read->next > next);
    next = read->next;
    const auto bytes = read->bytes.flatten();
    found.bytes.insert(found.bytes.end(), bytes.begin(), bytes.end());
  }
  return found;
}

std::string text_of(const Found& found) {
  return fmt::format("{} with {} readable bytes", found.log, found.bytes.size());
}

std::optional<Found> recover(sim::SimFileSystem& disk, const RecoveryInput& input) {
  auto state = recover_log(disk, input);
  if (!state) return std::nullopt;
  Log log(std::move(*state), input.config);
  log.check_invariants();
  return read_whole(disk, log);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Files good = good_files();
  Input input({data, size});
  const std::uint8_t flags = input.byte();
  Files files = good;
  while (!input.empty()) edit(files, input);
  sim::SimFileSystem disk(1, {});
  write_all(disk, files);

  RecoveryInput known;
  known.id = sim::LogDriver::id();
  known.directory = sim::LogDriver::kDirectory;
  known.config = config();
  known.now = TimestampMs(3'000);
  if ((flags & 1) != 0) known.recorded_end = Offset(flags >> 3);
  if ((flags & 2) != 0) known.recovery_point = known.recorded_end;
  if ((flags & 4) != 0) {
    const auto journal = read_journal(disk, "/d");
    if (!journal) return 0;
    const auto redone = redo_journal(disk, journal->records, {{known.id, known.directory}});
    if (!redone) return 0;
  }
  const auto first = recover(disk, known);
  if (!first) return 0;
  disk.power_cut();  // recovery has made durable what it promises
  const auto second = recover(disk, known);
  CHECK_MSG(second.has_value(), "the second recovery fails");
  // Below the recovery point nothing is read again, unless its index is missing.
  CHECK_MSG(!first->is_whole || *first == *second,
            fmt::format("the second recovery finds something else: {}, then {}", text_of(*first),
                        text_of(*second)));
  return 0;
}
