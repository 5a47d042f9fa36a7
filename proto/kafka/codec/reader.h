#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/uuid.h"
#include "proto/kafka/codec/limits.h"
#include "proto/kafka/codec/unknown_tag.h"

namespace millrace::kafka {

/// The encodings of lengths: a signed integer of fixed size, or (compact, from an API's first
/// flexible version) a varint of length + 1.
enum class Lengths : bool { kFixed, kCompact };

/// Reads the primitives of Kafka's protocol (docs/formats/kafka_schema.md, "On the wire") from one
/// frame. The first failure sticks: every later read returns a zero value, so callers check
/// status() once at the end. `field` names the value in the error; it must outlive the reader
/// (string literals do).
///
/// Invariants: (1) nothing outside the frame is read; (2) nothing is allocated before the bytes it
/// must come from were seen, and arrays, unknown tags and pieces of records together never exceed
/// the budget. Byte fields, records and unknown tags share the frame's memory. One thread at a
/// time.
class Reader {
 public:
  /// The budget for decoded structures follows the frame's size; see codec/limits.h.
  explicit Reader(SharedBytes frame)
      : Reader(frame, kDecodedBytesFloor + kDecodedBytesPerFrameByte * frame.size()) {}
  Reader(SharedBytes frame, std::size_t decoded_bytes_max)
      : frame_(std::move(frame)),
        at_(frame_.data()),
        end_(frame_.data() + frame_.size()),
        budget_(decoded_bytes_max) {}

  [[nodiscard]] bool ok() const { return !error_.has_value(); }
  /// kMalformed or kLimitReached with the field's name, or success.
  [[nodiscard]] Status status() const;
  [[nodiscard]] std::size_t remaining() const { return static_cast<std::size_t>(end_ - at_); }

  bool boolean(const char* field) { return fixed<std::int8_t>(field) != 0; }
  std::int8_t int8(const char* field) { return fixed<std::int8_t>(field); }
  std::int16_t int16(const char* field) { return fixed<std::int16_t>(field); }
  std::uint16_t uint16(const char* field) { return fixed<std::uint16_t>(field); }
  std::int32_t int32(const char* field) { return fixed<std::int32_t>(field); }
  std::uint32_t uint32(const char* field) { return fixed<std::uint32_t>(field); }
  std::int64_t int64(const char* field) { return fixed<std::int64_t>(field); }
  double float64(const char* field);
  Uuid uuid(const char* field);
  std::uint32_t uvarint(const char* field);

  std::string string(Lengths lengths, const char* field);
  std::optional<std::string> nullable_string(Lengths lengths, const char* field);
  SharedBytes bytes(Lengths lengths, const char* field);
  std::optional<SharedBytes> nullable_bytes(Lengths lengths, const char* field);
  std::optional<BytesChain> nullable_records(Lengths lengths, const char* field);

  /// The number of elements that follow, or nothing for a null array. Fails when the remaining
  /// bytes cannot hold them or the budget cannot pay for `element_size` bytes of memory each.
  std::optional<std::size_t> array_count(Lengths lengths, std::size_t element_bytes_min,
                                         std::size_t element_size, const char* field);

  /// An array's elements, each filled by `read_one(element)`.
  template <class T, class ReadOne>
  std::optional<std::vector<T>> nullable_array(Lengths lengths, std::size_t element_bytes_min,
                                               const char* field, ReadOne read_one) {
    const auto count = array_count(lengths, element_bytes_min, sizeof(T), field);
    if (!count) return std::nullopt;
    std::vector<T> elements;
    elements.reserve(*count);
    for (std::size_t i = 0; i < *count && ok(); ++i) read_one(elements.emplace_back());
    return elements;
  }
  template <class T, class ReadOne>
  std::vector<T> array(Lengths lengths, std::size_t element_bytes_min, const char* field,
                       ReadOne read_one) {
    auto elements = nullable_array<T>(lengths, element_bytes_min, field, read_one);
    if (!elements) {
      fail_null(field);
      return {};
    }
    return std::move(*elements);
  }

  /// True when a nullable struct is present.
  bool present(const char* field) { return int8(field) >= 0; }

  /// The tagged fields at the end of a flexible struct. `known(tag)` reads the value of a tag that
  /// it knows and returns true; the others are returned. A known value must fill its length
  /// exactly.
  template <class Known>
  UnknownTags tags(Known known) {
    UnknownTags unknown;
    const std::uint32_t count = tag_count();
    std::int64_t previous = -1;
    for (std::uint32_t i = 0; i < count && ok(); ++i) {
      const auto tag = next_tag(previous);
      const std::uint8_t* const outer_end = enter();
      if (!ok()) break;
      if (!known(tag)) keep_unknown(tag, unknown);
      leave(outer_end);
    }
    return unknown;
  }
  UnknownTags tags() {
    return tags([](std::uint32_t) { return false; });
  }

  /// Fails unless something failed before.
  void fail_null(const char* field);
  void fail_malformed(const char* field, std::string_view why);

 private:
  template <class T>
  T fixed(const char* field) {
    if (remaining() < sizeof(T)) [[unlikely]] {
      fail_short(field);
      return T{};
    }
    const T value = load_be<T>(at_);
    at_ += sizeof(T);
    return value;
  }

  void fail(const char* field, ErrorCode code, std::string why);
  void fail_short(const char* field);
  // Length of a string (or of bytes and arrays, whose fixed length has 32 bits); -1 for null.
  std::int64_t string_length(Lengths lengths, const char* field);
  std::int64_t length(Lengths lengths, const char* field);
  std::optional<SharedBytes> slice(std::int64_t bytes, const char* field);
  bool spend(std::size_t count, std::size_t each, const char* field);
  std::uint32_t tag_count();
  std::uint32_t next_tag(std::int64_t& previous);
  const std::uint8_t* enter();
  void leave(const std::uint8_t* outer_end);
  void keep_unknown(std::uint32_t tag, UnknownTags& unknown);

  SharedBytes frame_;
  const std::uint8_t* at_;
  const std::uint8_t* end_;
  std::size_t budget_;  // bytes that may still be allocated
  std::optional<Error> error_;
};

}  // namespace millrace::kafka
