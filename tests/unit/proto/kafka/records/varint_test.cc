#include "proto/kafka/records/varint.h"

#include "base/random.h"
#include "tests/support/catch.h"

namespace millrace::kafka {
namespace {

using Bytes = std::vector<std::uint8_t>;

TEST_CASE("numbers are written as the format's examples have them") {
  const std::pair<std::int64_t, Bytes> cases[] = {
      {0, {0x00}},
      {-1, {0x01}},
      {1, {0x02}},
      {63, {0x7e}},
      {-64, {0x7f}},
      {64, {0x80, 0x01}},
      {-65, {0x81, 0x01}},
      {300, {0xd8, 0x04}},
      {INT32_MAX, {0xfe, 0xff, 0xff, 0xff, 0x0f}},
      {INT32_MIN, {0xff, 0xff, 0xff, 0xff, 0x0f}},
      {INT64_MAX, {0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01}},
      {INT64_MIN, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01}},
  };
  for (const auto& [value, bytes] : cases) {
    Bytes written;
    put_varlong(written, value);
    REQUIRE(written == bytes);
    ByteView view(bytes);
    REQUIRE(take_varlong(view) == value);
    REQUIRE(view.empty());
  }
}

TEST_CASE("any number comes back, and what follows it is left alone") {
  Random random(7);
  for (int i = 0; i < 10'000; ++i) {
    const auto value = static_cast<std::int64_t>(random.next() >> random.below(64));
    Bytes bytes;
    put_varlong(bytes, value);
    for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
      ByteView view = ByteView(bytes).first(cut);
      REQUIRE_FALSE(take_varlong(view).has_value());
    }
    bytes.push_back(0x55);
    ByteView view(bytes);
    REQUIRE(take_varlong(view) == value);
    REQUIRE(view.size() == 1);
    ByteView narrow(bytes);
    REQUIRE(take_varint(narrow).has_value() == (value >= INT32_MIN && value <= INT32_MAX));
  }
}

TEST_CASE("more bytes than a number needs are read, more than its width allows are not") {
  const Bytes five{0x82, 0x80, 0x80, 0x80, 0x00};
  const Bytes six{0x82, 0x80, 0x80, 0x80, 0x80, 0x00};
  const Bytes ten{0x82, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00};
  Bytes eleven = ten;
  eleven[9] = 0x80;
  eleven.push_back(0x00);
  ByteView view(five);
  REQUIRE(take_varint(view) == 1);
  view = six;
  REQUIRE_FALSE(take_varint(view).has_value());
  view = six;
  REQUIRE(take_varlong(view) == 1);
  view = ten;
  REQUIRE(take_varlong(view) == 1);
  view = eleven;
  REQUIRE_FALSE(take_varlong(view).has_value());
}

}  // namespace
}  // namespace millrace::kafka
