#include "node/partitions/space_notice.h"

#include "tests/support/catch.h"

namespace millrace::node {
namespace {

using News = SpaceNotice::News;

storage::LogRef log(std::int32_t partition) {
  return {{TopicId(), PartitionIndex(partition)}, 0};
}
storage::WriterEvent failed(std::int32_t partition) {
  return storage::LogWriteFailed{log(partition), {ErrorCode::kNoSpace, "full"}, Offset(0)};
}
storage::WriterEvent written(std::int32_t partition) {
  return storage::LogWritten{log(partition), Offset(1)};
}

}  // namespace

TEST_CASE("space notice: said once when it is full, once when it is free") {
  SpaceNotice notice;
  REQUIRE(notice.on_event(written(0)) == News::kNone);
  REQUIRE(notice.on_event(failed(0)) == News::kFull);
  REQUIRE(notice.on_event(failed(0)) == News::kNone);
  REQUIRE(notice.on_event(failed(1)) == News::kNone);
  REQUIRE(notice.on_event(written(2)) == News::kNone);  // a smaller write may still find room
  REQUIRE(notice.on_event(written(0)) == News::kNone);
  REQUIRE(notice.on_event(written(1)) == News::kFree);
  REQUIRE(notice.on_event(written(1)) == News::kNone);
  REQUIRE(notice.on_event(failed(1)) == News::kFull);
}

TEST_CASE("space notice: a log that is gone is not waited for") {
  SpaceNotice notice;
  REQUIRE(notice.on_event(failed(0)) == News::kFull);
  REQUIRE(notice.forget(log(1).id) == News::kNone);
  REQUIRE(notice.forget(log(0).id) == News::kFree);
}

}  // namespace millrace::node
