#include "node/metadata_log/raft_entry.h"

#include "tests/support/catch.h"

namespace millrace::node {
namespace {

constexpr TimestampMs kNow{1'700'000'000'000};
const raft::VoterSet kVoters({{NodeId(1), DirectoryId(Uuid({1}))},
                              {NodeId(4), DirectoryId(Uuid({7}))}});

std::vector<raft::Entry> entries() {
  return {{Offset(7), raft::Term(3), raft::LeaderChange{}},
          {Offset(7), raft::Term(3), raft::Command{SharedBytes::copy_of(as_bytes("a command"))}},
          {Offset(7), raft::Term(3), raft::Command{}},
          {Offset(7), raft::Term(3), kVoters},
          {Offset(7), raft::Term(3), raft::VoterSet()}};
}

TEST_CASE("entries of every kind are read as they were written") {
  for (const auto& entry : entries()) {
    const auto bytes = encode_entry(entry, kNow);
    const auto decoded = decode_entry(Offset(7), bytes);
    REQUIRE_OK(decoded);
    REQUIRE(decoded->entry == entry);
    REQUIRE(decoded->batch_bytes == bytes.size());
  }
}

TEST_CASE("an entry with any bit flipped, or cut anywhere, is refused") {
  for (const auto& entry : entries()) {
    const auto bytes = encode_entry(entry, kNow);
    const std::vector<std::uint8_t> good(bytes.view().begin(), bytes.view().end());
    for (std::size_t i = 0; i < good.size() * 8; ++i) {
      auto bad = good;
      bad[i / 8] ^= static_cast<std::uint8_t>(1U << (i % 8));
      const bool in_epoch = i / 8 >= 12 && i / 8 < 16;  // the batch CRC does not cover it, sums do
      const auto decoded = decode_entry(Offset(7), SharedBytes::own(std::move(bad)));
      REQUIRE(decoded.has_value() == in_epoch);
    }
    for (std::size_t end = 0; end < good.size(); ++end)
      REQUIRE_FALSE(decode_entry(Offset(7), bytes.slice(0, end)).has_value());
    REQUIRE_FALSE(decode_entry(Offset(8), bytes).has_value());
  }
}

}  // namespace
}  // namespace millrace::node
