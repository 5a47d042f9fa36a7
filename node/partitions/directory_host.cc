#include "node/partitions/directory_host.h"

#include "node/log/log.h"

namespace millrace::node {

DirectoryHost::DirectoryHost(std::unique_ptr<PartitionStore> store,
                             std::unique_ptr<storage::DirectoryWriter> writer, IoPool& pool,
                             WriterThread::Deliver deliver)
    : store_(std::move(store)),
      path_(store_->directory().path()),
      deliver_(std::move(deliver)),
      thread_("writer", std::move(writer), pool,
              [this](std::vector<storage::WriterEvent> events) { pass_on(std::move(events)); }) {}

void DirectoryHost::pass_on(std::vector<storage::WriterEvent> events) {
  for (const auto& event : events) {
    tell(space_.on_event(event));
  }
  deliver_(std::move(events));
}

void DirectoryHost::tell(SpaceNotice::News news) const {
  if (news == SpaceNotice::News::kFull) {
    log_error("no space left on the disk: produce is refused until some returns, reads go on",
              {{"directory", path_}});
  } else if (news == SpaceNotice::News::kFree) {
    log_info("the disk has space again: produce goes on", {{"directory", path_}});
  }
}

void DirectoryHost::let_go(const TopicPartitionId& id) {
  thread_.post_quiet([this, id](storage::DirectoryWriter& writer) {
    store_->let_go(id, writer);
    tell(space_.forget(id));
    if (auto waiting = std::exchange(waiting_creation_, std::nullopt)) {
      try_create(std::move(*waiting), writer);
    }
  });
}

void DirectoryHost::create(controller::ImagePtr image, Offset from, Created done) {
  thread_.post(
      [this, creation = Creation{std::move(image), from, std::move(done)}](
          storage::DirectoryWriter& writer) mutable { try_create(std::move(creation), writer); });
}

void DirectoryHost::try_create(Creation creation, storage::DirectoryWriter& writer) {
  auto logs = store_->create_new(*creation.image, creation.from, writer);
  if (logs) {
    std::move(creation.done)(std::move(*logs));
  } else {
    waiting_creation_ = std::move(creation);
  }
}

Status DirectoryHost::finish() {
  if (!thread_.finish()) {
    return fail(ErrorCode::kIo, "the log directory " + path_ + " is out of use");
  }
  return store_->mark_clean();
}

}  // namespace millrace::node
