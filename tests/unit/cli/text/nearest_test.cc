#include "cli/text/nearest.h"

#include "tests/support/catch.h"

namespace millrace::cli {

TEST_CASE("edit distance counts single changes") {
  REQUIRE(edit_distance("", "") == 0);
  REQUIRE(edit_distance("abc", "abc") == 0);
  REQUIRE(edit_distance("abc", "") == 3);
  REQUIRE(edit_distance("list", "lst") == 1);
  REQUIRE(edit_distance("list", "lsit") == 1);  // neighbours swapped
  REQUIRE(edit_distance("kitten", "sitting") == 3);
}

TEST_CASE("the nearest word is found unless all are far") {
  const std::vector<std::string> words = {"create", "list", "describe", "alter", "delete"};
  REQUIRE(nearest("lst", words) == "list");
  REQUIRE(nearest("descirbe", words) == "describe");
  REQUIRE(nearest("crate", words) == "create");
  REQUIRE(nearest("remove", words).empty());
  REQUIRE(nearest("", words).empty());
  REQUIRE(nearest(std::string(100'000, 'x'), words).empty());
  REQUIRE(did_you_mean("delet", words) == "did you mean delete?");
  REQUIRE(did_you_mean("zzz", words).empty());
}

}  // namespace millrace::cli
