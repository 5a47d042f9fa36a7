#include "controller/metadata/codec.h"
#include "tests/support/catch.h"
#include "tests/unit/controller/random_records.h"

namespace millrace::controller {

TEST_CASE("entries and parts of snapshots survive the trip through bytes") {
  Random random(1);
  for (int i = 0; i < 2000; ++i) {
    MetadataTransaction records;
    for (auto count = random.below(6); count > 0; --count) {
      records.push_back(random_record(random));
    }
    const auto bytes = encode(records);
    const auto decoded = decode(bytes);
    REQUIRE_OK(decoded);
    REQUIRE((*decoded == records));
    REQUIRE((encode(*decoded) == bytes));
    const auto part = decode_snapshot_part(encode_snapshot_part(records));
    REQUIRE_OK(part);
    REQUIRE((*part == SnapshotPart(records)));
  }
  for (const SnapshotPart& part : std::vector<SnapshotPart>{
           SnapshotHeader{Offset(7), LeaderEpoch(1)}, SnapshotHeader{Offset(0), kNoLeaderEpoch},
           SnapshotFooter{3}, SnapshotFooter{}}) {
    const auto decoded = decode_snapshot_part(encode_snapshot_part(part));
    REQUIRE_OK(decoded);
    REQUIRE((*decoded == part));
  }
}

}  // namespace millrace::controller
