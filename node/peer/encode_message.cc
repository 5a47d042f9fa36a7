#include "node/peer/encode_message.h"

#include "proto/peer.pb.h"

namespace millrace::node {
namespace {

namespace wire = peer::v1;

void put(const raft::Replica& replica, wire::Replica* to) {
  to->set_id(replica.id.value());
  to->set_directory(std::string(as_text(replica.directory.uuid().bytes())));
}

void put(const raft::LogPosition& position, wire::Position* to) {
  to->set_term(position.term.value());
  to->set_end(position.end.value());
}

struct PutEntryBody {
  wire::Entry* to;

  void operator()(const raft::LeaderChange&) const { to->mutable_leader_change(); }
  void operator()(const raft::Command& command) const {
    to->set_command(std::string(as_text(command.bytes.view())));
  }
  void operator()(const raft::VoterSet& voters) const {
    auto* into = to->mutable_voters();
    for (const auto& voter : voters) put(voter, into->add_voters());
  }
};

void put(const raft::Entry& entry, wire::Entry* to) {
  to->set_offset(entry.offset.value());
  to->set_term(entry.term.value());
  std::visit(PutEntryBody{to}, entry.body);
}

struct PutBody {
  wire::Message* to;

  void operator()(const raft::VoteRequest& body) const {
    auto* into = to->mutable_vote_request();
    into->set_term(body.term.value());
    into->set_pre(body.pre);
    put(body.last, into->mutable_last());
    into->set_transfer(body.transfer);
  }
  void operator()(const raft::VoteReply& body) const {
    auto* into = to->mutable_vote_reply();
    into->set_term(body.term.value());
    into->set_pre(body.pre);
    into->set_granted(body.granted);
  }
  void operator()(const raft::AppendRequest& body) const {
    auto* into = to->mutable_append_request();
    into->set_term(body.term.value());
    put(body.prev, into->mutable_prev());
    for (const auto& entry : body.entries) put(entry, into->add_entries());
    into->set_committed_end(body.committed_end.value());
    into->set_round(body.round);
  }
  void operator()(const raft::AppendReply& body) const {
    auto* into = to->mutable_append_reply();
    into->set_term(body.term.value());
    into->set_round(body.round);
    into->set_matched(body.matched);
    put(body.position, into->mutable_position());
    into->set_prev_end(body.prev_end.value());
  }
  void operator()(const raft::SnapshotChunk& body) const {
    auto* into = to->mutable_snapshot_chunk();
    into->set_term(body.term.value());
    put(body.id, into->mutable_id());
    into->set_position(body.position);
    into->set_bytes(std::string(as_text(body.bytes.view())));
    into->set_crc(body.crc);
    into->set_last(body.last);
    into->set_round(body.round);
  }
  void operator()(const raft::SnapshotReply& body) const {
    auto* into = to->mutable_snapshot_reply();
    into->set_term(body.term.value());
    put(body.id, into->mutable_id());
    into->set_wanted(body.wanted);
    into->set_round(body.round);
  }
  void operator()(const raft::TimeoutNow& body) const {
    to->mutable_timeout_now()->set_term(body.term.value());
  }
  void operator()(const raft::Hello& body) const {
    auto* into = to->mutable_follow();
    into->set_term(body.term.value());
    put(body.last, into->mutable_last());
  }
  void operator()(const raft::LeaderHint& body) const {
    auto* into = to->mutable_leader_hint();
    into->set_term(body.term.value());
    put(body.leader, into->mutable_leader());
  }
};

}  // namespace

void encode_message(const raft::Message& message, wire::Message* to) {
  put(message.from, to->mutable_from());
  put(message.to, to->mutable_to());
  std::visit(PutBody{to}, message.body);
}

}  // namespace millrace::node
