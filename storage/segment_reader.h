#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "proto/kafka/records/batch_header.h"
#include "storage/file_system.h"
#include "storage/read_plan.h"

namespace millrace::storage {

/// Whether a reader may wait for the disk.
enum class ReadFrom { kPageCache, kDisk };

/// One plan being carried out: walks the batches of its segment, and believes none that does not
/// match its recorded sum. Used once, by one thread; the plan outlives it.
class SegmentReader {
 public:
  SegmentReader(const ReadPlan& plan, std::shared_ptr<const SegmentIndex> index, ReadFrom from,
                ReadMemory& memory);

  /// Moves to the first batch that holds an offset at or after plan.from, and hands each one before
  /// it to `passed`. At plan.end when there is none.
  template <class Passed>
  Status skip_to_first(Passed passed) {
    for (; position_ < plan_.end; position_ += first_.total_bytes()) {
      ASSIGN_OR_RETURN(first_, header_at_position());
      if (first_.last_offset() >= plan_.from) return {};
      passed(first_);
    }
    return {};
  }

  /// After skip_to_first: the batches from there on that pass all checks, within the plan's limits,
  /// at least one if there is one.
  Result<ReadResult> collect();

  [[nodiscard]] std::uint64_t position() const { return position_; }
  /// The batch at position(). Requires: position() < plan.end, after skip_to_first.
  [[nodiscard]] const kafka::BatchHeader& first() const { return first_; }

 private:
  Result<kafka::BatchHeader> header_at_position();
  Status fill(std::size_t count);
  [[nodiscard]] ByteView at_position() const;
  [[nodiscard]] tl::unexpected<Error> corrupt(std::uint64_t position, std::string_view what) const;

  const ReadPlan& plan_;
  const std::shared_ptr<const SegmentIndex> index_;
  const ReadFrom from_;
  ReadMemory& memory_;
  std::uint64_t position_;
  kafka::BatchHeader first_;
  // Bytes of the file from block_start_ on, of which filled_ are there.
  std::shared_ptr<std::uint8_t[]> block_;
  std::uint64_t block_start_ = 0;
  std::size_t filled_ = 0;
};

/// Reads the index files of a segment. What they lack is missing from the result.
Result<std::shared_ptr<SegmentIndex>> load_index(FileSystem& files, const SegmentFiles& segment,
                                                 std::uint64_t segment_bytes);

}  // namespace millrace::storage
