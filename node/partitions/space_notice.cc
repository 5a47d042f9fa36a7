#include "node/partitions/space_notice.h"

namespace millrace::node {

SpaceNotice::News SpaceNotice::on_event(const storage::WriterEvent& event) {
  if (const auto* failed = std::get_if<storage::LogWriteFailed>(&event)) {
    const bool is_news = refused_.empty();
    refused_.insert(failed->log.id);
    return is_news ? News::kFull : News::kNone;
  }
  if (const auto* written = std::get_if<storage::LogWritten>(&event))
    return forget(written->log.id);
  return News::kNone;
}

SpaceNotice::News SpaceNotice::forget(const TopicPartitionId& log) {
  if (refused_.erase(log) == 0) return News::kNone;
  return refused_.empty() ? News::kFree : News::kNone;
}

}  // namespace millrace::node
