#include <set>

#include "base/bytes.h"
#include "base/crc32c.h"
#include "base/ids.h"
#include "base/random.h"
#include "base/result.h"
#include "base/uuid.h"
#include "tests/support/catch.h"

namespace millrace {
namespace {

static_assert(!std::is_convertible_v<std::int64_t, Offset>);
static_assert(!std::is_convertible_v<Offset, std::int64_t>);
static_assert(!std::is_constructible_v<Offset, TimestampMs>);

TEST_CASE("crc32c matches the check value of the Rocksoft model") {
  REQUIRE(crc32c(as_bytes("123456789")) == 0xe3069283);
  REQUIRE(crc32c({}) == 0);
}

TEST_CASE("crc32c continues an earlier result at every cut") {
  const std::string_view text = "the quick brown fox jumps over the lazy dog";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    const auto head = crc32c(as_bytes(text.substr(0, cut)));
    REQUIRE(crc32c(as_bytes(text.substr(cut)), head) == crc32c(as_bytes(text)));
  }
}

TEST_CASE("big-endian integers keep their value and their byte order") {
  std::uint8_t bytes[8];
  store_be<std::int32_t>(bytes, 0x01020304);
  REQUIRE(bytes[0] == 1);
  REQUIRE(bytes[3] == 4);
  REQUIRE(load_be<std::int32_t>(bytes) == 0x01020304);
  for (const std::int64_t value : {std::int64_t{0}, std::int64_t{-1}, INT64_MIN, INT64_MAX}) {
    store_be(bytes, value);
    REQUIRE(load_be<std::int64_t>(bytes) == value);
  }
  store_be<std::int8_t>(bytes, -5);
  REQUIRE(load_be<std::int8_t>(bytes) == -5);
}

TEST_CASE("a uuid survives its text, and bad text is refused") {
  Random random(1);
  for (int i = 0; i < 1000; ++i) {
    const Uuid id = Uuid::random(random);
    REQUIRE(id.to_string().size() == 22);
    REQUIRE(id.to_string().front() != '-');
    const auto parsed = Uuid::parse(id.to_string());
    REQUIRE_OK(parsed);
    REQUIRE(*parsed == id);
  }
  for (const char* bad : {"", "short", "!!!!!!!!!!!!!!!!!!!!!!", "aaaaaaaaaaaaaaaaaaaaaaa"}) {
    REQUIRE_ERROR(Uuid::parse(bad), ErrorCode::kInvalidArgument);
  }
}

TEST_CASE("a seed decides the whole sequence, and a fork is independent of its parent") {
  Random a(42);
  Random b(42);
  Random fork = a.fork();
  (void)b.next();
  for (int i = 0; i < 100; ++i) REQUIRE(a.next() == b.next());
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 100; ++i) seen.insert(fork.next());
  REQUIRE(seen.size() == 100);
}

TEST_CASE("random ranges reach both ends and nothing outside") {
  Random random(7);
  std::set<std::int64_t> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(random.between(-2, 2));
  REQUIRE(seen == std::set<std::int64_t>{-2, -1, 0, 1, 2});
  REQUIRE(random.between(INT64_MIN, INT64_MAX) != random.between(INT64_MIN, INT64_MAX));
  REQUIRE(random.between(5, 5) == 5);
}

TEST_CASE("a slice keeps its block alive, and a chain compares by content") {
  SharedBytes tail;
  {
    const auto block = SharedBytes::copy_of(as_bytes("hello world"));
    tail = block.slice(6);
  }
  REQUIRE(as_text(tail.view()) == "world");
  BytesChain cut;
  cut.append(SharedBytes::copy_of(as_bytes("wor")));
  cut.append(SharedBytes());
  cut.append(SharedBytes::copy_of(as_bytes("ld")));
  REQUIRE(cut == BytesChain(tail));
  REQUIRE(cut.pieces().size() == 2);
}

Result<int> half(int value) {
  if (value % 2 != 0) return fail(ErrorCode::kInvalidArgument, "odd");
  return value / 2;
}
Result<int> quarter(int value) {
  ASSIGN_OR_RETURN(const int once, half(value));
  RETURN_IF_ERROR(half(once));
  return half(once);
}

TEST_CASE("errors travel through the macros unchanged") {
  REQUIRE(*quarter(8) == 2);
  REQUIRE_ERROR(quarter(7), ErrorCode::kInvalidArgument);
  REQUIRE_ERROR(quarter(6), ErrorCode::kInvalidArgument);
  REQUIRE(to_string(quarter(6).error()) == "InvalidArgument: odd");
}

}  // namespace
}  // namespace millrace
