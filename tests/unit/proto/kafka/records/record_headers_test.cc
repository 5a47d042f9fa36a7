#include "proto/kafka/records/record_headers.h"

#include "tests/support/catch.h"

namespace millrace::kafka {
namespace {

using Bytes = std::vector<std::uint8_t>;

TEST_CASE("headers are read in their order, with empty and null values apart") {
  const Bytes bytes{6, 2, 'a', 2, 'x', 0, 1, 2, 'a', 0, 0x55};
  ByteView rest(bytes);
  const auto headers = RecordHeadersView::take(rest);
  REQUIRE(headers.has_value());
  REQUIRE(rest.size() == 1);
  REQUIRE(headers->size() == 3);
  std::vector<RecordHeaderView> all(headers->begin(), headers->end());
  REQUIRE(all[0].key == "a");
  REQUIRE(as_text(*all[0].value) == "x");
  REQUIRE(all[1].key.empty());
  REQUIRE_FALSE(all[1].value.has_value());
  REQUIRE(all[2].key == "a");
  REQUIRE(all[2].value->empty());
}

TEST_CASE("no headers at all") {
  const Bytes bytes{0};
  ByteView rest(bytes);
  const auto headers = RecordHeadersView::take(rest);
  REQUIRE(headers.has_value());
  REQUIRE(headers->empty());
  REQUIRE(headers->begin() == headers->end());
  REQUIRE(RecordHeadersView().begin() == RecordHeadersView().end());
}

TEST_CASE("headers that are not there are refused") {
  const Bytes cases[] = {
      {},                                    // no count
      {1},                                   // a count of -1
      {4, 2, 'a', 0},                        // one of two
      {2, 1, 1},                             // a null key
      {2, 2, 'a', 3},                        // a value of length -2
      {2, 2, 'a', 4, 'x'},                   // a value beyond the bytes
      {2, 4, 'a'},                           // a key beyond the bytes
      {0xfe, 0xff, 0xff, 0xff, 0x0f, 0, 0},  // two billion in two bytes
  };
  for (const Bytes& bytes : cases) {
    ByteView rest(bytes);
    REQUIRE_FALSE(RecordHeadersView::take(rest).has_value());
  }
}

TEST_CASE("a million empty headers take no memory of their own") {
  constexpr std::size_t kCount = 1'000'000;
  Bytes bytes{0x80, 0x89, 0x7a};  // 2 * kCount
  for (std::size_t i = 0; i < kCount; ++i) bytes.insert(bytes.end(), {0, 1});
  ByteView rest(bytes);
  const auto headers = RecordHeadersView::take(rest);
  REQUIRE(headers.has_value());
  REQUIRE(std::distance(headers->begin(), headers->end()) == kCount);
  static_assert(sizeof(RecordHeadersView) <= 32);
}

}  // namespace
}  // namespace millrace::kafka
