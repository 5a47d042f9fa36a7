#include "node/peer/decode_message.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "node/peer/constants.h"
#include "proto/peer.pb.h"
#include "raft/limits.h"

namespace millrace::node {
namespace {

namespace wire = peer::v1;
using Body = decltype(raft::Message::body);

tl::unexpected<Error> malformed(std::string_view what) {
  return fail(ErrorCode::kMalformed, fmt::format("not a message of the quorum: {}", what));
}

SharedBytes take(std::string* text) {
  auto owner = std::make_shared<const std::string>(std::move(*text));
  const auto view = as_bytes(*owner);
  return {std::move(owner), view};
}

Result<raft::Term> term_of(std::int32_t value) {
  if (value < 0) return malformed("a negative term");
  return raft::Term(value);
}

Result<Offset> offset_of(std::int64_t value) {
  if (value < 0) return malformed("a negative offset");
  return Offset(value);
}

Result<raft::LogPosition> position_of(const wire::Position& from) {
  ASSIGN_OR_RETURN(const auto term, term_of(from.term()));
  ASSIGN_OR_RETURN(const auto end, offset_of(from.end()));
  return raft::LogPosition{term, end};
}

Result<raft::Replica> replica_of(const wire::Replica& from) {
  std::array<std::uint8_t, Uuid::kBytes> id{};
  if (from.id() < kNoNode.value()) return malformed("a node id");
  if (from.directory().size() != id.size()) return malformed("a directory id is not 16 bytes");
  std::copy(from.directory().begin(), from.directory().end(), id.begin());
  return raft::Replica{NodeId(from.id()), DirectoryId(Uuid(id))};
}

/// Judged before it is a VoterSet, which takes a node named twice for a bug.
Result<raft::VoterSet> voters_of(const wire::Voters& from) {
  if (from.voters_size() > static_cast<int>(kVotersMax)) return malformed("too many voters");
  std::vector<raft::Replica> voters;
  std::set<NodeId> ids;
  for (const auto& each : from.voters()) {
    ASSIGN_OR_RETURN(const auto voter, replica_of(each));
    if (voter.id.value() < 0) return malformed("a voter without an id");
    if (!ids.insert(voter.id).second) return malformed("a voter that is named twice");
    voters.push_back(voter);
  }
  return raft::VoterSet(std::move(voters));
}

Result<raft::Entry> entry_of(wire::Entry* from) {
  raft::Entry entry;
  ASSIGN_OR_RETURN(entry.offset, offset_of(from->offset()));
  ASSIGN_OR_RETURN(entry.term, term_of(from->term()));
  switch (from->body_case()) {
    case wire::Entry::kLeaderChange:
      entry.body = raft::LeaderChange{};
      return entry;
    case wire::Entry::kCommand:
      entry.body = raft::Command{take(from->mutable_command())};
      return entry;
    case wire::Entry::kVoters: {
      ASSIGN_OR_RETURN(entry.body, voters_of(from->voters()));
      return entry;
    }
    case wire::Entry::BODY_NOT_SET:
      break;
  }
  return malformed("an entry of no kind that this version knows");
}

Result<Body> body_of(const wire::VoteRequest& from) {
  raft::VoteRequest body;
  ASSIGN_OR_RETURN(body.term, term_of(from.term()));
  body.pre = from.pre();
  ASSIGN_OR_RETURN(body.last, position_of(from.last()));
  body.transfer = from.transfer();
  return Body(body);
}

Result<Body> body_of(const wire::VoteReply& from) {
  ASSIGN_OR_RETURN(const auto term, term_of(from.term()));
  return Body(raft::VoteReply{term, from.pre(), from.granted()});
}

/// Whether it follows an entry of `before` in a message of a leader of `leader_term`.
bool follows(const raft::Entry& entry, const raft::LogPosition& before, raft::Term leader_term) {
  return entry.offset == before.end && entry.term >= before.term && entry.term <= leader_term;
}

Result<std::vector<raft::Entry>> entries_of(wire::AppendRequest* from, raft::LogPosition before) {
  if (from->entries_size() > static_cast<int>(kEntriesPerMessageMax)) {
    return malformed("too many entries");
  }
  std::vector<raft::Entry> entries;
  entries.reserve(static_cast<std::size_t>(from->entries_size()));
  for (auto& each : *from->mutable_entries()) {
    ASSIGN_OR_RETURN(auto entry, entry_of(&each));
    if (!follows(entry, before, raft::Term(from->term()))) {
      return malformed("entries that do not follow each other");
    }
    if (entry.offset.value() == INT64_MAX) return malformed("an offset without a next one");
    before = {entry.term, entry.offset + 1};
    entries.push_back(std::move(entry));
  }
  return entries;
}

Result<Body> body_of(wire::AppendRequest* from) {
  raft::AppendRequest body;
  ASSIGN_OR_RETURN(body.term, term_of(from->term()));
  ASSIGN_OR_RETURN(body.prev, position_of(from->prev()));
  ASSIGN_OR_RETURN(body.entries, entries_of(from, body.prev));
  ASSIGN_OR_RETURN(body.committed_end, offset_of(from->committed_end()));
  body.round = from->round();
  return Body(std::move(body));
}

Result<Body> body_of(const wire::AppendReply& from) {
  raft::AppendReply body;
  ASSIGN_OR_RETURN(body.term, term_of(from.term()));
  body.round = from.round();
  body.matched = from.matched();
  ASSIGN_OR_RETURN(body.position, position_of(from.position()));
  ASSIGN_OR_RETURN(body.prev_end, offset_of(from.prev_end()));
  return Body(body);
}

Result<Body> body_of(wire::SnapshotChunk* from) {
  if (from->bytes().size() > raft::kChunkBytesMax) return malformed("a piece that is too large");
  raft::SnapshotChunk body;
  ASSIGN_OR_RETURN(body.term, term_of(from->term()));
  ASSIGN_OR_RETURN(body.id, position_of(from->id()));
  body.position = from->position();
  body.bytes = take(from->mutable_bytes());
  body.crc = from->crc();
  body.last = from->last();
  body.round = from->round();
  return Body(std::move(body));
}

Result<Body> body_of(const wire::SnapshotReply& from) {
  raft::SnapshotReply body;
  ASSIGN_OR_RETURN(body.term, term_of(from.term()));
  ASSIGN_OR_RETURN(body.id, position_of(from.id()));
  body.wanted = from.wanted();
  body.round = from.round();
  return Body(body);
}

Result<Body> body_of(const wire::TimeoutNow& from) {
  ASSIGN_OR_RETURN(const auto term, term_of(from.term()));
  return Body(raft::TimeoutNow{term});
}

Result<Body> body_of(const wire::Follow& from) {
  ASSIGN_OR_RETURN(const auto term, term_of(from.term()));
  ASSIGN_OR_RETURN(const auto last, position_of(from.last()));
  return Body(raft::Hello{term, last});
}

Result<Body> body_of(const wire::LeaderHint& from) {
  ASSIGN_OR_RETURN(const auto term, term_of(from.term()));
  ASSIGN_OR_RETURN(const auto leader, replica_of(from.leader()));
  return Body(raft::LeaderHint{term, leader});
}

Result<Body> any_body_of(wire::Message* from) {
  switch (from->body_case()) {
    case wire::Message::kVoteRequest:
      return body_of(from->vote_request());
    case wire::Message::kVoteReply:
      return body_of(from->vote_reply());
    case wire::Message::kAppendRequest:
      return body_of(from->mutable_append_request());
    case wire::Message::kAppendReply:
      return body_of(from->append_reply());
    case wire::Message::kSnapshotChunk:
      return body_of(from->mutable_snapshot_chunk());
    case wire::Message::kSnapshotReply:
      return body_of(from->snapshot_reply());
    case wire::Message::kTimeoutNow:
      return body_of(from->timeout_now());
    case wire::Message::kFollow:
      return body_of(from->follow());
    case wire::Message::kLeaderHint:
      return body_of(from->leader_hint());
    case wire::Message::BODY_NOT_SET:
      break;
  }
  return malformed("of no kind that this version knows");
}

}  // namespace

Result<raft::Message> decode_message(wire::Message* from) {
  raft::Message message;
  ASSIGN_OR_RETURN(message.from, replica_of(from->from()));
  ASSIGN_OR_RETURN(message.to, replica_of(from->to()));
  ASSIGN_OR_RETURN(message.body, any_body_of(from));
  return message;
}

}  // namespace millrace::node
