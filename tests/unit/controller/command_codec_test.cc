#include "controller/metadata/command_codec.h"

#include <absl/strings/escaping.h>

#include <cstdlib>
#include <fstream>
#include <set>

#include "controller/metadata/error_numbers.h"
#include "tests/support/catch.h"
#include "tests/unit/controller/random_requests.h"

namespace millrace::controller {
namespace {

std::string hex(const SharedBytes& bytes) {
  return absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

/// One request of each kind and some results, the same in every run.
std::vector<std::string> version_1() {
  Random random(11);
  std::vector<std::string> lines;
  for (const auto& request : one_request_of_each_kind(random)) {
    lines.push_back("request " + hex(encode(request)));
  }
  for (int i = 0; i < 4; ++i) lines.push_back("result " + hex(encode(random_result(random))));
  return lines;
}

std::vector<std::string> lines_of(const std::string& path) {
  std::ifstream file(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

}  // namespace

TEST_CASE("requests and results survive the trip through bytes") {
  Random random(1);
  std::set<std::size_t> kinds;
  for (int i = 0; i < 3000; ++i) {
    const auto request = random_request(random);
    const auto bytes = encode(request);
    const auto decoded = decode_request(bytes.view());
    REQUIRE_OK(decoded);
    REQUIRE((*decoded == request));
    REQUIRE((encode(*decoded) == bytes));
    kinds.insert(std::visit([](const auto& kind) { return kind.body.index(); }, request) +
                 100 * request.index());

    const auto result = random_result(random);
    const auto read = decode_result(encode(result).view());
    REQUIRE_OK(read);
    REQUIRE((*read == result));
  }
  REQUIRE(kinds.size() == std::variant_size_v<decltype(Command::body)> +
                              std::variant_size_v<decltype(QuorumCommand::body)>);
}

TEST_CASE("bytes that are no command are refused, never trusted") {
  REQUIRE_ERROR(decode_request({}), ErrorCode::kMalformed);
  REQUIRE_ERROR(decode_result({}), ErrorCode::kMalformed);
  Random random(2);
  for (int i = 0; i < 20'000; ++i) {
    const bool is_request = random.chance(1, 2);
    const auto good = is_request ? encode(random_request(random)) : encode(random_result(random));
    std::vector<std::uint8_t> bad(good.view().begin(), good.view().end());
    bad[random.below(bad.size())] ^= static_cast<std::uint8_t>(1 + random.below(255));
    if (random.chance(1, 4)) bad.resize(random.below(bad.size()));
    const auto check = [&](const auto& decoded) {
      if (decoded) return;
      REQUIRE((decoded.error().code == ErrorCode::kMalformed ||
               decoded.error().code == ErrorCode::kUnsupportedVersion));
    };
    is_request ? check(decode_request(bad)) : check(decode_result(bad));
  }
}

TEST_CASE("what this release does not know is refused") {
  // Version 2; field 99 in the request, in its body, in an endpoint of a result's quorum.
  REQUIRE_ERROR(decode_request(as_bytes(std::string_view("\x08\x02\x92\x01\x00", 5))),
                ErrorCode::kUnsupportedVersion);
  REQUIRE_OK(decode_request(as_bytes(std::string_view("\x08\x01\xc2\x02\x00", 5))));
  REQUIRE_ERROR(decode_request(as_bytes(std::string_view("\x08\x01\xc2\x02\x00\x98\x06\x01", 8))),
                ErrorCode::kMalformed);
  REQUIRE_ERROR(decode_request(as_bytes(std::string_view("\x08\x01\xc2\x02\x03\x98\x06\x01", 8))),
                ErrorCode::kMalformed);
  REQUIRE_ERROR(decode_request(as_bytes("\x08\x01")), ErrorCode::kMalformed);
  REQUIRE_ERROR(decode_result(as_bytes("\x08\x01\x12\x02\x08\x7f")), ErrorCode::kMalformed);
}

TEST_CASE("every error has a number, for ever") {
  std::set<std::uint32_t> numbers;
  for (auto code = ErrorCode::kInvalidArgument;
       code <= ErrorCode::kTransactionalIdAuthorizationFailed;
       code = static_cast<ErrorCode>(static_cast<int>(code) + 1)) {
    INFO(name_of(code));
    REQUIRE(numbers.insert(number_of(code)).second);
    REQUIRE(error_code_of(number_of(code)) == code);
  }
  REQUIRE(!error_code_of(0));
  REQUIRE(!error_code_of(static_cast<std::uint32_t>(numbers.size()) + 1));
  REQUIRE(number_of(ErrorCode::kNotController) == 52);
}

TEST_CASE("commands of version 1 are written, and read, as they were recorded") {
  const std::string path = MILLRACE_SOURCE_DIR "/tests/golden/metadata/commands_1.golden";
  auto then = lines_of(path);
  const auto now = version_1();
  if (then.empty() && std::getenv("MILLRACE_RECORD") != nullptr) {
    std::ofstream file(path);
    for (const auto& line : now) file << line << '\n';
    then = now;
  }
  REQUIRE(then == now);
}

}  // namespace millrace::controller
