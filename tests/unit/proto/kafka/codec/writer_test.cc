#include "proto/kafka/codec/writer.h"

#include "tests/support/catch.h"

using namespace millrace;
using namespace millrace::kafka;

namespace {
std::vector<std::uint8_t> written(Writer& writer) {
  REQUIRE_OK(writer.status());
  return writer.take().flatten();
}
}  // namespace

TEST_CASE("primitives as bytes") {
  Writer writer;
  writer.boolean(true);
  writer.int8(-1);
  writer.int16(-2);
  writer.uint16(0xfffe);
  writer.int32(258);
  writer.uint32(0xffffffff);
  writer.int64(1);
  writer.float64(1.5);
  writer.uvarint(300);
  writer.uuid(Uuid());
  REQUIRE(writer.size() == 1 + 1 + 2 + 2 + 4 + 4 + 8 + 8 + 2 + 16);
  auto bytes = written(writer);
  bytes.resize(bytes.size() - 16);
  REQUIRE(bytes == std::vector<std::uint8_t>{1, 0xff, 0xff, 0xfe, 0xff, 0xfe, 0,    0,
                                             1, 2,    0xff, 0xff, 0xff, 0xff, 0,    0,
                                             0, 0,    0,    0,    0,    1,    0x3f, 0xf8,
                                             0, 0,    0,    0,    0,    0,    0xac, 0x02});
  REQUIRE(writer.size() == 0);
}

TEST_CASE("lengths in both encodings") {
  Writer writer;
  writer.string(Lengths::kFixed, "a", "f");
  writer.string(Lengths::kCompact, "a", "f");
  writer.nullable_string(Lengths::kFixed, std::nullopt, "f");
  writer.nullable_string(Lengths::kCompact, std::nullopt, "f");
  writer.bytes(Lengths::kFixed, SharedBytes::own({5}), "f");
  writer.nullable_bytes(Lengths::kCompact, std::nullopt, "f");
  writer.nullable_records(Lengths::kFixed, std::nullopt, "f");
  writer.array_count(Lengths::kCompact, 127, "f");
  writer.null_array(Lengths::kFixed);
  REQUIRE(written(writer) ==
          std::vector<std::uint8_t>{0, 1, 'a',  2,    'a',  0xff, 0xff, 0, 0,    0,    0,    1,
                                    5, 0, 0xff, 0xff, 0xff, 0xff, 0x80, 1, 0xff, 0xff, 0xff, 0xff});
}

TEST_CASE("small bytes are copied, large ones referenced, in the order written") {
  const auto small = SharedBytes::own(std::vector<std::uint8_t>(Writer::kReferenceBytesMin - 1, 1));
  const auto large = SharedBytes::own(std::vector<std::uint8_t>(Writer::kReferenceBytesMin, 2));
  Writer writer;
  writer.int8(7);
  writer.bytes(Lengths::kFixed, small, "f");
  writer.bytes(Lengths::kFixed, large, "f");
  writer.int8(8);
  const BytesChain chain = writer.take();
  const auto all = chain.flatten();
  REQUIRE(all.size() == 1 + 4 + small.size() + 4 + large.size() + 1);
  REQUIRE(all.front() == 7);
  REQUIRE(all.back() == 8);
  REQUIRE(all[5] == 1);
  std::size_t referenced = 0;
  for (const auto& piece : chain.pieces()) {
    REQUIRE(piece.data() != small.data());
    referenced += piece.data() == large.data();
  }
  REQUIRE(referenced == 1);
}

TEST_CASE("many small values share few blocks") {
  Writer writer;
  constexpr int kValues = 100'000;
  for (int i = 0; i < kValues; ++i) writer.int32(i);
  const BytesChain chain = writer.take();
  REQUIRE(chain.size() == kValues * 4);
  REQUIRE(chain.pieces().size() < 20);
  const auto bytes = chain.flatten();
  for (int i = 0; i < kValues; ++i) REQUIRE(load_be<std::int32_t>(bytes.data() + 4 * i) == i);
}

TEST_CASE("a string over the limit is refused by name") {
  Writer writer;
  writer.string(Lengths::kCompact, std::string(kStringBytesMax, 'x'), "fits");
  REQUIRE_OK(writer.status());
  writer.string(Lengths::kCompact, std::string(kStringBytesMax + 1, 'x'), "host");
  REQUIRE_ERROR(writer.status(), ErrorCode::kInvalidArgument);
  REQUIRE(writer.status().error().message.find("host has 32768 bytes") == 0);
}

TEST_CASE("tags leave in order, known and unknown together") {
  Writer writer;
  TaggedFields known;
  known.add(0, [](Writer& w) { w.int8(10); });
  known.add(5, [](Writer& w) { w.int16(11); });
  writer.tags(std::move(known), {{3, SharedBytes::own({12})}});
  REQUIRE(written(writer) == std::vector<std::uint8_t>{3, 0, 1, 10, 3, 1, 12, 5, 2, 0, 11});

  SECTION("twice the same tag") {
    TaggedFields twice;
    twice.add(3, [](Writer& w) { w.int8(10); });
    writer.tags(std::move(twice), {{3, SharedBytes()}});
    REQUIRE_ERROR(writer.status(), ErrorCode::kInvalidArgument);
  }
  SECTION("a failure inside a tagged value is not lost") {
    TaggedFields failing;
    failing.add(1, [](Writer& w) { w.fail_null("inner"); });
    writer.tags(std::move(failing), {});
    REQUIRE_ERROR(writer.status(), ErrorCode::kInvalidArgument);
  }
}
