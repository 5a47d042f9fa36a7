#pragma once

#include <cstdint>
#include <memory>

#include "base/ids.h"
#include "base/result.h"
#include "storage/producer_replay.h"
#include "storage/read_plan.h"

/// Cutting a log in three steps: Log::plan_truncate on its loop, locate_cut anywhere, because it
/// reads, Log::truncate on the loop again.
namespace millrace::storage {

struct TruncationPlan {
  ReadPlan read;  // from the offset that goes first
  ProducerReplay producers;
};

/// Where a log is cut, and what it is after that.
struct Cut {
  Offset end;              // of the log: a batch that holds the offset asked for goes as a whole
  std::uint64_t position;  // in its segment
  Offset segment_base;
  std::uint32_t generation;             // of the plan
  std::shared_ptr<SegmentIndex> index;  // of the segment, up to the cut
  TimestampMs max_timestamp;            // of the segment, up to the cut
  Offset max_timestamp_offset;
  ProducerState producers;
};

/// Waits for the disk. Errors: kCorruptMessage (a batch before the cut is damaged), kIo.
Result<Cut> locate_cut(FileSystem& files, const TruncationPlan& plan);

}  // namespace millrace::storage
