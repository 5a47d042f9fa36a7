#include "node/peer/tls_files.h"

#include <filesystem>
#include <fstream>
#include <functional>

#include "node/loops/system_clock.h"
#include "tests/support/catch.h"
#include "tests/unit/node/peer/certificates.h"
#include "tests/unit/node/temporary_directory.h"

namespace millrace::node {
namespace {

const Uuid kCluster{{1}};
const CertifiedName kSelf{kCluster, NodeId(1)};

void overwrite(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::trunc) << text;
}

}  // namespace

TEST_CASE("the files of a node are judged in one sentence each") {
  const TemporaryDirectory directory;
  const TestCa ca;
  const TestCa other_ca;
  const auto prefix = directory.path() + "/a";
  const auto beside = directory.path() + "/b";
  struct Case {
    std::string what;
    std::function<void(PeerTls&)> spoil;
    std::string sentence;  // a part; empty: accepted
  };
  const auto issue = [&](const TestCa::Wish& wish) { ca.issue(prefix, wish); };
  const std::vector<Case> cases = {
      {"good", [](PeerTls&) {}, ""},
      {"no certificate", [](PeerTls& tls) { std::filesystem::remove(tls.certificate_file); },
       "cannot read the certificate"},
      {"no key", [](PeerTls& tls) { std::filesystem::remove(tls.key_file); },
       "cannot read the key"},
      {"no CA", [](PeerTls& tls) { std::filesystem::remove(tls.ca_file); }, "cannot read the CA"},
      {"a directory", [&](PeerTls& tls) { tls.certificate_file = directory.path(); },
       "cannot read the certificate"},
      {"an empty file", [](PeerTls& tls) { overwrite(tls.key_file, ""); }, "it is empty"},
      {"a huge file", [](PeerTls& tls) { overwrite(tls.ca_file, std::string((1 << 20) + 1, 'a')); },
       "is larger than 1048576 bytes"},
      {"not PEM", [](PeerTls& tls) { overwrite(tls.certificate_file, "hello"); },
       "holds no certificate in PEM form"},
      {"not a key", [](PeerTls& tls) { overwrite(tls.key_file, "hello"); }, "holds no private key"},
      {"another key", [&](PeerTls& tls) { tls.key_file = ca.issue(beside, kSelf).key_file; },
       "does not belong to the certificate"},
      {"another CA", [&](PeerTls& tls) { tls.ca_file = other_ca.issue(beside, kSelf).ca_file; },
       "does not come from the CA"},
      {"run out",
       [&](PeerTls&) { issue({std::chrono::hours(-2), std::chrono::hours(-1), name_uri(kSelf)}); },
       "ran out on"},
      {"not yet",
       [&](PeerTls&) { issue({std::chrono::hours(1), std::chrono::hours(2), name_uri(kSelf)}); },
       "check this machine's clock"},
      {"no name", [&](PeerTls&) { issue({}); }, "names no node"},
      {"another cluster", [&](PeerTls&) { ca.issue(prefix, {Uuid{{2}}, NodeId(1)}); },
       "belongs to cluster"},
      {"another node", [&](PeerTls&) { ca.issue(prefix, {kCluster, NodeId(2)}); },
       "belongs to node 2, this is node 1; make one with 'millrace tls issue --node 1 "
       "--cluster-id " +
           kCluster.to_string() + "'"},
  };
  for (const auto& [what, spoil, sentence] : cases) {
    INFO(what);
    auto files = ca.issue(prefix, kSelf);
    spoil(files);
    const auto judged = check_tls_files(files, kSelf, SystemClock().wall_now());
    REQUIRE(judged.has_value() == sentence.empty());
    if (judged) continue;
    INFO(judged.error().message);
    REQUIRE_SAME_CODE(judged.error().code, ErrorCode::kInvalidConfig);
    REQUIRE(judged.error().message.find(sentence) != std::string::npos);
    REQUIRE(judged.error().message.find('\n') == std::string::npos);
  }
}

TEST_CASE("the end of a certificate is known") {
  const TemporaryDirectory directory;
  const TestCa ca;
  const auto files = ca.issue(directory.path() + "/a", kSelf);
  REQUIRE(certificate_expiry(files.certificate_file).value() == TimestampMs(ca.last_expiry_ms()));
  REQUIRE_ERROR(certificate_expiry(files.key_file), ErrorCode::kInvalidConfig);
}

}  // namespace millrace::node
