#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "storage/directory_writer.h"
#include "storage/log.h"
#include "storage/log_directory.h"
#include "tests/support/sim_file_system.h"

/// One log directory over a disk that loses what was not synced, driven at random by a seed, and
/// the naive model that says what must still be there.
namespace millrace::powercut {

/// Faults planted to prove that the test sees: each must be found.
enum class Mutant {
  kNone,
  kSyncDoesNothing,
  kDirectorySyncDoesNothing,
  kAckWhenWritten,      // durable is reported with written
  kJournalReusedEarly,  // a checkpoint releases the journal before it ran
  kRecoveryIgnoresJournal,
  kRecoveryTrustsTail,  // a recovery point beyond what was synced
  kDamageTakenForTorn,  // recovery does not know what was acked
};
inline constexpr Mutant kMutants[] = {
    Mutant::kSyncDoesNothing,    Mutant::kDirectorySyncDoesNothing, Mutant::kAckWhenWritten,
    Mutant::kJournalReusedEarly, Mutant::kRecoveryIgnoresJournal,   Mutant::kRecoveryTrustsTail,
    Mutant::kDamageTakenForTorn,
};
std::string_view name_of(Mutant mutant);

struct Totals {
  std::uint64_t operations = 0;
  std::uint64_t cuts = 0;
  std::uint64_t cuts_in_recovery = 0;
  std::uint64_t acked_batches = 0;
  std::uint64_t flips = 0;
  std::uint64_t flips_reported =
      0;                   // at recovery as damage, or when read; the rest the journal mended
  std::uint64_t hash = 0;  // of everything that happened: the same seed gives the same one
};

/// Thrown when an invariant does not hold; says which and where.
struct Violation {
  std::string what;
};

/// What the test knows of one partition.
struct Model {
  storage::AssignedPartition partition;
  storage::LogConfig config;
  struct Batch {
    Offset base;
    Offset end;
    std::vector<std::uint8_t> bytes;  // as stored
  };
  std::vector<Batch> batches;  // everything appended and not cut, oldest first
  Offset acked{0};             // end of what was reported durable
  Offset start{0};             // latest log start asked for
  std::optional<Offset> cut;   // a truncation that was not confirmed yet
  std::int32_t epoch = 1;
};

class World {
 public:
  /// With `trace` it says on standard output what happens, a line each.
  World(std::uint64_t seed, Mutant mutant, bool trace = false);
  ~World();

  /// Runs `operations` steps with at least `cuts` power cuts. Throws Violation.
  Totals run(int operations, int cuts);

 private:
  struct Partition {
    Model model;
    std::unique_ptr<storage::Log> log;  // null between a cut and recovery
  };

  void step();
  void append();
  void pump_log(Partition& partition);
  void pump_writer();
  void start_or_finish_round();
  void start_or_finish_checkpoint();
  void truncate();
  void delete_records();
  void create_partition();
  void delete_partition();
  void deliver();
  void apply(const storage::WriterEvent& event);

  void cut_and_recover();
  void recover();
  void recover_log(Partition& partition, const storage::FoundPartition& found);
  void check(Partition& partition);
  [[nodiscard]] bool holds(const Partition& partition, const Model::Batch& batch,
                           ByteView stored) const;
  void check_acked(const Partition& partition);
  void flip_and_check();
  [[nodiscard]] bool may_be_damaged(const Partition& partition) const;
  void settle();
  void note(std::uint64_t value);
  [[noreturn]] void violation(const Partition& partition, const std::string& what) const;
  Partition* pick();
  void trace(const Partition* partition, std::string_view what) const;
  static void must(const Status& status, const char* what);

  Random random_;
  const Mutant mutant_;
  const bool trace_;
  sim::SimFileSystem disk_;
  std::unique_ptr<storage::LogDirectory> directory_;
  std::unique_ptr<storage::DirectoryWriter> writer_;
  std::unique_ptr<storage::CommitRound> round_;
  std::unique_ptr<storage::Checkpoint> checkpoint_;
  std::vector<Partition> partitions_;
  std::int64_t metadata_offset_ = 0;
  std::int64_t now_ms_ = 1'700'000'000'000;
  std::string flipped_;  // the segment whose bit flipped
  Totals totals_;
};

}  // namespace millrace::powercut
