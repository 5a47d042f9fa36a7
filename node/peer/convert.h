#pragma once

#include <string>
#include <variant>

#include "node/peer/identity.h"
#include "raft/messages.h"

/// Plain structs as the bytes that nodes exchange, and back: docs/formats/peer.md. The only place
/// that knows the protobuf messages.
namespace millrace::node {

/// First frame in either direction.
struct PeerHello {
  Uuid cluster_id;
  PeerIdentity identity;
  VersionRange frames;
  std::string software;

  friend bool operator==(const PeerHello&, const PeerHello&) = default;
};
/// In place of the acceptor's Hello: one sentence for a person.
struct Refusal {
  std::string reason;

  friend bool operator==(const Refusal&, const Refusal&) = default;
};
using Frame = std::variant<PeerHello, Refusal, raft::Message>;

/// A unary call: who asks whom, and bytes that mean nothing here.
struct Question {
  Uuid cluster_id;
  NodeId from;
  IncarnationId incarnation;  // of the asker
  NodeId to;
  SharedBytes request;

  friend bool operator==(const Question&, const Question&) = default;
};
struct Reply {
  Result<SharedBytes> outcome;
};

SharedBytes encode(const Frame& frame);
SharedBytes encode(const Question& question);
SharedBytes encode(const Reply& reply);

/// Whatever is accepted can be handed to raft: ids and positions are in range, entries follow
/// `prev` one by one in terms that never fall, voters are named once. Errors: kMalformed (not a
/// frame, or a named limit of constants.h is exceeded).
Result<Frame> decode_frame(ByteView bytes);
/// Errors: kMalformed.
Result<Question> decode_question(ByteView bytes);
/// Errors: kMalformed. A failure with a code that this program does not know reads as
/// kUnsupportedVersion.
Result<Reply> decode_reply(ByteView bytes);

}  // namespace millrace::node
