#include <absl/strings/escaping.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include "node/peer/convert.h"
#include "tests/support/catch.h"

/// Frames as released programs sent them, kept for ever: tests/golden/peer/README.md.
namespace millrace::node {
namespace {

constexpr const char* kFile = MILLRACE_SOURCE_DIR "/tests/golden/peer/frames_1.golden";

using Bytes = std::map<std::string, SharedBytes>;

Uuid id(std::uint8_t number) {
  std::array<std::uint8_t, Uuid::kBytes> bytes{};
  bytes.fill(number);
  return Uuid(bytes);
}

raft::Replica replica(std::int32_t node) {
  return {NodeId(node), DirectoryId(id(static_cast<std::uint8_t>(node + 1)))};
}

SharedBytes text(std::string_view text) {
  return SharedBytes::copy_of(as_bytes(text));
}

std::string hex_of(const SharedBytes& bytes) {
  return absl::BytesToHexString(std::string(as_text(bytes.view())));
}

raft::AppendRequest append() {
  const raft::Term term(7);
  return {term,
          {raft::Term(6), Offset(40)},
          {{Offset(40), term, raft::LeaderChange{}},
           {Offset(41), term, raft::Command{text("command")}},
           {Offset(42), term, raft::VoterSet({replica(1), replica(2)})}},
          Offset(39),
          300};
}

/// One of each kind in version 1 of the frames.
Bytes version_1() {
  const raft::Term term(7);
  const raft::LogPosition position{raft::Term(6), Offset(40)};
  const PeerIdentity identity{
      NodeId(1), DirectoryId(id(2)), IncarnationId(id(3)), {"b1.example", 9093}, {1, 2}};
  Bytes all;
  const auto message = [&](const std::string& name, decltype(raft::Message::body) body) {
    all[name] = encode(Frame(raft::Message{replica(1), replica(2), std::move(body)}));
  };
  all["hello"] = encode(Frame(PeerHello{id(9), identity, {1, 1}, "0.1.0"}));
  all["refusal"] = encode(Frame(Refusal{"no"}));
  message("vote_request", raft::VoteRequest{term, true, position, true});
  message("vote_reply", raft::VoteReply{term, true, true});
  message("append_request", append());
  message("append_reply", raft::AppendReply{term, 300, true, position, Offset(38)});
  message("snapshot_chunk",
          raft::SnapshotChunk{term, position, 1 << 20, text("piece"), 0xdeadbeef, true, 301});
  message("snapshot_reply", raft::SnapshotReply{term, position, 2 << 20, 302});
  message("timeout_now", raft::TimeoutNow{term});
  message("follow", raft::Hello{term, position});
  message("leader_hint", raft::LeaderHint{term, replica(3)});
  message("leader_hint_nobody", raft::LeaderHint{term, raft::kNobody});
  all["question"] =
      encode(Question{id(9), NodeId(1), IncarnationId(id(3)), NodeId(2), text("request")});
  all["answer"] = encode(Reply{text("answer")});
  all["failure"] = encode(Reply{fail(ErrorCode::kNotFound, "no topic named 'a'")});
  return all;
}

Bytes read_recorded() {
  Bytes all;
  std::ifstream file(kFile);
  std::string name;
  std::string hex;
  while (file >> name >> hex) all[name] = text(absl::HexStringToBytes(hex));
  return all;
}

void record_if_asked() {
  if (std::getenv("MILLRACE_RECORD") == nullptr || std::filesystem::exists(kFile)) return;
  std::ofstream file(kFile);
  for (const auto& [name, bytes] : version_1()) {
    file << name << ' ' << hex_of(bytes) << '\n';
  }
}

/// Through the reader and back: what was understood, in our spelling.
SharedBytes understood(const std::string& name, const SharedBytes& bytes) {
  if (name == "question") return encode(decode_question(bytes.view()).value());
  if (name == "answer" || name == "failure") return encode(decode_reply(bytes.view()).value());
  return encode(decode_frame(bytes.view()).value());
}

}  // namespace

TEST_CASE("recorded frames of version 1 are read and written as they were") {
  record_if_asked();
  const auto recorded = read_recorded();
  const auto now = version_1();
  REQUIRE(recorded.size() == now.size());
  for (const auto& [name, bytes] : now) {
    INFO(name);
    REQUIRE(recorded.count(name) == 1);
    REQUIRE(hex_of(recorded.at(name)) == hex_of(bytes));
    REQUIRE(understood(name, recorded.at(name)) == bytes);
  }
}

}  // namespace millrace::node
