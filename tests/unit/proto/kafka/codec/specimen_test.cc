// What the generator makes of a schema that has everything; see specimen.schema.

#include "proto/kafka/messages/specimen.h"

#include "proto/kafka/codec/reader.h"
#include "proto/kafka/codec/writer.h"
#include "tests/support/catch.h"
#include "tests/unit/proto/kafka/codec/arbitrary.h"

using namespace millrace;
using namespace millrace::kafka;

namespace {

Result<std::vector<std::uint8_t>> encoded(const Specimen& specimen, std::int16_t version) {
  Writer writer;
  RETURN_IF_ERROR(specimen.encode(writer, version));
  return writer.take().flatten();
}

Result<Specimen> decoded(std::vector<std::uint8_t> bytes, std::int16_t version) {
  Reader reader(SharedBytes::own(std::move(bytes)));
  ASSIGN_OR_RETURN(auto specimen, Specimen::decode(reader, version));
  REQUIRE(reader.remaining() == 0);
  return specimen;
}

}  // namespace

TEST_CASE("stated defaults") {
  const Specimen specimen;
  REQUIRE(specimen.flag);
  REQUIRE(specimen.wide == 0xffffffff);
  REQUIRE(specimen.ratio == 0.5);
  REQUIRE_FALSE(specimen.maybe_blob.has_value());
  REQUIRE(specimen.empty_blob == SharedBytes());
  REQUIRE(specimen.names.has_value());
  REQUIRE(specimen.lowest == INT64_MIN);
  REQUIRE(specimen.name == "none");
  REQUIRE_FALSE(specimen.maybe_inner.has_value());
  REQUIRE(specimen.tagged_flag);
}

TEST_CASE("the first version, byte by byte") {
  Specimen specimen;
  specimen.small = 0x8001;
  specimen.blob = SharedBytes::own({7});
  specimen.codes = {KafkaError::kNone, KafkaError::kUnknownServerError};
  specimen.names->push_back("n");
  specimen.name = "x";
  specimen.gone = 3;
  const auto bytes = encoded(specimen, 0);
  REQUIRE_OK(bytes);
  REQUIRE(*bytes == std::vector<std::uint8_t>{1,                                      // flag
                                              0x80, 1,                                // small
                                              0x3f, 0xe0, 0,    0,    0, 0, 0,    0,  // ratio
                                              0,    0,    0,    1,    7,              // blob
                                              0xff, 0xff, 0xff, 0xff,                 // maybe_blob
                                              0,    0,    0,    0,                    // empty_blob
                                              0,    0,    0,    2,    0, 0, 0xff, 0xff,  // codes
                                              0,    0,    0,    1,    0, 1, 'n',         // names
                                              0x80, 0,    0,    0,    0, 0, 0,    0,     // lowest
                                              0,    1,    'x',                           // name
                                              0xff,  // maybe_inner
                                              3});   // gone
  REQUIRE(*decoded(*bytes, 0) == specimen);
}

TEST_CASE("tagged bytes, structs and flags") {
  Specimen specimen;
  specimen.tagged_blob = SharedBytes::own({5});
  specimen.tagged_part.emplace().at = Offset(1);
  specimen.tagged_flag = false;
  specimen.inner.note = "n";
  const auto with = encoded(specimen, 3);
  REQUIRE_OK(with);
  REQUIRE(*decoded(*with, 3) == specimen);
  SECTION("a tag in a version that does not have it") {
    REQUIRE_ERROR(encoded(specimen, 2), ErrorCode::kUnsupportedVersion);
    specimen.inner.note.reset();
    const auto without = encoded(specimen, 2);
    REQUIRE_OK(without);
    REQUIRE(decoded(*without, 2)->tagged_flag);  // ignorable, and gone
  }
  SECTION("a null tagged struct is its default") {
    specimen.tagged_part.reset();
    const auto shorter = encoded(specimen, 3);
    REQUIRE_OK(shorter);
    REQUIRE(shorter->size() < with->size());
    REQUIRE(*decoded(*shorter, 3) == specimen);
  }
}

TEST_CASE("nulls by version") {
  Specimen specimen;
  specimen.empty_blob.reset();
  REQUIRE_ERROR(encoded(specimen, 0), ErrorCode::kInvalidArgument);
  REQUIRE_OK(encoded(specimen, 1));
  specimen.names.reset();
  REQUIRE_ERROR(encoded(specimen, 1), ErrorCode::kInvalidArgument);
  REQUIRE_OK(encoded(specimen, 2));
}

TEST_CASE("a secret deep inside stays hidden, sizes and structs show") {
  Specimen specimen;
  specimen.blob = SharedBytes::own({1, 2, 3});
  specimen.inner.parts.emplace_back().hidden = "password";
  specimen.tagged_part.emplace().hidden = "password";
  const std::string text = specimen.describe();
  REQUIRE(text.find("password") == std::string::npos);
  REQUIRE(text.find("parts=[{at=0, hidden=(secret)}]") != std::string::npos);
  REQUIRE(text.find("blob=<3 bytes>") != std::string::npos);
  REQUIRE(text.find("tagged_part={at=0, hidden=(secret)}") != std::string::npos);
  REQUIRE(text.find("gone") == std::string::npos);
}

TEST_CASE("random content survives every version") {
  for (std::int16_t version = 0; version <= Specimen::kMaxVersion; ++version) {
    for (std::uint64_t seed = 0; seed < 500; ++seed) {
      INFO("version " << version << " seed " << seed);
      Arbitrary arbitrary(seed);
      Specimen specimen;
      fill(specimen, arbitrary, version);
      const auto bytes = encoded(specimen, version);
      REQUIRE_OK(bytes);
      const auto again = decoded(*bytes, version);
      REQUIRE_OK(again);
      REQUIRE(*again == specimen);
    }
  }
}
