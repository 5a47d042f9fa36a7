#pragma once

#include <optional>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"
#include "proto/kafka/records/batch_header.h"

/// Runs of whole batches, as a read of a log answers them.
namespace millrace::kafka {

/// One whole batch of a run; the view lives as long as the run's bytes.
struct BatchView {
  BatchHeader header;
  ByteView bytes;
};

/// Walks the batches of a run from front to back. A batch that is cut short at the end of the run,
/// as a fetch answer limited by bytes may have it, ends the walk; rest() is what was left.
class BatchRun {
 public:
  /// `run` outlives the walk.
  explicit BatchRun(ByteView run) : rest_(run) {}

  /// The next whole batch, or nothing at the end. Errors: those of parse_batch_header for a batch
  /// that is whole but wrong. The CRC is not looked at.
  Result<std::optional<BatchView>> next();

  /// What has not been walked yet.
  [[nodiscard]] ByteView rest() const { return rest_; }

 private:
  ByteView rest_;
};

/// The first batch of the run that holds an offset at or after `offset`, or nothing: where a fetch
/// from `offset` starts, because batches are answered whole. Errors: as BatchRun::next.
Result<std::optional<BatchView>> first_batch_reaching(ByteView run, Offset offset);

struct TimedOffset {
  Offset offset;
  TimestampMs timestamp;
};

/// The first record with the largest timestamp of a run that is not empty, or nothing. Unpacks only
/// the batch that has it. Errors: as BatchRun::next, batch_body and RecordReader::next.
Result<std::optional<TimedOffset>> find_max_timestamp(ByteView run);

}  // namespace millrace::kafka
