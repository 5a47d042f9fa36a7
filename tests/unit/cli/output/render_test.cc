#include "cli/output/render.h"

#include "cli/output/rows.h"
#include "cli/output/table.h"
#include "cli/output/yaml.h"
#include "tests/support/catch.h"

namespace millrace::cli {
namespace {

Shape shape_with_rows() {
  return {.fields = {},
          .columns = {{"NAME", "name"}, {"N", "parts.n"}, {"MORE", "more", true}},
          .rows = "parts",
          .name = "name"};
}

Outcome two_items() {
  Outcome outcome;
  outcome.items.push_back({{"name", "a"}, {"more", nullptr}, {"parts", {{{"n", 1}}, {{"n", 22}}}}});
  outcome.items.push_back({{"name", "b\tc"}, {"more", "x"}, {"parts", {{{"n", nullptr}}}}});
  outcome.errors.push_back({ExitCode::kFailed, "CODE", "t", "it failed", "try again"});
  return outcome;
}

std::string out_of(OutputFormat format) {
  return render("topic list", shape_with_rows(), two_items(), format).out;
}

}  // namespace

TEST_CASE("cells of every kind of value") {
  REQUIRE(cell_text(nullptr) == "-");
  REQUIRE(cell_text("") == "-");
  REQUIRE(cell_text("x") == "x");
  REQUIRE(cell_text(5) == "5");
  REQUIRE(cell_text(true) == "yes");
  REQUIRE(cell_text(Json::array({1, 2})) == "1,2");
  REQUIRE(cell_text(Json::array()) == "-");
  REQUIRE(cell_text(Json{{"a", "1"}, {"b", nullptr}}) == "a=1,b=-");
}

TEST_CASE("a table has aligned columns and no trailing blanks") {
  REQUIRE(table_text({"A", "LONG"}, {{"\xc3\xa9\xc3\xa9\xc3\xa9", "x"}, {"b", ""}}) ==
          "A    LONG\n\xc3\xa9\xc3\xa9\xc3\xa9  x\nb\n");
  REQUIRE(out_of(OutputFormat::kTable) == "NAME  N\na     1\na     22\nb\\tc  -\n");
  REQUIRE(out_of(OutputFormat::kWide) ==
          "NAME  N   MORE\na     1   -\na     22  -\nb\\tc  -   x\n");
}

TEST_CASE("tsv has every column, no header, and - for what is empty") {
  REQUIRE(out_of(OutputFormat::kTsv) == "a\t1\t-\na\t22\t-\nb\\tc\t-\tx\n");
  REQUIRE(tsv_header(shape_with_rows()) == "NAME\tN\tMORE\n");
}

TEST_CASE("rows of two fields stand one below the other") {
  Shape shape = shape_with_rows();
  shape.more_rows = "others";
  Json item = two_items().items[0];
  item["others"] = {{{"n", 333}}};
  REQUIRE(
      rows_of(item, shape, shape.columns) ==
      std::vector<std::vector<std::string>>{{"a", "1", "-"}, {"a", "22", "-"}, {"a", "333", "-"}});
}

TEST_CASE("names come once for each item") {
  REQUIRE(out_of(OutputFormat::kName) == "a\nb\tc\n");
}

TEST_CASE("json is one document with items and errors") {
  const auto parsed = Json::parse(out_of(OutputFormat::kJson));
  REQUIRE(parsed["command"] == "topic list");
  REQUIRE(parsed["version"] == 1);
  REQUIRE(parsed["items"].size() == 2);
  REQUIRE(parsed["errors"][0]["code"] == "CODE");
  REQUIRE(parsed["errors"][0]["hint"] == "try again");
  REQUIRE(render("x", shape_with_rows(), two_items(), OutputFormat::kJson).err.empty());
}

TEST_CASE("errors of the other formats go to standard error") {
  REQUIRE(render("x", shape_with_rows(), two_items(), OutputFormat::kTsv).err ==
          "millrace: it failed\n  try again\n");
}

TEST_CASE("bytes that are not UTF-8 do not break json") {
  Outcome outcome;
  outcome.items.push_back({{"name", "\xff"}});
  REQUIRE(Json::parse(render("x", {}, outcome, OutputFormat::kJson).out).is_object());
  REQUIRE_FALSE(render("x", {}, outcome, OutputFormat::kYaml).out.empty());
}

TEST_CASE("yaml quotes what would not be read as a string") {
  const Json value = {{"plain", "orders"}, {"number", "1"},   {"truth", "yes"},
                      {"empty", ""},       {"colon", "a: b"}, {"n", 5},
                      {"none", nullptr},   {"flag", false},   {"key with: colon", "x"}};
  REQUIRE(yaml_text(value) ==
          "plain: orders\nnumber: \"1\"\ntruth: \"yes\"\nempty: \"\"\ncolon: \"a: b\"\n\"n\": 5\n"
          "none: null\nflag: false\n\"key with: colon\": x\n");
}

TEST_CASE("yaml nests lists and objects") {
  const Json value = {{"list", {{{"a", 1}, {"b", Json::array({1, 2})}}, {{"a", 2}}}},
                      {"none", Json::array()},
                      {"deep", {{"x", Json::object()}}}};
  REQUIRE(yaml_text(value) ==
          "list:\n  - a: 1\n    b:\n      - 1\n      - 2\n  - a: 2\nnone: []\ndeep:\n  x: {}\n");
}

TEST_CASE("the exit code is that of the worst error") {
  const auto code = [](std::vector<ExitCode> exits) {
    std::vector<Problem> errors;
    for (const auto exit : exits) errors.push_back({exit, "", "", "", ""});
    return exit_code_of(errors);
  };
  REQUIRE(code({}) == ExitCode::kDone);
  REQUIRE(code({ExitCode::kFailed}) == ExitCode::kFailed);
  REQUIRE(code({ExitCode::kFailed, ExitCode::kTimedOut}) == ExitCode::kTimedOut);
  REQUIRE(code({ExitCode::kTimedOut, ExitCode::kUnreachable}) == ExitCode::kUnreachable);
  REQUIRE(code({ExitCode::kUnreachable, ExitCode::kUsage}) == ExitCode::kUsage);
}

}  // namespace millrace::cli
