#include "tests/unit/node/peer/random_frames.h"

namespace millrace::node {
namespace {

constexpr std::int64_t kOffsetMax = std::int64_t{1} << 62;
constexpr std::int32_t kTermMax = INT32_MAX;

Uuid random_id(Random& random) {
  return random.chance(1, 8) ? Uuid() : Uuid::random(random);
}

raft::Term random_term(Random& random) {
  return raft::Term(
      static_cast<std::int32_t>(random.between(0, random.chance(1, 2) ? 9 : kTermMax)));
}

Offset random_offset(Random& random) {
  return Offset(random.between(0, random.chance(1, 2) ? 99 : kOffsetMax));
}

raft::LogPosition random_position(Random& random) {
  return {random_term(random), random_offset(random)};
}

raft::Replica random_replica(Random& random) {
  return {NodeId(static_cast<std::int32_t>(random.between(-1, 9))), DirectoryId(random_id(random))};
}

SharedBytes random_bytes(Random& random) {
  std::vector<std::uint8_t> bytes(random.below(40));
  for (auto& each : bytes) each = static_cast<std::uint8_t>(random.next());
  return SharedBytes::own(std::move(bytes));
}

std::string random_text(Random& random) {
  return std::string(as_text(random_bytes(random).view()));
}

raft::VoterSet random_voters(Random& random) {
  std::vector<raft::Replica> voters;
  for (auto count = random.below(6); count > 0; --count) {
    voters.push_back(
        {NodeId(static_cast<std::int32_t>(count * 7)), DirectoryId(random_id(random))});
  }
  return raft::VoterSet(std::move(voters));
}

decltype(raft::Entry::body) random_entry_body(Random& random) {
  switch (random.below(3)) {
    case 0:
      return raft::LeaderChange{};
    case 1:
      return raft::Command{random_bytes(random)};
    default:
      return random_voters(random);
  }
}

raft::AppendRequest random_append(Random& random) {
  raft::AppendRequest append{random_term(random), {}, {}, random_offset(random), random.next()};
  append.prev = {raft::Term(static_cast<std::int32_t>(random.between(0, append.term.value()))),
                 random_offset(random)};
  auto last = append.prev;
  for (auto count = random.below(4); count > 0; --count) {
    const raft::Term term(
        static_cast<std::int32_t>(random.between(last.term.value(), append.term.value())));
    append.entries.push_back({last.end, term, random_entry_body(random)});
    last = {term, last.end + 1};
  }
  return append;
}

decltype(raft::Message::body) random_body(Random& random) {
  const auto flag = [&] { return random.chance(1, 2); };
  switch (random.below(9)) {
    case 0:
      return raft::VoteRequest{random_term(random), flag(), random_position(random), flag()};
    case 1:
      return raft::VoteReply{random_term(random), flag(), flag()};
    case 2:
      return random_append(random);
    case 3:
      return raft::AppendReply{random_term(random), random.next(), flag(), random_position(random),
                               random_offset(random)};
    case 4:
      return raft::SnapshotChunk{random_term(random),
                                 random_position(random),
                                 random.next(),
                                 random_bytes(random),
                                 static_cast<std::uint32_t>(random.next()),
                                 flag(),
                                 random.next()};
    case 5:
      return raft::SnapshotReply{random_term(random), random_position(random), random.next(),
                                 random.next()};
    case 6:
      return raft::TimeoutNow{random_term(random)};
    case 7:
      return raft::Hello{random_term(random), random_position(random)};
    default:
      return raft::LeaderHint{random_term(random), random_replica(random)};
  }
}

VersionRange random_versions(Random& random) {
  const auto min = random.between(0, INT16_MAX);
  return {static_cast<std::int16_t>(min),
          static_cast<std::int16_t>(random.between(min, INT16_MAX))};
}

PeerIdentity random_identity(Random& random) {
  return {NodeId(static_cast<std::int32_t>(random.between(0, INT32_MAX))),
          DirectoryId(random_id(random)),
          IncarnationId(random_id(random)),
          {random_text(random), static_cast<std::uint16_t>(random.next())},
          random_versions(random)};
}

}  // namespace

raft::Message random_message(Random& random) {
  return {random_replica(random), random_replica(random), random_body(random)};
}

Frame random_frame(Random& random) {
  switch (random.below(8)) {
    case 0:
      return PeerHello{random_id(random), random_identity(random), random_versions(random),
                       random_text(random)};
    case 1:
      return Refusal{random_text(random)};
    default:
      return random_message(random);
  }
}

Question random_question(Random& random) {
  const auto node = [&] { return NodeId(static_cast<std::int32_t>(random.between(0, INT32_MAX))); };
  return {random_id(random), node(), IncarnationId(random_id(random)), node(),
          random_bytes(random)};
}

Reply random_reply(Random& random) {
  if (random.chance(1, 2)) return {random_bytes(random)};
  constexpr auto kCodes = static_cast<int>(ErrorCode::kTransactionalIdAuthorizationFailed) + 1;
  return {fail(static_cast<ErrorCode>(random.below(kCodes)), random_text(random))};
}

}  // namespace millrace::node
