#include "storage/checkpoint_file.h"

#include "tests/support/catch.h"

namespace millrace::storage {

TEST_CASE("checkpoint files: Kafka's text, there and back") {
  const std::vector<EpochEntry> epochs{{LeaderEpoch(0), Offset(0)}, {LeaderEpoch(7), Offset(1234)}};
  REQUIRE(format_epoch_checkpoint(epochs) == "0\n2\n0 0\n7 1234\n");
  REQUIRE(*parse_epoch_checkpoint("0\n2\n0 0\n7 1234\n") == epochs);
  REQUIRE(*parse_epoch_checkpoint("0\n2\n0 0\n7 1234") == epochs);
  REQUIRE(format_epoch_checkpoint({}) == "0\n0\n");

  const std::vector<OffsetCheckpointEntry> offsets{{"a.b_c-1", PartitionIndex(3), Offset(9)}};
  REQUIRE(format_offset_checkpoint(offsets) == "0\n1\na.b_c-1 3 9\n");
  REQUIRE(*parse_offset_checkpoint("0\n1\na.b_c-1 3 9\n") == offsets);
}

TEST_CASE("checkpoint files: anything else is refused, with the line at fault") {
  const struct {
    const char* text;
    const char* line;
  } cases[] = {
      {"", "line 1"},
      {"1\n0\n", "line 1"},
      {"0\n", "line 2"},
      {"0\nx\n", "line 2"},
      {"0\n2\n1 2\n", "line 2"},
      {"0\n1\n1 2\n3 4\n", "line 2"},
      {"0\n1\n1\n", "line 3"},
      {"0\n1\n1 2 3\n", "line 3"},
      {"0\n2\n1 2\n3 -4\n", "line 4"},
      {"0\n1\nx 2\n", "line 3"},
  };
  for (const auto& each : cases) {
    CAPTURE(each.text);
    const auto parsed = parse_epoch_checkpoint(each.text);
    REQUIRE_ERROR(parsed, ErrorCode::kCorrupt);
    REQUIRE(parsed.error().message.find(each.line) != std::string::npos);
  }
  REQUIRE_ERROR(parse_offset_checkpoint("0\n1\nt 1\n"), ErrorCode::kCorrupt);
  REQUIRE_ERROR(parse_offset_checkpoint("0\n1\nt -1 5\n"), ErrorCode::kCorrupt);
}

}  // namespace millrace::storage
