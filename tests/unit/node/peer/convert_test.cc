#include "node/peer/convert.h"

#include "node/metadata_log/raft_entry.h"
#include "node/peer/constants.h"
#include "raft/limits.h"
#include "tests/support/catch.h"
#include "tests/unit/node/peer/random_frames.h"

namespace millrace::node {
namespace {

constexpr int kRounds = 5'000;

static_assert(kFrameBytesMax > kMetadataEntryBytesMax + (kMetadataEntryBytesMax >> 6));

raft::Message append_of(std::vector<raft::Entry> entries) {
  return {{NodeId(1), {}},
          {NodeId(2), {}},
          raft::AppendRequest{
              raft::Term(5), {raft::Term(2), Offset(10)}, std::move(entries), Offset(3), 1}};
}

raft::Entry entry_at(std::int64_t offset, std::int32_t term) {
  return {Offset(offset), raft::Term(term), raft::LeaderChange{}};
}

Result<Frame> trip(const Frame& frame) {
  return decode_frame(encode(frame).view());
}

}  // namespace

TEST_CASE("every frame, question and reply survives the trip") {
  Random random(7);
  for (int i = 0; i < kRounds; ++i) {
    const Frame frame = random_frame(random);
    const auto bytes = encode(frame);
    const auto again = decode_frame(bytes.view());
    REQUIRE_OK(again);
    REQUIRE(again->index() == frame.index());
    REQUIRE(encode(*again) == bytes);
    if (const auto* message = std::get_if<raft::Message>(&frame)) {
      const auto& got = std::get<raft::Message>(*again);
      REQUIRE(raft::describe(got) == raft::describe(*message));
      REQUIRE(got.from == message->from);
      REQUIRE(got.to == message->to);
      REQUIRE(got.body.index() == message->body.index());
    } else if (const auto* hello = std::get_if<PeerHello>(&frame)) {
      REQUIRE(std::get<PeerHello>(*again) == *hello);
    } else {
      REQUIRE(std::get<Refusal>(*again) == std::get<Refusal>(frame));
    }
    const auto question = random_question(random);
    REQUIRE(decode_question(encode(question).view()).value() == question);
    const auto reply = random_reply(random);
    const auto reply_again = decode_reply(encode(reply).view());
    REQUIRE_OK(reply_again);
    REQUIRE(reply_again->outcome.has_value() == reply.outcome.has_value());
    if (reply.outcome) {
      REQUIRE(*reply_again->outcome == *reply.outcome);
    } else {
      REQUIRE(reply_again->outcome.error() == reply.outcome.error());
    }
  }
}

TEST_CASE("arbitrary and damaged bytes are malformed or harmless") {
  Random random(8);
  for (int i = 0; i < kRounds; ++i) {
    const auto whole = encode(random_frame(random));
    std::vector<std::uint8_t> bytes(whole.view().begin(), whole.view().end());
    if (random.chance(1, 2)) bytes.resize(random.below(bytes.size() + 1));
    for (auto flips = random.below(4); flips > 0 && !bytes.empty(); --flips) {
      bytes[random.below(bytes.size())] = static_cast<std::uint8_t>(random.next());
    }
    if (const auto frame = decode_frame(bytes); !frame) {
      REQUIRE_SAME_CODE(frame.error().code, ErrorCode::kMalformed);
    } else {
      REQUIRE_OK(trip(*frame));
    }
  }
  REQUIRE_ERROR(decode_frame({}), ErrorCode::kMalformed);
  REQUIRE_ERROR(decode_question({}), ErrorCode::kMalformed);
  REQUIRE_ERROR(decode_reply({}), ErrorCode::kMalformed);
}

TEST_CASE("entries have to follow each other and their leader") {
  struct Case {
    std::string what;
    std::vector<raft::Entry> entries;
    bool good;
  };
  const std::vector<Case> cases = {
      {"none", {}, true},
      {"one by one", {entry_at(10, 2), entry_at(11, 5)}, true},
      {"a gap before the first", {entry_at(11, 2)}, false},
      {"a gap between", {entry_at(10, 2), entry_at(12, 2)}, false},
      {"a term that falls", {entry_at(10, 3), entry_at(11, 2)}, false},
      {"a term before prev's", {entry_at(10, 1)}, false},
      {"a term after the leader's", {entry_at(10, 6)}, false},
      {"a negative offset", {entry_at(-1, 2)}, false},
      {"a negative term", {entry_at(10, -2)}, false},
  };
  for (const auto& [what, entries, good] : cases) {
    INFO(what);
    REQUIRE(trip(append_of(entries)).has_value() == good);
  }
}

TEST_CASE("the limits of a frame hold") {
  std::vector<raft::Entry> entries;
  for (std::size_t i = 0; i < kEntriesPerMessageMax; ++i) {
    entries.push_back(entry_at(10 + static_cast<std::int64_t>(i), 2));
  }
  REQUIRE_OK(trip(append_of(entries)));
  entries.push_back(entry_at(10 + static_cast<std::int64_t>(entries.size()), 2));
  REQUIRE_ERROR(trip(append_of(entries)), ErrorCode::kMalformed);

  std::vector<raft::Replica> voters;
  for (std::size_t i = 0; i < kVotersMax; ++i) voters.push_back({NodeId(static_cast<int>(i)), {}});
  const auto voters_entry = [&] {
    return append_of({{Offset(10), raft::Term(2), raft::VoterSet(voters)}});
  };
  REQUIRE_OK(trip(voters_entry()));
  voters.push_back({NodeId(static_cast<int>(kVotersMax)), {}});
  REQUIRE_ERROR(trip(voters_entry()), ErrorCode::kMalformed);

  raft::SnapshotChunk chunk;
  chunk.bytes = SharedBytes::own(std::vector<std::uint8_t>(raft::kChunkBytesMax));
  REQUIRE_OK(trip(raft::Message{{}, {}, chunk}));
  chunk.bytes = SharedBytes::own(std::vector<std::uint8_t>(raft::kChunkBytesMax + 1));
  REQUIRE_ERROR(trip(raft::Message{{}, {}, chunk}), ErrorCode::kMalformed);

  const auto command = [](std::size_t bytes) {
    return append_of({{Offset(10), raft::Term(2),
                       raft::Command{SharedBytes::own(std::vector<std::uint8_t>(bytes))}}});
  };
  REQUIRE_OK(trip(command(kMetadataEntryBytesMax)));
  REQUIRE_ERROR(trip(command(kFrameBytesMax)), ErrorCode::kMalformed);

  PeerHello hello;
  hello.identity.node = NodeId(1);
  hello.identity.advertised.host = std::string(kTextBytesMax, 'a');
  REQUIRE_OK(trip(hello));
  hello.identity.advertised.host += 'a';
  REQUIRE_ERROR(trip(hello), ErrorCode::kMalformed);
}

TEST_CASE("a voter named twice is malformed, not a bug of ours") {
  // VoterSet refuses to hold it, so the bytes are made from a set of two and changed.
  const auto bytes = encode(Frame(append_of(
      {{Offset(10), raft::Term(2), raft::VoterSet({{NodeId(41), {}}, {NodeId(42), {}}})}})));
  std::vector<std::uint8_t> changed(bytes.view().begin(), bytes.view().end());
  const std::uint8_t zigzag_41 = 82;
  const std::uint8_t zigzag_42 = 84;
  REQUIRE(std::count(changed.begin(), changed.end(), zigzag_42) == 1);
  std::replace(changed.begin(), changed.end(), zigzag_42, zigzag_41);
  REQUIRE_ERROR(decode_frame(changed), ErrorCode::kMalformed);
}

TEST_CASE("a failure of a newer version reads as unsupported") {
  auto bytes = encode(Reply{fail(ErrorCode::kNotFound, "gone")});
  std::string text(as_text(bytes.view()));
  text.replace(text.find("NotFound"), 8, "NotYetIn");
  const auto reply = decode_reply(as_bytes(text));
  REQUIRE_OK(reply);
  REQUIRE_ERROR(reply->outcome, ErrorCode::kUnsupportedVersion);
}

}  // namespace millrace::node
