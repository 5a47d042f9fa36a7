#include "cli/records/line_reader.h"

#include <sstream>

#include "tests/support/catch.h"

namespace millrace::cli {

TEST_CASE("lines are read with and without a last line end") {
  std::istringstream in("a\n\nb");
  std::string line;
  REQUIRE(read_line(in, line) == LineRead::kLine);
  REQUIRE(line == "a");
  REQUIRE(read_line(in, line) == LineRead::kLine);
  REQUIRE(line.empty());
  REQUIRE(read_line(in, line) == LineRead::kLine);
  REQUIRE(line == "b");
  REQUIRE(read_line(in, line) == LineRead::kEnd);
}

TEST_CASE("a line beyond the limit ends reading") {
  std::string line;
  std::istringstream fits("abc\n");
  REQUIRE(read_line(fits, line, 3) == LineRead::kLine);
  std::istringstream too_long("abcd\n");
  REQUIRE(read_line(too_long, line, 3) == LineRead::kTooLong);
  std::istringstream all("abcd");
  REQUIRE(read_all(all, line, 3) == LineRead::kTooLong);
  std::istringstream both("ab\nc");
  REQUIRE(read_all(both, line, 4) == LineRead::kLine);
  REQUIRE(line == "ab\nc");
}

}  // namespace millrace::cli
