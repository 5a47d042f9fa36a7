#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "proto/kafka/records/validate.h"
#include "storage/directory_writer.h"
#include "storage/log.h"
#include "storage/recovery.h"
#include "tests/support/sim_file_system.h"

/// Driving one log by hand, step by step, over the simulated disk and the real directory writer.
namespace millrace::sim {

/// What a test batch holds. Values are made of `fill`.
struct BatchSpec {
  int records = 1;
  std::size_t value_bytes = 10;
  std::int64_t timestamp = 1'000;   // of the first record
  std::int64_t timestamp_step = 0;  // between records
  std::int64_t producer = -1;
  std::int16_t epoch = 0;
  std::int32_t sequence = 0;
  kafka::Compression compression = kafka::Compression::kNone;
  char fill = 'v';
};
kafka::ValidatedBatch make_batch(const BatchSpec& spec);

/// What was read: whole batches, one after the other.
struct StoredBatch {
  kafka::BatchHeader header;
  std::vector<std::uint8_t> bytes;
};

/// One log in directory "/d/t-0" of a disk of its own. Starts recovered and empty. What must not
/// fail in a test is CHECKed.
class LogDriver {
 public:
  explicit LogDriver(const storage::LogConfig& config = {}, std::uint64_t seed = 1,
                     DiskFaults faults = {});

  static TopicPartitionId id();
  static constexpr const char* kDirectory = "/d/t-0";

  storage::Log& log() { return *log_; }
  storage::DirectoryWriter& writer() { return *writer_; }
  SimFileSystem& disk() { return disk_; }

  /// Appends in the driver's leader epoch; nothing reaches the disk before write().
  Result<storage::AppendResult> append(const BatchSpec& spec = {});
  LeaderEpoch epoch{1};
  TimestampMs now{1'000};
  std::optional<TimestampMs> append_time;

  /// Lets the writer write what the log asks for, and tells the log.
  void write();
  /// ... and make it durable, with as many rounds as that takes.
  void commit();
  /// ... and save sums and indexes.
  void checkpoint();
  /// append and commit
  storage::AppendResult put(const BatchSpec& spec = {});

  /// Truncates and waits for it. Returns the new end.
  Offset truncate(Offset end);

  /// Everything from `from` to `limit` (written_end by default), read in steps of `max_bytes`.
  Result<std::vector<StoredBatch>> read(Offset from, std::size_t max_bytes = 1 << 20,
                                        std::optional<Offset> limit = std::nullopt);
  /// The first record with at least `timestamp`.
  Result<storage::FoundRecord> find(TimestampMs timestamp,
                                    std::optional<Offset> limit = std::nullopt);

  /// What is known of the log without looking: its durable end as the recorded one, its start.
  [[nodiscard]] storage::RecoveryInput input() const;
  /// Replaces the log by what recovery finds after the journal was redone.
  Status reopen(const storage::RecoveryInput& input);
  Status reopen() { return reopen(input()); }
  /// The same without the journal, which would mend what a test breaks.
  Status recover(const storage::RecoveryInput& input);

 private:
  void deliver();
  void start_writer();

  SimFileSystem disk_;
  storage::LogConfig config_;
  std::unique_ptr<storage::DirectoryWriter> writer_;
  std::unique_ptr<storage::Log> log_;
};

}  // namespace millrace::sim
