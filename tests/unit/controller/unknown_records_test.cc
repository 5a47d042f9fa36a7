#include "base/bytes.h"
#include "controller/metadata/codec.h"
#include "tests/support/catch.h"

/// What this program does not know is refused by name, never passed over.
namespace millrace::controller {
namespace {

std::string refusal(std::string_view bytes) {
  const auto decoded = decode(as_bytes(bytes));
  REQUIRE_ERROR(decoded, ErrorCode::kUnsupportedVersion);
  return decoded.error().message;
}

/// An entry of version 1 with one record of `content`, which must be short.
std::string entry_with(std::string_view content) {
  return std::string("\x08\x01\x12") + static_cast<char>(content.size()) + std::string(content);
}

}  // namespace

TEST_CASE("a newer version is refused") {
  REQUIRE(refusal("\x08\x02").find("version 2") != std::string::npos);
  REQUIRE_OK(decode(as_bytes("\x08\x01")));
  // One that this program knows, above what the cluster has agreed on.
  REQUIRE_ERROR(decode(as_bytes("\x08\x01"), 0), ErrorCode::kUnsupportedVersion);
}

TEST_CASE("kinds that do not work yet are refused by name") {
  const std::pair<std::string, const char*> kinds[] = {{"\xA2\x01", "access control rules"},
                                                       {"\xAA\x01", "SCRAM credentials"},
                                                       {"\xB2\x01", "quotas"},
                                                       {"\xBA\x01", "voters"},
                                                       {"\xD2\x03", "records of an unknown kind"}};
  for (const auto& [tag, name] : kinds) {
    INFO(name);
    REQUIRE(refusal(entry_with(tag + std::string("\x01x"))).find(name) != std::string::npos);
  }
}

TEST_CASE("unknown fields are refused wherever they are") {
  // Field 15, a number, in the entry, in each record, in an endpoint.
  const std::string field = "\x78\x01";
  REQUIRE(refusal("\x08\x01" + field).find("field 15") != std::string::npos);
  for (char kind = 1; kind <= 10; ++kind) {
    INFO(static_cast<int>(kind));
    const std::string record{static_cast<char>(kind << 3 | 2), 2};
    REQUIRE(refusal(entry_with(record + field)).find("field 15") != std::string::npos);
  }
  REQUIRE(refusal(entry_with(std::string("\x32\x04\x1A\x02") + field)).find("Endpoint") !=
          std::string::npos);
}

TEST_CASE("records without sense are refused") {
  for (const auto& bad : {
           std::string("\x08\x01\x12\x00", 4),                       // no content
           entry_with("\x0A\x00"), entry_with("\x0A\x03\x0A\x01x"),  // ids of 0 and 1 byte
           entry_with("\x4A\x00"),                                   // a level of 0
           entry_with(std::string("\x32\x04\x40\x03\x48\x02")),      // versions 3 to 2
           entry_with("\x3A\x0B\x08\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01"),  // node -1
           std::string("\x08"), std::string("\x08\x01\x12\x7F"),                // cut
       }) {
    REQUIRE_ERROR(decode(as_bytes(bad)), ErrorCode::kCorrupt);
  }
}

}  // namespace millrace::controller
