#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"
#include "storage/file_system.h"
#include "storage/write_op.h"

/// The redo journal of a log directory: what a commit round made durable, and for small rounds the
/// bytes themselves. Layout: docs/formats/journal.md.
namespace millrace::storage {

/// Bytes of one segment. Redone at recovery, because the segment itself was only written, not
/// synced.
struct JournalExtent {
  TopicPartitionId id;
  Offset segment_base;
  std::uint64_t position = 0;
  Offset end_offset;  // of the log after these bytes
  BytesChain bytes;
  friend bool operator==(const JournalExtent&, const JournalExtent&) = default;
};

/// Sum entries of one segment, whose sum file may lack them.
struct JournalSums {
  TopicPartitionId id;
  Offset segment_base;
  std::vector<SumEntry> entries;
  friend bool operator==(const JournalSums&, const JournalSums&) = default;
};

/// Everything of this log below `end` is durable.
struct JournalEnd {
  TopicPartitionId id;
  Offset end;
  friend bool operator==(const JournalEnd&, const JournalEnd&) = default;
};

/// The log was cut at `end`, byte `size` of the segment at `segment_base`: nothing recorded before
/// for what lies at or above holds any more.
struct JournalCut {
  TopicPartitionId id;
  Offset segment_base;
  std::uint64_t size = 0;
  Offset end;
  friend bool operator==(const JournalCut&, const JournalCut&) = default;
};

/// Records below `start` are deleted.
struct JournalStart {
  TopicPartitionId id;
  Offset start;
  friend bool operator==(const JournalStart&, const JournalStart&) = default;
};

/// What one commit round leaves in the journal. Cuts come before the extents and ends of the same
/// record.
struct JournalRecord {
  std::vector<JournalCut> cuts;
  std::vector<JournalStart> starts;
  std::vector<JournalExtent> extents;
  std::vector<JournalSums> sums;
  std::vector<JournalEnd> ends;

  [[nodiscard]] bool empty() const {
    return cuts.empty() && starts.empty() && extents.empty() && sums.empty() && ends.empty();
  }
  friend bool operator==(const JournalRecord&, const JournalRecord&) = default;
};

/// Both files, see millrace.journal.bytes: rounds fill one while a checkpoint of thousands of
/// partitions frees the other.
inline constexpr std::uint64_t kJournalBytesDefault = 256 << 20;
inline constexpr std::uint64_t kJournalBytesMin = 1 << 20;

/// What is in a directory's journal: whole records in the order they were written.
struct JournalContents {
  std::vector<JournalRecord> records;
  /// A record that was followed by later ones does not pass its checksum: what it held may be lost.
  std::optional<std::string> damage;
};
Result<JournalContents> read_journal(FileSystem& files, const std::string& directory);

/// Bytes that `record` takes in the journal.
std::uint64_t journal_bytes(const JournalRecord& record);

/// The writing side. Two preallocated files are filled by turns; a full one is used again only
/// after everything recorded in it is durable elsewhere and release() said so. Sequence numbers
/// grow for ever and each filling of a file has a number of its own, so that an old record is never
/// taken for a new one. One thread at a time.
class Journal {
 public:
  /// Empties the journal durably (recovery has redone it) and preallocates its two files.
  /// Errors: kNoSpace, kIo.
  static Result<Journal> create(FileSystem& files, const std::string& directory,
                                std::uint64_t bytes);

  /// Whether `bytes` fit now, perhaps after turning to the other file. False means: a checkpoint
  /// has to release the other file first.
  [[nodiscard]] bool has_room(std::uint64_t bytes) const;

  /// Writes the record and syncs it. Requires: has_room. Errors: kIo; the journal is unusable
  /// afterwards.
  Status append(const JournalRecord& record);

  /// Most that one record may take.
  [[nodiscard]] std::uint64_t record_bytes_max() const { return half_bytes_; }
  /// The file being filled: what a checkpoint notes when it begins.
  [[nodiscard]] std::uint64_t filling() const { return filling_; }
  /// Everything recorded in fillings before `filling` is durable elsewhere.
  void release_before(std::uint64_t filling);
  /// Share of the file in use that is full, 0 to 1.
  [[nodiscard]] double fill() const {
    return static_cast<double>(position_) / static_cast<double>(half_bytes_);
  }
  [[nodiscard]] bool other_is_free() const { return other_free_; }

 private:
  Journal() = default;

  std::array<std::shared_ptr<File>, 2> files_;
  std::uint64_t half_bytes_ = 0;
  std::size_t current_ = 0;
  std::uint64_t position_ = 0;
  std::uint64_t filling_ = 1;  // number of this filling; the other file holds filling_ - 1
  std::uint64_t sequence_ = 1;
  bool other_free_ = true;
};

}  // namespace millrace::storage
