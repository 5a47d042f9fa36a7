#include "proto/kafka/codec/reader.h"

#include "proto/kafka/codec/writer.h"
#include "tests/support/catch.h"

using namespace millrace;
using namespace millrace::kafka;

namespace {

Reader reader_of(std::vector<std::uint8_t> bytes) {
  return Reader(SharedBytes::own(std::move(bytes)));
}

std::string message_of(const Reader& reader) {
  const auto status = reader.status();
  return status ? std::string() : to_string(status.error());
}

}  // namespace

TEST_CASE("integers are big-endian and signed as their type says") {
  Reader reader = reader_of({0xff, 0x80, 0x00, 0xff, 0xfe, 0x00, 0x00, 0x01, 0x02, 0x80, 0,   0,
                             0,    0,    0,    0,    0,    0xff, 0xff, 0xff, 0xff, 0x7f, 0x01});
  REQUIRE(reader.int8("a") == -1);
  REQUIRE(reader.int16("b") == -32768);
  REQUIRE(reader.uint16("c") == 0xfffe);
  REQUIRE(reader.int32("d") == 258);
  REQUIRE(reader.int64("e") == INT64_MIN);
  REQUIRE(reader.uint32("f") == 0xffffffff);
  REQUIRE(reader.boolean("g"));
  REQUIRE(reader.remaining() == 1);
  REQUIRE_OK(reader.status());
}

TEST_CASE("the first failure sticks and names its field") {
  Reader reader = reader_of({1, 2, 3});
  REQUIRE(reader.int16("first") == 258);
  REQUIRE(reader.int32("second") == 0);
  REQUIRE(reader.int8("third") == 0);
  REQUIRE(reader.string(Lengths::kCompact, "fourth").empty());
  REQUIRE_ERROR(reader.status(), ErrorCode::kMalformed);
  REQUIRE(message_of(reader) == "Malformed: second: the message ends inside this field");
  REQUIRE(reader.remaining() == 0);
}

TEST_CASE("varints of up to 32 bits") {
  struct Row {
    std::vector<std::uint8_t> bytes;
    std::uint32_t value;
    bool ok;
  };
  const auto row = GENERATE(values<Row>({
      {{0x00}, 0, true},
      {{0x7f}, 127, true},
      {{0x80, 0x01}, 128, true},
      {{0xff, 0xff, 0xff, 0xff, 0x0f}, 0xffffffff, true},
      {{0x80, 0x80, 0x80, 0x80, 0x00}, 0, true},
      {{0xff, 0xff, 0xff, 0xff, 0x1f}, 0, false},
      {{0xff, 0xff, 0xff, 0xff, 0xff, 0x01}, 0, false},
      {{0x80}, 0, false},
      {{}, 0, false},
  }));
  Reader reader = reader_of(row.bytes);
  REQUIRE(reader.uvarint("n") == row.value);
  REQUIRE(reader.ok() == row.ok);
}

TEST_CASE("strings in both encodings") {
  SECTION("plain") {
    Reader reader = reader_of({0, 2, 'h', 'i', 3, 'h', 'o'});
    REQUIRE(reader.string(Lengths::kFixed, "a") == "hi");
    REQUIRE(reader.string(Lengths::kCompact, "b") == "ho");
    REQUIRE(reader.remaining() == 0);
  }
  SECTION("null is nothing in a nullable field and an error elsewhere") {
    REQUIRE_FALSE(reader_of({0xff, 0xff}).nullable_string(Lengths::kFixed, "a").has_value());
    REQUIRE_FALSE(reader_of({0}).nullable_string(Lengths::kCompact, "a").has_value());
    Reader reader = reader_of({0});
    reader.string(Lengths::kCompact, "name");
    REQUIRE(message_of(reader).find("name: null") != std::string::npos);
  }
  SECTION("other negative lengths are malformed") {
    Reader reader = reader_of({0xff, 0xfe, 1, 2});
    reader.nullable_string(Lengths::kFixed, "a");
    REQUIRE_FALSE(reader.ok());
  }
  SECTION("the limit of the protocol") {
    for (const std::size_t size : {kStringBytesMax, kStringBytesMax + 1}) {
      Writer writer;
      writer.uvarint(static_cast<std::uint32_t>(size) + 1);
      writer.raw(BytesChain(SharedBytes::own(std::vector<std::uint8_t>(size, 'x'))));
      Reader reader(SharedBytes::own(writer.take().flatten()));
      REQUIRE(reader.string(Lengths::kCompact, "a").size() == (size == kStringBytesMax ? size : 0));
      REQUIRE(reader.ok() == (size == kStringBytesMax));
    }
  }
  SECTION("longer than the frame") {
    Reader reader = reader_of({0, 9, 'h', 'i'});
    reader.string(Lengths::kFixed, "a");
    REQUIRE_FALSE(reader.ok());
  }
}

