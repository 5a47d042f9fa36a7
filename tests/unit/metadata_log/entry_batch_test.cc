#include "node/metadata_log/entry_batch.h"

#include "proto/kafka/records/batch_builder.h"
#include "tests/support/catch.h"

namespace millrace::node {

TEST_CASE("an entry is one plain record at its index") {
  const auto batch = entry_batch(Offset(5), as_bytes("value"), TimestampMs(1));
  std::vector<std::uint8_t> two(batch.view().begin(), batch.view().end());
  two.insert(two.end(), batch.view().begin(), batch.view().end());
  const auto entry = entry_value(Offset(5), two);
  REQUIRE_OK(entry);
  REQUIRE(as_text(entry->value) == "value");
  REQUIRE(entry->batch_bytes == batch.size());
  REQUIRE_ERROR(entry_value(Offset(4), two), ErrorCode::kCorrupt);
  REQUIRE_ERROR(entry_value(Offset(5), ByteView(two).first(batch.size() - 1)), ErrorCode::kCorrupt);
  two[batch.size() - 2] ^= 1;
  REQUIRE_ERROR(entry_value(Offset(5), two), ErrorCode::kCorrupt);
}

TEST_CASE("other batches are no entries") {
  const auto refuse = [](kafka::BatchOptions options, int records, bool with_value) {
    kafka::BatchBuilder builder(options);
    for (int i = 0; i < records; ++i) {
      builder.add(TimestampMs(1), std::nullopt,
                  with_value ? std::optional(as_bytes("v")) : std::nullopt);
    }
    REQUIRE_ERROR(entry_value(Offset(0), builder.build().view()), ErrorCode::kCorrupt);
  };
  refuse({}, 2, true);
  refuse({}, 1, false);
  kafka::BatchOptions compressed;
  compressed.compression = kafka::Compression::kZstd;
  refuse(compressed, 1, true);
  kafka::BatchOptions control;
  control.control = true;
  refuse(control, 1, true);
}

}  // namespace millrace::node
