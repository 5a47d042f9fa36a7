#include "node/peer/convert.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>

#include "base/check.h"
#include "node/peer/constants.h"
#include "node/peer/decode_message.h"
#include "node/peer/encode_message.h"
#include "proto/peer.pb.h"

namespace millrace::node {
namespace {

namespace wire = peer::v1;

tl::unexpected<Error> malformed(std::string_view what) {
  return fail(ErrorCode::kMalformed, fmt::format("not a frame between nodes: {}", what));
}

SharedBytes serialise(const google::protobuf::MessageLite& message) {
  auto text = std::make_shared<std::string>();
  CHECK(message.SerializeToString(text.get()));
  const auto view = as_bytes(*text);
  return {std::move(text), view};
}

template <class Message>
Result<Message> parse(ByteView bytes) {
  if (bytes.size() > kFrameBytesMax) return malformed("too many bytes");
  Message message;
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return malformed("damaged");
  }
  return message;
}

std::string bytes_of(const Uuid& id) {
  return std::string(as_text(id.bytes()));
}

Result<Uuid> uuid_of(const std::string& bytes) {
  std::array<std::uint8_t, Uuid::kBytes> id{};
  if (bytes.size() != id.size()) return malformed("an id is not 16 bytes");
  std::copy(bytes.begin(), bytes.end(), id.begin());
  return Uuid(id);
}

SharedBytes take(std::string* text) {
  auto owner = std::make_shared<const std::string>(std::move(*text));
  const auto view = as_bytes(*owner);
  return {std::move(owner), view};
}

void put(const PeerIdentity& identity, wire::Identity* to) {
  to->set_node(identity.node.value());
  to->set_directory(bytes_of(identity.directory.uuid()));
  to->set_incarnation(bytes_of(identity.incarnation.uuid()));
  to->set_host(identity.advertised.host);
  to->set_port(identity.advertised.port);
  to->set_version_min(static_cast<std::uint32_t>(identity.versions.min));
  to->set_version_max(static_cast<std::uint32_t>(identity.versions.max));
}

struct PutFrame {
  wire::Frame* to;

  void operator()(const PeerHello& hello) const {
    auto* into = to->mutable_hello();
    into->set_frame_version_min(static_cast<std::uint32_t>(hello.frames.min));
    into->set_frame_version_max(static_cast<std::uint32_t>(hello.frames.max));
    into->set_cluster_id(bytes_of(hello.cluster_id));
    put(hello.identity, into->mutable_identity());
    into->set_software_version(hello.software);
  }
  void operator()(const Refusal& refusal) const {
    to->mutable_refusal()->set_reason(refusal.reason.substr(0, kTextBytesMax));
  }
  void operator()(const raft::Message& message) const {
    encode_message(message, to->mutable_message());
  }
};

Result<VersionRange> versions_of(std::uint32_t min, std::uint32_t max) {
  constexpr std::uint32_t kMax = std::numeric_limits<std::int16_t>::max();
  if (min > max || max > kMax) return malformed("a range of versions");
  return VersionRange{static_cast<std::int16_t>(min), static_cast<std::int16_t>(max)};
}

Result<PeerIdentity> identity_of(const wire::Identity& from) {
  PeerIdentity identity;
  if (from.node() < 0) return malformed("a node without an id");
  identity.node = NodeId(from.node());
  ASSIGN_OR_RETURN(const auto directory, uuid_of(from.directory()));
  identity.directory = DirectoryId(directory);
  ASSIGN_OR_RETURN(const auto incarnation, uuid_of(from.incarnation()));
  identity.incarnation = IncarnationId(incarnation);
  if (from.port() > std::numeric_limits<std::uint16_t>::max()) return malformed("a port");
  if (from.host().size() > kTextBytesMax) return malformed("a long host name");
  identity.advertised = {from.host(), static_cast<std::uint16_t>(from.port())};
  ASSIGN_OR_RETURN(identity.versions, versions_of(from.version_min(), from.version_max()));
  return identity;
}

Result<Frame> hello_of(const wire::Hello& from) {
  PeerHello hello;
  ASSIGN_OR_RETURN(hello.cluster_id, uuid_of(from.cluster_id()));
  ASSIGN_OR_RETURN(hello.identity, identity_of(from.identity()));
  ASSIGN_OR_RETURN(hello.frames, versions_of(from.frame_version_min(), from.frame_version_max()));
  if (from.software_version().size() > kTextBytesMax) return malformed("a long version");
  hello.software = from.software_version();
  return Frame(std::move(hello));
}

Result<Frame> refusal_of(const wire::Refusal& from) {
  if (from.reason().size() > kTextBytesMax) return malformed("a long reason");
  return Frame(Refusal{from.reason()});
}

std::optional<ErrorCode> code_named(std::string_view name) {
  constexpr auto kLast = static_cast<int>(ErrorCode::kTransactionalIdAuthorizationFailed);
  for (int code = 0; code <= kLast; ++code) {
    if (name_of(static_cast<ErrorCode>(code)) == name) return static_cast<ErrorCode>(code);
  }
  return std::nullopt;
}

Error error_of(const wire::Failure& failure) {
  if (const auto code = code_named(failure.code())) return {*code, failure.message()};
  return {ErrorCode::kUnsupportedVersion,
          fmt::format("the other node failed with '{}', which this version does not know: {}",
                      failure.code(), failure.message())};
}

}  // namespace

