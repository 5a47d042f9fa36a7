#include "proto/kafka/records/batch_run.h"

#include "tests/support/catch.h"
#include "tests/unit/proto/kafka/records/samples.h"

namespace millrace::kafka {
namespace {

/// Three batches of three records: offsets 10 to 12, 20 to 22, 30 to 32; the second is the newest.
std::vector<std::uint8_t> run_of_three() {
  std::vector<std::uint8_t> run;
  for (const std::int64_t base : {10, 20, 30}) {
    const SharedBytes batch =
        changed(sample({.compression = Compression::kLz4}).build(), [&](BatchHeader& header) {
          header.base_offset = Offset(base);
          if (base != 20) return;
          header.base_timestamp = header.base_timestamp + 1000;
          header.max_timestamp = header.max_timestamp + 1000;
        });
    run.insert(run.end(), batch.view().begin(), batch.view().end());
  }
  return run;
}

std::vector<Offset> walked(ByteView run, std::size_t rest) {
  BatchRun batches(run);
  std::vector<Offset> offsets;
  for (;;) {
    const auto batch = batches.next();
    REQUIRE_OK(batch);
    if (!*batch) break;
    REQUIRE((*batch)->bytes.size() == (*batch)->header.total_bytes());
    offsets.push_back((*batch)->header.base_offset);
  }
  REQUIRE(batches.rest().size() == rest);
  return offsets;
}

TEST_CASE("a run is walked batch by batch; a cut batch at its end is what is left") {
  const auto run = run_of_three();
  const std::size_t each = run.size() / 3;
  REQUIRE(walked({}, 0).empty());
  for (std::size_t size = 0; size <= run.size(); ++size) {
    const auto offsets = walked(ByteView(run).first(size), size % each);
    REQUIRE(offsets.size() == size / each);
  }
}

TEST_CASE("a whole batch with a wrong header ends the walk with an error") {
  auto run = run_of_three();
  const std::size_t second = run.size() / 3;
  run[second + 16] = 7;  // magic
  BatchRun batches(run);
  REQUIRE_OK(batches.next());
  REQUIRE_ERROR(batches.next(), ErrorCode::kCorruptMessage);
  run[second + 16] = 2;
  run[second + 8] = 0xff;  // a negative length
  BatchRun negative(run);
  REQUIRE_OK(negative.next());
  REQUIRE_ERROR(negative.next(), ErrorCode::kCorruptMessage);
}

TEST_CASE("the batch where a fetch starts holds the offset, or the next one after a gap") {
  const auto run = run_of_three();
  const std::pair<std::int64_t, std::int64_t> cases[] = {{0, 10},  {10, 10}, {12, 10}, {13, 20},
                                                         {20, 20}, {22, 20}, {32, 30}};
  for (const auto& [offset, base] : cases) {
    const auto found = first_batch_reaching(run, Offset(offset));
    REQUIRE_OK(found);
    REQUIRE((*found)->header.base_offset == Offset(base));
  }
  const auto beyond = first_batch_reaching(run, Offset(33));
  REQUIRE_OK(beyond);
  REQUIRE_FALSE(beyond->has_value());
}

TEST_CASE("the newest record is the first with the largest timestamp") {
  const auto run = run_of_three();
  const auto newest = find_max_timestamp(run);
  REQUIRE_OK(newest);
  REQUIRE((*newest)->offset == Offset(21));
  REQUIRE((*newest)->timestamp == kSampleNow + 1005);
  BatchBuilder builder;
  for (const int later : {0, 9, 9}) builder.add(kSampleNow + later, std::nullopt, as_bytes("v"));
  const SharedBytes twice = builder.build();
  const auto first = find_max_timestamp(twice.view());
  REQUIRE_OK(first);
  REQUIRE((*first)->offset == Offset(1));
  const auto none = find_max_timestamp({});
  REQUIRE_OK(none);
  REQUIRE_FALSE(none->has_value());
}

}  // namespace
}  // namespace millrace::kafka
