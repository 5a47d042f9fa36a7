#pragma once

#include <set>

#include "storage/write_op.h"

namespace millrace::node {

/// Notices when a log directory runs out of space, and when its logs can be written again, so that
/// it is said once each time and not for every refused batch.
///
/// Owner: the writer thread's receiver. Pure.
class SpaceNotice {
 public:
  enum class News { kNone, kFull, kFree };

  /// To be told everything that the directory's writer reports, in order.
  News on_event(const storage::WriterEvent& event);
  /// The log is gone: nobody waits for its space.
  News forget(const TopicPartitionId& log);

 private:
  std::set<TopicPartitionId> refused_;  // logs whose last write found no space
};

}  // namespace millrace::node