SharedBytes encode(const Frame& frame) {
  wire::Frame message;
  std::visit(PutFrame{&message}, frame);
  return serialise(message);
}

SharedBytes encode(const Question& question) {
  wire::AskRequest message;
  message.set_cluster_id(bytes_of(question.cluster_id));
  message.set_from(question.from.value());
  message.set_incarnation(bytes_of(question.incarnation.uuid()));
  message.set_to(question.to.value());
  message.set_request(std::string(as_text(question.request.view())));
  return serialise(message);
}

SharedBytes encode(const Reply& reply) {
  wire::AskReply message;
  if (reply.outcome) {
    message.set_answer(std::string(as_text(reply.outcome->view())));
  } else {
    message.mutable_failure()->set_code(std::string(name_of(reply.outcome.error().code)));
    message.mutable_failure()->set_message(reply.outcome.error().message.substr(0, kTextBytesMax));
  }
  return serialise(message);
}

Result<Frame> decode_frame(ByteView bytes) {
  ASSIGN_OR_RETURN(auto frame, parse<wire::Frame>(bytes));
  switch (frame.kind_case()) {
    case wire::Frame::kHello:
      return hello_of(frame.hello());
    case wire::Frame::kRefusal:
      return refusal_of(frame.refusal());
    case wire::Frame::kMessage: {
      ASSIGN_OR_RETURN(auto message, decode_message(frame.mutable_message()));
      return Frame(std::move(message));
    }
    case wire::Frame::KIND_NOT_SET:
      break;
  }
  return malformed("of no kind that this version knows");
}

Result<Question> decode_question(ByteView bytes) {
  ASSIGN_OR_RETURN(auto from, parse<wire::AskRequest>(bytes));
  Question question;
  ASSIGN_OR_RETURN(question.cluster_id, uuid_of(from.cluster_id()));
  ASSIGN_OR_RETURN(const auto incarnation, uuid_of(from.incarnation()));
  question.incarnation = IncarnationId(incarnation);
  if (from.from() < 0 || from.to() < 0) return malformed("a question without a node id");
  question.from = NodeId(from.from());
  question.to = NodeId(from.to());
  question.request = take(from.mutable_request());
  return question;
}

Result<Reply> decode_reply(ByteView bytes) {
  ASSIGN_OR_RETURN(auto from, parse<wire::AskReply>(bytes));
  switch (from.outcome_case()) {
    case wire::AskReply::kAnswer:
      return Reply{take(from.mutable_answer())};
    case wire::AskReply::kFailure:
      return Reply{fail(error_of(from.failure()))};
    case wire::AskReply::OUTCOME_NOT_SET:
      break;
  }
  return malformed("a reply without an outcome");
}

}  // namespace millrace::node
