#include "raft/entry_window.h"

#include "tests/support/catch.h"

namespace millrace::raft {
namespace {

Entry entry(std::int64_t offset, std::size_t bytes = 10) {
  return {Offset(offset), Term(1),
          Command{SharedBytes::own(std::vector<std::uint8_t>(bytes, 'x'))}};
}

EntryWindow window_of(std::int64_t first, std::int64_t end) {
  EntryWindow window{Offset(first)};
  for (auto offset = first; offset < end; ++offset) window.append(entry(offset));
  return window;
}

TEST_CASE("a window reads what fits, and one entry at least") {
  const auto window = window_of(5, 10);
  const auto each = bytes_of(entry(0));
  REQUIRE(window.read(Offset(5), 1).size() == 1);
  REQUIRE(window.read(Offset(5), 3 * each).size() == 3);
  REQUIRE(window.read(Offset(7), 100 * each).size() == 3);
  REQUIRE(window.read(Offset(10), 100).empty());
}

TEST_CASE("a window that is cut goes on where it was cut") {
  auto window = window_of(5, 10);
  window.truncate(Offset(7));
  REQUIRE(window.end() == Offset(7));
  window.truncate(Offset(3));  // before all that is in memory
  REQUIRE(window.first() == Offset(3));
  REQUIRE(window.end() == Offset(3));
  REQUIRE(window.bytes() == 0);
  window.append(entry(3));
  REQUIRE(window.end() == Offset(4));
}

TEST_CASE("a window keeps what is not committed, however large") {
  auto window = window_of(0, 10);
  window.trim(Offset(4), 0);
  REQUIRE(window.first() == Offset(4));
  REQUIRE(window.bytes() == 6 * bytes_of(entry(0)));
  window.trim(Offset(10), 2 * bytes_of(entry(0)));
  REQUIRE(window.first() == Offset(8));
}

}  // namespace
}  // namespace millrace::raft
