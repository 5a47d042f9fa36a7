#include "cli/text/encoding.h"

#include "tests/support/catch.h"

namespace millrace::cli {

TEST_CASE("UTF-8 is told from other bytes") {
  for (const char* text : {"", "a", "\x7f", "\xc3\xa9", "\xe2\x82\xac", "\xed\x9f\xbf",
                           "\xf0\x9f\x98\x80", "\xf4\x8f\xbf\xbf"}) {
    REQUIRE(is_utf8(text));
  }
  for (const char* text : {"\x80", "\xc0\x80", "\xc1\xbf", "\xc3", "\xe0\x80\x80", "\xe2\x82",
                           "\xed\xa0\x80", "\xf0\x80\x80\x80", "\xf4\x90\x80\x80",
                           "\xf5\x80\x80\x80", "\xff", "a\xc3(", "\xe2\x28\xa1"}) {
    REQUIRE_FALSE(is_utf8(text));
  }
}

TEST_CASE("base64 goes there and back") {
  const std::string bytes("\x00\xff\x10", 3);
  REQUIRE(base64(bytes) == "AP8Q");
  REQUIRE(from_base64("AP8Q") == bytes);
  REQUIRE_FALSE(from_base64("!").has_value());
}

TEST_CASE("cells stay on one line and in one column") {
  REQUIRE(escape_cell("a\tb\nc\rd\\") == "a\\tb\\nc\\rd\\\\");
}

TEST_CASE("escapes of the command line") {
  REQUIRE(unescape("a\\tb\\n\\\\\\x41\\0", "-f").value() == std::string("a\tb\n\\A\0", 7));
  for (const char* text : {"\\", "\\q", "\\x", "\\x4", "\\xzz", "\\x-1"}) {
    CAPTURE(text);
    REQUIRE_FALSE(unescape(text, "-f").has_value());
  }
}

}  // namespace millrace::cli
