#include "proto/kafka/codec/reader.h"

#include <fmt/format.h>

#include <bit>

namespace millrace::kafka {

namespace {
constexpr const char* kTags = "tagged fields";
}

Status Reader::status() const {
  if (error_) return millrace::fail(*error_);
  return {};
}

void Reader::fail(const char* field, ErrorCode code, std::string why) {
  if (error_) return;
  error_ = Error{code, fmt::format("{}: {}", field, why)};
  at_ = end_;
}

void Reader::fail_short(const char* field) {
  fail(field, ErrorCode::kMalformed, "the message ends inside this field");
}

void Reader::fail_null(const char* field) {
  fail(field, ErrorCode::kMalformed, "null, which this version does not allow here");
}

void Reader::fail_malformed(const char* field, std::string_view why) {
  fail(field, ErrorCode::kMalformed, std::string(why));
}

double Reader::float64(const char* field) {
  return std::bit_cast<double>(fixed<std::uint64_t>(field));
}

Uuid Reader::uuid(const char* field) {
  std::array<std::uint8_t, Uuid::kBytes> bytes{};
  if (remaining() < bytes.size()) {
    fail_short(field);
    return {};
  }
  std::memcpy(bytes.data(), at_, bytes.size());
  at_ += bytes.size();
  return Uuid(bytes);
}

std::uint32_t Reader::uvarint(const char* field) {
  std::uint64_t value = 0;
  for (int shift = 0; shift < 35; shift += 7) {
    if (at_ == end_) {
      fail_short(field);
      return 0;
    }
    const std::uint8_t byte = *at_++;
    value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) {
      if (value <= 0xffffffff) return static_cast<std::uint32_t>(value);
      break;
    }
  }
  fail(field, ErrorCode::kMalformed, "a varint of more than 32 bits");
  return 0;
}

std::int64_t Reader::length(Lengths lengths, const char* field) {
  const std::int64_t value =
      lengths == Lengths::kCompact ? std::int64_t{uvarint(field)} - 1 : std::int64_t{int32(field)};
  if (value < -1) fail(field, ErrorCode::kMalformed, fmt::format("length {}", value));
  return ok() ? value : -1;
}

std::int64_t Reader::string_length(Lengths lengths, const char* field) {
  const std::int64_t value =
      lengths == Lengths::kCompact ? std::int64_t{uvarint(field)} - 1 : std::int64_t{int16(field)};
  if (value < -1 || value > static_cast<std::int64_t>(kStringBytesMax)) {
    fail(field, ErrorCode::kMalformed,
         fmt::format("a string of {} bytes; at most {} are allowed", value, kStringBytesMax));
  }
  return ok() ? value : -1;
}

std::optional<std::string> Reader::nullable_string(Lengths lengths, const char* field) {
  const std::int64_t size = string_length(lengths, field);
  if (size < 0) return std::nullopt;
  if (static_cast<std::size_t>(size) > remaining()) {
    fail_short(field);
    return std::nullopt;
  }
  std::string text(reinterpret_cast<const char*>(at_), static_cast<std::size_t>(size));
  at_ += size;
  return text;
}

std::string Reader::string(Lengths lengths, const char* field) {
  auto text = nullable_string(lengths, field);
  if (!text) {
    fail_null(field);
    return {};
  }
  return std::move(*text);
}

std::optional<SharedBytes> Reader::slice(std::int64_t bytes, const char* field) {
  if (bytes < 0) return std::nullopt;
  const auto count = static_cast<std::size_t>(bytes);
  if (count > remaining()) {
    fail_short(field);
    return std::nullopt;
  }
  SharedBytes part = frame_.slice(static_cast<std::size_t>(at_ - frame_.data()), count);
  at_ += count;
  return part;
}

std::optional<SharedBytes> Reader::nullable_bytes(Lengths lengths, const char* field) {
  return slice(length(lengths, field), field);
}

SharedBytes Reader::bytes(Lengths lengths, const char* field) {
  auto part = nullable_bytes(lengths, field);
  if (!part) {
    fail_null(field);
    return {};
  }
  return std::move(*part);
}

std::optional<BytesChain> Reader::nullable_records(Lengths lengths, const char* field) {
  auto part = nullable_bytes(lengths, field);
  // The chain keeps its pieces on the heap.
  if (!part || !spend(1, sizeof(SharedBytes), field)) return std::nullopt;
  return BytesChain(std::move(*part));
}

bool Reader::spend(std::size_t count, std::size_t each, const char* field) {
  if (count <= budget_ / each) {
    budget_ -= count * each;
    return true;
  }
  fail(field, ErrorCode::kLimitReached,
       fmt::format("{} elements would take more memory than a message of this size may", count));
  return false;
}

std::optional<std::size_t> Reader::array_count(Lengths lengths, std::size_t element_bytes_min,
                                               std::size_t element_size, const char* field) {
  const std::int64_t value = length(lengths, field);
  if (value < 0) return std::nullopt;
  const auto count = static_cast<std::size_t>(value);
  if (count > remaining() / element_bytes_min) {
    fail(field, ErrorCode::kMalformed,
         fmt::format("{} elements announced, {} bytes left", count, remaining()));
    return std::nullopt;
  }
  if (!spend(count, element_size, field)) return std::nullopt;
  return count;
}

std::uint32_t Reader::tag_count() {
  const std::uint32_t count = uvarint(kTags);
  // A tagged field takes at least a byte for its tag and one for its length.
  if (count <= remaining() / 2) return count;
  fail(kTags, ErrorCode::kMalformed,
       fmt::format("{} announced, {} bytes left", count, remaining()));
  return 0;
}

std::uint32_t Reader::next_tag(std::int64_t& previous) {
  const std::uint32_t tag = uvarint(kTags);
  if (ok() && tag <= previous) {
    fail(kTags, ErrorCode::kMalformed, fmt::format("tag {} after tag {}", tag, previous));
  }
  previous = tag;
  return tag;
}

// Narrows the reader to the value of one tagged field and returns the end to come back to.
const std::uint8_t* Reader::enter() {
  const std::uint8_t* const outer_end = end_;
  const std::uint32_t size = uvarint(kTags);
  if (!ok()) return outer_end;
  if (size > remaining()) {
    fail_short(kTags);
  } else {
    end_ = at_ + size;
  }
  return outer_end;
}

void Reader::leave(const std::uint8_t* outer_end) {
  if (ok() && at_ != end_) {
    fail(kTags, ErrorCode::kMalformed,
         fmt::format("{} bytes left over after a tagged field's value", remaining()));
  }
  end_ = outer_end;
  if (!ok()) at_ = end_;
}

void Reader::keep_unknown(std::uint32_t tag, UnknownTags& unknown) {
  // Twice, because the list grows by doubling while the old half is still there.
  if (!spend(2, sizeof(UnknownTag), kTags)) return;
  unknown.push_back({tag, *slice(static_cast<std::int64_t>(remaining()), kTags)});
}

}  // namespace millrace::kafka