TEST_CASE("byte fields share the frame") {
  const auto frame = SharedBytes::own({0, 0, 0, 2, 7, 8, 3, 9, 9, 0});
  Reader reader(frame);
  REQUIRE(reader.bytes(Lengths::kFixed, "a").data() == frame.data() + 4);
  REQUIRE(reader.nullable_records(Lengths::kCompact, "b")->pieces()[0].data() == frame.data() + 7);
  REQUIRE_FALSE(reader.nullable_bytes(Lengths::kCompact, "c").has_value());
  REQUIRE_OK(reader.status());
  SECTION("a piece of records costs its place in the chain") {
    Reader enough(SharedBytes::own({2, 7}), sizeof(SharedBytes));
    REQUIRE(enough.nullable_records(Lengths::kCompact, "a").has_value());
    Reader short_by_one(SharedBytes::own({2, 7}), sizeof(SharedBytes) - 1);
    short_by_one.nullable_records(Lengths::kCompact, "a");
    REQUIRE_ERROR(short_by_one.status(), ErrorCode::kLimitReached);
  }
  SECTION("null, negative and beyond the end") {
    Reader null = reader_of({0});
    null.bytes(Lengths::kCompact, "a");
    REQUIRE_FALSE(null.ok());
    Reader negative = reader_of({0x80, 0, 0, 0});
    negative.nullable_bytes(Lengths::kFixed, "a");
    REQUIRE_FALSE(negative.ok());
    Reader beyond = reader_of({0xff, 0xff, 0xff, 0xff, 0x0f});
    beyond.nullable_records(Lengths::kCompact, "a");
    REQUIRE_FALSE(beyond.ok());
  }
}

TEST_CASE("an array's count is checked before anything is allocated") {
  const auto read_int = [](Reader& reader) {
    return [&reader](std::int32_t& e) { e = reader.int32("e"); };
  };
  SECTION("it fits exactly") {
    Reader reader = reader_of({0, 0, 0, 1, 0, 0, 0, 5});
    REQUIRE(reader.array<std::int32_t>(Lengths::kFixed, 4, "a", read_int(reader)) ==
            std::vector<std::int32_t>{5});
  }
  SECTION("one element too many for the bytes that are left") {
    Reader reader = reader_of({3, 0, 0, 0, 5, 0, 0, 0});
    reader.array<std::int32_t>(Lengths::kCompact, 4, "a", read_int(reader));
    REQUIRE(message_of(reader) == "Malformed: a: 2 elements announced, 7 bytes left");
  }
  SECTION("null") {
    Reader reader = reader_of({0, 0});
    REQUIRE_FALSE(reader.nullable_array<std::int32_t>(Lengths::kCompact, 4, "a", read_int(reader)));
    REQUIRE_OK(reader.status());
    reader.array<std::int32_t>(Lengths::kCompact, 4, "a", read_int(reader));
    REQUIRE_FALSE(reader.ok());
  }
  SECTION("the budget") {
    const std::vector<std::uint8_t> two = {3, 0, 0, 0, 1, 0, 0, 0, 2};
    Reader enough(SharedBytes::copy_of(two), 8);
    enough.array<std::int32_t>(Lengths::kCompact, 4, "a", read_int(enough));
    REQUIRE_OK(enough.status());
    Reader short_by_one(SharedBytes::copy_of(two), 7);
    short_by_one.array<std::int32_t>(Lengths::kCompact, 4, "a", read_int(short_by_one));
    REQUIRE_ERROR(short_by_one.status(), ErrorCode::kLimitReached);
  }
}

TEST_CASE("tagged fields") {
  std::int16_t known = 0;
  const auto read = [&known](Reader& reader) {
    return reader.tags([&](std::uint32_t tag) {
      if (tag != 1) return false;
      known = reader.int16("known");
      return true;
    });
  };
  SECTION("known ones are read, others are kept") {
    Reader reader = reader_of({3, 0, 1, 0xaa, 1, 2, 0, 5, 9, 0, 0x77});
    const UnknownTags unknown = read(reader);
    REQUIRE_OK(reader.status());
    REQUIRE(known == 5);
    REQUIRE(unknown == UnknownTags{{0, SharedBytes::own({0xaa})}, {9, SharedBytes()}});
    REQUIRE(reader.remaining() == 1);
  }
  const auto refused = [&](std::vector<std::uint8_t> bytes) {
    Reader reader = reader_of(std::move(bytes));
    read(reader);
    return !reader.ok();
  };
  SECTION("a known value must fill its length") {
    REQUIRE(refused({1, 1, 3, 0, 5, 0}));
    REQUIRE(refused({1, 1, 1, 0, 5}));
  }
  SECTION("tags ascend") {
    REQUIRE(refused({2, 3, 0, 3, 0}));
    REQUIRE(refused({2, 4, 0, 3, 0}));
  }
  SECTION("more than the bytes can hold, or longer than the frame") {
    REQUIRE(refused({2, 3, 0, 4}));
    REQUIRE(refused({1, 3, 5, 0}));
    REQUIRE(refused({0xff, 0xff, 0xff, 0xff, 0x0f}));
    Reader reader = reader_of({2, 3, 0, 4});
    reader.tags();
    REQUIRE(message_of(reader) == "Malformed: tagged fields: 2 announced, 3 bytes left");
  }
  SECTION("the budget") {
    Reader enough(SharedBytes::own({1, 3, 0}), 2 * sizeof(UnknownTag));
    enough.tags();
    REQUIRE_OK(enough.status());
    Reader short_by_one(SharedBytes::own({1, 3, 0}), 2 * sizeof(UnknownTag) - 1);
    short_by_one.tags();
    REQUIRE_ERROR(short_by_one.status(), ErrorCode::kLimitReached);
  }
}

TEST_CASE("ids and floating point numbers") {
  Reader reader = reader_of(
      {0x3f, 0xf8, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16});
  REQUIRE(reader.float64("a") == 1.5);
  REQUIRE(reader.uuid("b").bytes()[15] == 16);
  reader.uuid("c");
  REQUIRE(message_of(reader).find("c: ") != std::string::npos);
}
