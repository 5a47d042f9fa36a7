#include "tests/unit/proto/kafka/codec/message_types.h"

#include <algorithm>
#include <limits>

#include "proto/kafka/codec/describer.h"
#include "proto/kafka/codec/reader.h"
#include "proto/kafka/codec/writer.h"

namespace millrace::kafka {

namespace {

template <class Message>
Result<std::vector<std::uint8_t>> encode(const Message& message, std::int16_t version) {
  Writer writer;
  RETURN_IF_ERROR(message.encode(writer, version));
  return writer.take().flatten();
}

template <class Message>
Result<Decoded> decode(SharedBytes frame, std::int16_t version) {
  Reader reader(std::move(frame));
  ASSIGN_OR_RETURN(const auto message, Message::decode(reader, version));
  Decoded decoded;
  decoded.left_over = reader.remaining();
  Describer describer(Describer::Omit::kAllDefaults, std::numeric_limits<std::size_t>::max());
  message.describe_to(describer);
  decoded.content = describer.take();
  decoded.described = message.describe();
  ASSIGN_OR_RETURN(decoded.encoded, encode(message, version));
  Reader again(SharedBytes::copy_of(decoded.encoded), std::numeric_limits<std::size_t>::max());
  ASSIGN_OR_RETURN(const auto second, Message::decode(again, version));
  decoded.round_trip = second == message && again.remaining() == 0;
  return decoded;
}

template <class Message>
Result<std::vector<std::uint8_t>> arbitrary(Arbitrary& values, std::int16_t version) {
  Message message;
  fill(message, values, version);
  return encode(message, version);
}

template <class Message>
Result<bool> survives(Arbitrary& values, std::int16_t version) {
  Message message;
  fill(message, values, version);
  ASSIGN_OR_RETURN(auto bytes, encode(message, version));
  Reader reader(SharedBytes::own(std::move(bytes)));
  ASSIGN_OR_RETURN(const auto decoded, Message::decode(reader, version));
  return decoded == message && reader.remaining() == 0;
}

constexpr MessageType kTypes[] = {
#define MILLRACE_KAFKA_MESSAGE(name)                    \
  {name::kName,   name::kMinVersion, name::kMaxVersion, \
   &decode<name>, &arbitrary<name>,  &survives<name>},
#include "proto/kafka/messages/messages.inc"
#undef MILLRACE_KAFKA_MESSAGE
};

}  // namespace

std::span<const MessageType> message_types() {
  return kTypes;
}

const MessageType* message_type(std::string_view name) {
  const auto found = std::find_if(std::begin(kTypes), std::end(kTypes),
                                  [&](const MessageType& type) { return type.name == name; });
  return found == std::end(kTypes) ? nullptr : found;
}

}  // namespace millrace::kafka
