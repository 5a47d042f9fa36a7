#include "storage/whole_file.h"

#include "tests/support/catch.h"
#include "tests/support/sim_file_system.h"

namespace millrace::storage {

TEST_CASE("the directory part of a path, wherever it lies") {
  REQUIRE(directory_of("/a/b") == "/a");
  REQUIRE(directory_of("a/b") == "a");
  REQUIRE(directory_of("/a") == "/");
  REQUIRE(directory_of("a") == ".");
}

TEST_CASE("a directory that was missing is durable") {
  sim::SimFileSystem files(1, {0, 0, 0});
  REQUIRE_OK(ensure_directory(files, "/d"));
  REQUIRE_OK(ensure_directory(files, "/d"));
  files.power_cut();
  REQUIRE(*files.exists("/d"));
}

TEST_CASE("a replaced file is the old or the new one after a power cut") {
  for (std::uint64_t call = 0; call < 6; ++call) {
    sim::SimFileSystem files(call, {});
    REQUIRE_OK(ensure_directory(files, "/d"));
    REQUIRE_OK(replace_whole_file(files, "/d/f", as_bytes("old")));
    files.fail_call(call, ErrorCode::kIo, true);
    const auto replaced = replace_whole_file(files, "/d/f", as_bytes("newer"));
    files.stop_failing();
    files.power_cut();
    const auto bytes = read_whole_file(files, "/d/f");
    REQUIRE_OK(bytes);
    const auto text = as_text(**bytes);
    REQUIRE((text == "newer" || (!replaced && text == "old")));
  }
}

}  // namespace millrace::storage
