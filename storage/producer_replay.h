#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "storage/file_system.h"
#include "storage/producer_state.h"
#include "storage/segment_index.h"
#include "storage/write_op.h"

/// Building the producers' state again from the newest snapshot and the batches after it.
namespace millrace::storage {

/// A segment whose batch headers may have to be read.
struct ReplaySegment {
  std::shared_ptr<SegmentFiles> files;
  std::uint64_t bytes;
  std::shared_ptr<const SegmentIndex> index;  // to begin inside; null: from its first batch
};

struct ProducerReplay {
  std::string directory;
  std::vector<Offset> snapshots;        // sorted
  std::vector<ReplaySegment> segments;  // sorted
  Offset log_start;
  Offset end;  // the state below this
  std::uint32_t producers_max = 0;
  TimestampMs now;  // when the producers are taken to have been seen last
};

/// A snapshot knows the last batch of each producer alone. So much of its segment before it is read
/// as well, to know again the batches that clients may still have in flight.
inline constexpr std::uint64_t kReplayLookBackBytes = 4 << 20;

/// A snapshot that is missing or broken is passed over for an older one, at last for the whole log.
/// Stops at what is not a batch. Errors: kIo.
Result<ProducerState> replay_producers(FileSystem& files, const ProducerReplay& replay);

}  // namespace millrace::storage
