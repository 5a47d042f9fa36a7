#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"
#include "storage/file_system.h"

/// What a Log asks of the disk, and what the disk answers. A Log (owned by a loop) decides and
/// never blocks; a DirectoryWriter (owned by the writer thread of its log directory) carries
/// operations out in order and reports back. "Written" and "durable" are different events.
namespace millrace::storage {

/// The files of one segment. The Log creates the object with its paths; the writer opens `log`
/// before it reports the first write to it, and the owner loop reads `log` only after such a
/// report, so the field needs no lock: the report orders the two. Kept alive by whoever still
/// reads.
struct SegmentFiles {
  std::string directory;  // of the partition
  Offset base_offset;
  std::shared_ptr<File> log;  // set once, by recovery or by the writer

  /// `<directory>/<20 digits of base_offset><suffix>`; suffix with its dot: ".log", ".index",
  /// ".sum".
  [[nodiscard]] std::string path(std::string_view suffix) const;
};

/// One entry of a segment's sum file (docs/formats/segment.md): CRC-32C over topic id, partition
/// and the 61 header bytes of the batch at `position`.
struct SumEntry {
  std::uint32_t position;
  std::uint32_t crc;

  friend bool operator==(const SumEntry&, const SumEntry&) = default;
};

/// Names one incarnation of one Log towards the writer and back. `generation` grows when the Log
/// takes back what it handed out before: after a failed write, and with each truncation. After a
/// failure the writer drops operations of older generations, so that nothing queued behind the
/// failed write can land after it; the Log passes over answers to older generations, so that what
/// is said of records that were cut is never taken for what came in their place.
struct LogRef {
  TopicPartitionId id;
  std::uint32_t generation = 0;

  friend bool operator==(const LogRef&, const LogRef&) = default;
};

/// Whether acks of this log count synced bytes (the default) or written ones (millrace.durability).
enum class Durability { kFsync, kMemory };

/// Creates the segment's files (log preallocated by `preallocate_bytes` if not 0) and syncs the
/// partition's directory with the next round.
struct CreateSegmentOp {
  LogRef log;
  std::shared_ptr<SegmentFiles> segment;
  std::uint64_t preallocate_bytes = 0;
};

/// Writes whole batches at `position` of the segment. With kFsync the bytes, their sum entries and
/// `end_offset` become durable with the next commit round, which reports LogDurable.
struct AppendOp {
  LogRef log;
  std::shared_ptr<SegmentFiles> segment;
  std::uint64_t position;
  BytesChain bytes;
  std::vector<SumEntry> sums;
  Offset end_offset;  // log end offset after this write
  LeaderEpoch epoch;  // of the last batch
  Durability durability;
};

/// Saves the segment's index files and all its sums up to byte `size` in the background, synced,
/// and reports SegmentSaved. Sent when the segment gets no more appends, and for the active one
/// when it is checkpointed.
struct SealSegmentOp {
  LogRef log;
  std::shared_ptr<SegmentFiles> segment;
  std::uint64_t size;
  std::vector<std::uint8_t> offset_index;
  std::vector<std::uint8_t> time_index;
};

/// Replaces a small file as a whole: written beside it, synced, renamed, directory synced; reports
/// FileReplaced. For checkpoints, epoch caches and producer snapshots.
struct ReplaceFileOp {
  LogRef log;
  std::string path;
  std::vector<std::uint8_t> content;
};

/// Cuts the log: removes `removed` segments and `stale_files`, cuts `segment` and its sums at
/// `size`, removes its index files (they may name what was cut), replaces the epoch cache; all
/// synced before LogTruncated is reported, and recorded in the journal, so that recovery neither
/// redoes journal records from before the cut nor takes the cut for damage.
struct TruncateOp {
  LogRef log;
  std::shared_ptr<SegmentFiles> segment;
  std::uint64_t size;
  Offset end_offset;
  std::vector<std::shared_ptr<SegmentFiles>> removed;
  std::vector<std::uint8_t> epoch_cache;
  std::vector<std::string> stale_files;  // paths of producer snapshots above the cut
};

/// Renames the segments' files to `*.deleted` and removes them, and `stale_files`, in the
/// background. `log_start` is recorded first, so that a crash never brings the records back.
/// Carried out whatever its generation: it concerns only what no failure can take back.
struct DeleteSegmentsOp {
  LogRef log;
  std::vector<std::shared_ptr<SegmentFiles>> segments;
  Offset log_start;
  std::vector<std::string> stale_files;  // paths of producer snapshots that nothing needs any more
};

/// Syncs everything written to this log so far (flush.messages, flush.ms, clean close), whatever
/// its durability; reports LogDurable.
struct FlushOp {
  LogRef log;
  Offset end_offset;
};

using WriteOp = std::variant<CreateSegmentOp, AppendOp, SealSegmentOp, ReplaceFileOp, TruncateOp,
                             DeleteSegmentsOp, FlushOp>;
/// For traces: kind, file and numbers, not the bytes.
std::string describe(const WriteOp& op);

/// All appends up to `end_offset` were handed to the operating system: readable, not durable.
struct LogWritten {
  LogRef log;
  Offset end_offset;
};

/// Everything below `end_offset` survives a power cut, and the journal says so.
struct LogDurable {
  LogRef log;
  Offset end_offset;
};

struct LogTruncated {
  LogRef log;
  Offset end_offset;
};

/// The files named by a SealSegmentOp are complete and synced: the segment can be read from its
/// files alone.
struct SegmentSaved {
  LogRef log;
  Offset base_offset;
  std::uint64_t size;  // of the operation
};

struct FileReplaced {
  LogRef log;
  std::string path;
};

/// A write of this log failed for lack of space (kNoSpace): nothing at or above `good_end` is in
/// the log's files, and every operation of this generation that follows is dropped.
struct LogWriteFailed {
  LogRef log;
  Error error;
  Offset good_end;
};

/// A sync or write failed otherwise: the directory is fenced. Nothing of the round in flight is
/// acked and no operation is carried out any more.
struct DirectoryFenced {
  Error error;
};

using WriterEvent = std::variant<LogWritten, LogDurable, LogTruncated, SegmentSaved, FileReplaced,
                                 LogWriteFailed, DirectoryFenced>;

}  // namespace millrace::storage
