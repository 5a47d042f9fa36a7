#include "cli/local_problem.h"

#include "tests/support/catch.h"

namespace millrace::cli {

TEST_CASE("an error's advice is the hint of its problem") {
  const auto full = local_problem({ErrorCode::kLocked, "/d is in use; stop it; or not"}, "/d");
  REQUIRE(full == Problem{ExitCode::kFailed, "IN_USE", "/d", "/d is in use", "stop it; or not"});
  const auto plain = local_problem({ErrorCode::kIo, "cannot read /d"}, "/d");
  REQUIRE(plain == Problem{ExitCode::kFailed, "IO_ERROR", "/d", "cannot read /d", ""});
}

}  // namespace millrace::cli
