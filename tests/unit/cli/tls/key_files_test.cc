#include "cli/tls/key_files.h"

#include <filesystem>
#include <fstream>

#include "tests/support/catch.h"
#include "tests/unit/node/temporary_directory.h"

namespace millrace::cli {
namespace {

unsigned mode_of(const std::string& path) {
  return static_cast<unsigned>(std::filesystem::status(path).permissions());
}

}  // namespace

TEST_CASE("a key may be read by its owner only, a certificate by all") {
  const node::TemporaryDirectory directory;
  const auto path = directory.path() + "/keys";
  REQUIRE_OK(ensure_key_directory(path));
  REQUIRE_OK(ensure_key_directory(path));
  REQUIRE_FALSE(*has_identity(path, "ca"));
  REQUIRE_OK(write_identity(path, "ca", {"certificate", "key"}));
  REQUIRE(*has_identity(path, "ca"));
  REQUIRE(mode_of(path + "/ca.key") == 0600);
  REQUIRE(mode_of(path + "/ca.crt") == 0644);
  const auto read = read_identity(path, "ca");
  REQUIRE_OK(read);
  REQUIRE(read->certificate == "certificate");
  REQUIRE(read->key == "key");
}

TEST_CASE("what an interrupted write left does not show, and what is there is replaced") {
  const node::TemporaryDirectory directory;
  std::ofstream(directory.path() + "/ca.key.tmp") << "half";
  std::filesystem::permissions(directory.path() + "/ca.key.tmp", std::filesystem::perms(0666));
  REQUIRE_OK(write_identity(directory.path(), "ca", {"old", "old"}));
  REQUIRE_OK(write_identity(directory.path(), "ca", {"new", "new"}));
  REQUIRE(read_identity(directory.path(), "ca")->key == "new");
  REQUIRE(mode_of(directory.path() + "/ca.key") == 0600);
  REQUIRE_FALSE(std::filesystem::exists(directory.path() + "/ca.key.tmp"));
}

TEST_CASE("half an identity is there, but cannot be read") {
  const node::TemporaryDirectory directory;
  std::ofstream(directory.path() + "/ca.crt") << "x";
  REQUIRE(*has_identity(directory.path(), "ca"));
  REQUIRE_ERROR(read_identity(directory.path(), "ca"), ErrorCode::kNotFound);
}

TEST_CASE("what is in the way is told by its name") {
  const node::TemporaryDirectory directory;
  const auto missing = write_identity(directory.path() + "/no", "ca", {"x", "x"});
  REQUIRE_ERROR(missing, ErrorCode::kNotFound);
  REQUIRE(missing.error().message.find("/no/ca.key.tmp") != std::string::npos);
  REQUIRE_ERROR(ensure_key_directory(directory.path() + "/no/no"), ErrorCode::kNotFound);
  std::ofstream(directory.path() + "/ca.crt") << "x";
  std::ofstream(directory.path() + "/ca.key") << std::string((1 << 20) + 1, 'x');
  REQUIRE_ERROR(read_identity(directory.path(), "ca"), ErrorCode::kCorrupt);
}

}  // namespace millrace::cli
