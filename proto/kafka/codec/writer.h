#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/uuid.h"
#include "proto/kafka/codec/reader.h"
#include "proto/kafka/codec/unknown_tag.h"

namespace millrace::kafka {

class TaggedFields;

/// Writes the primitives of Kafka's protocol. Small values go into blocks that grow; byte fields
/// and records of kReferenceBytesMin or more are appended as references and never copied. The first
/// failure sticks, as in Reader: callers check status() once. One thread at a time.
class Writer {
 public:
  /// Below this a copy is cheaper than one more piece for the socket to gather.
  static constexpr std::size_t kReferenceBytesMin = 1024;
  static constexpr std::size_t kFirstBlockBytes = 256;
  static constexpr std::size_t kBlockBytesMax = 64 * 1024;

  [[nodiscard]] bool ok() const { return !error_.has_value(); }
  [[nodiscard]] Status status() const;
  /// Bytes written so far.
  [[nodiscard]] std::size_t size() const { return chain_.size() + pending(); }
  /// Everything written; the writer is empty afterwards and can be used again.
  BytesChain take();

  void boolean(bool value) { fixed<std::int8_t>(value ? 1 : 0); }
  void int8(std::int8_t value) { fixed(value); }
  void int16(std::int16_t value) { fixed(value); }
  void uint16(std::uint16_t value) { fixed(value); }
  void int32(std::int32_t value) { fixed(value); }
  void uint32(std::uint32_t value) { fixed(value); }
  void int64(std::int64_t value) { fixed(value); }
  void float64(double value);
  void uuid(const Uuid& value) { copy(value.bytes()); }
  void uvarint(std::uint32_t value);

  /// The nullable forms write null for an empty optional; `field` names the value in an error.
  void string(Lengths lengths, std::string_view text, const char* field);
  void nullable_string(Lengths lengths, const std::optional<std::string>& text, const char* field);
  void bytes(Lengths lengths, const SharedBytes& bytes, const char* field);
  void nullable_bytes(Lengths lengths, const std::optional<SharedBytes>& bytes, const char* field);
  void nullable_records(Lengths lengths, const std::optional<BytesChain>& records,
                        const char* field);

  /// The count in front of an array's elements, or null.
  void array_count(Lengths lengths, std::size_t count, const char* field);
  void null_array(Lengths lengths) { null_length(lengths); }
  /// In front of a nullable struct.
  void present(bool present) { int8(present ? 1 : -1); }

  /// The tagged fields at the end of a flexible struct, known and unknown in the order of their
  /// tags.
  void tags(const UnknownTags& unknown);
  void tags(TaggedFields known, const UnknownTags& unknown);

  /// As they are, without a length.
  void raw(const BytesChain& chain);

  /// Failures of the message rather than of its encoding.
  void fail_unsupported(const char* field, std::int16_t version);
  void fail_null(const char* field);
  void fail(Error error);

 private:
  template <class T>
  void fixed(T value) {
    store_be(reserve(sizeof(T)), value);
    at_ += sizeof(T);
  }

  [[nodiscard]] std::size_t pending() const { return static_cast<std::size_t>(at_ - start_); }
  std::uint8_t* reserve(std::size_t bytes) {
    if (static_cast<std::size_t>(end_ - at_) < bytes) [[unlikely]]
      new_block(bytes);
    return at_;
  }
  void new_block(std::size_t bytes);
  void close_piece();
  void copy(ByteView bytes);
  void append(const SharedBytes& piece);
  bool length(Lengths lengths, std::size_t size, const char* field);
  void null_length(Lengths lengths);

  BytesChain chain_;
  std::shared_ptr<std::uint8_t[]> block_;
  // Of the block: bytes not yet in the chain, where to write next, the block's end.
  std::uint8_t* start_ = nullptr;
  std::uint8_t* at_ = nullptr;
  std::uint8_t* end_ = nullptr;
  std::size_t next_block_bytes_ = kFirstBlockBytes;
  std::optional<Error> error_;
};

/// The known tagged fields of one struct that differ from their defaults, in the order of their
/// tags.
class TaggedFields {
 public:
  /// `write_value(writer)` writes the field's value.
  template <class WriteValue>
  void add(std::uint32_t tag, WriteValue write_value) {
    Writer writer;
    write_value(writer);
    add_written(tag, writer);
  }

 private:
  friend class Writer;
  void add_written(std::uint32_t tag, Writer& writer);

  std::vector<std::pair<std::uint32_t, BytesChain>> fields_;
  std::optional<Error> error_;
};

}  // namespace millrace::kafka
