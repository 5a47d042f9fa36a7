#include "proto/kafka/codec/writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <limits>

namespace millrace::kafka {

namespace {
constexpr std::size_t kLengthMax = std::numeric_limits<std::int32_t>::max();
}

Status Writer::status() const {
  if (error_) return millrace::fail(*error_);
  return {};
}

BytesChain Writer::take() {
  close_piece();
  return std::exchange(chain_, {});
}

void Writer::fail(Error error) {
  if (!error_) error_ = std::move(error);
}

void Writer::fail_unsupported(const char* field, std::int16_t version) {
  fail({ErrorCode::kUnsupportedVersion,
        fmt::format("{} is set, but version {} cannot carry it", field, version)});
}

void Writer::fail_null(const char* field) {
  fail({ErrorCode::kInvalidArgument,
        fmt::format("{} is null, which this version does not allow", field)});
}

void Writer::new_block(std::size_t bytes) {
  close_piece();
  const std::size_t size = std::max(bytes, next_block_bytes_);
  next_block_bytes_ = std::min(kBlockBytesMax, next_block_bytes_ * 2);
  block_ = std::make_shared_for_overwrite<std::uint8_t[]>(size);
  start_ = at_ = block_.get();
  end_ = start_ + size;
}

void Writer::close_piece() {
  if (at_ == start_) return;
  chain_.append(SharedBytes(block_, ByteView(start_, pending())));
  start_ = at_;
}

void Writer::copy(ByteView bytes) {
  if (bytes.empty()) return;
  std::memcpy(reserve(bytes.size()), bytes.data(), bytes.size());
  at_ += bytes.size();
}

void Writer::append(const SharedBytes& piece) {
  if (piece.size() < kReferenceBytesMin) return copy(piece.view());
  close_piece();
  chain_.append(piece);
}

void Writer::raw(const BytesChain& chain) {
  for (const auto& piece : chain.pieces()) append(piece);
}

void Writer::float64(double value) {
  fixed(std::bit_cast<std::uint64_t>(value));
}

void Writer::uvarint(std::uint32_t value) {
  std::uint8_t* at = reserve(5);
  while (value >= 0x80) {
    *at++ = static_cast<std::uint8_t>(value | 0x80);
    value >>= 7;
  }
  *at++ = static_cast<std::uint8_t>(value);
  at_ = at;
}

bool Writer::length(Lengths lengths, std::size_t size, const char* field) {
  if (size >= kLengthMax) {
    fail({ErrorCode::kInvalidArgument, fmt::format("{} has length {}", field, size)});
    return false;
  }
  if (lengths == Lengths::kCompact) {
    uvarint(static_cast<std::uint32_t>(size) + 1);
  } else {
    int32(static_cast<std::int32_t>(size));
  }
  return true;
}

void Writer::null_length(Lengths lengths) {
  if (lengths == Lengths::kCompact) {
    uvarint(0);
  } else {
    int32(-1);
  }
}

void Writer::string(Lengths lengths, std::string_view text, const char* field) {
  if (text.size() > kStringBytesMax) {
    return fail({ErrorCode::kInvalidArgument,
                 fmt::format("{} has {} bytes; a string of the protocol has at most {}", field,
                             text.size(), kStringBytesMax)});
  }
  if (lengths == Lengths::kCompact) {
    uvarint(static_cast<std::uint32_t>(text.size()) + 1);
  } else {
    int16(static_cast<std::int16_t>(text.size()));
  }
  copy(as_bytes(text));
}

void Writer::nullable_string(Lengths lengths, const std::optional<std::string>& text,
                             const char* field) {
  if (text) return string(lengths, *text, field);
  if (lengths == Lengths::kCompact) {
    uvarint(0);
  } else {
    int16(-1);
  }
}

void Writer::bytes(Lengths lengths, const SharedBytes& bytes, const char* field) {
  if (length(lengths, bytes.size(), field)) append(bytes);
}

void Writer::nullable_bytes(Lengths lengths, const std::optional<SharedBytes>& value,
                            const char* field) {
  if (!value) return null_length(lengths);
  bytes(lengths, *value, field);
}

void Writer::nullable_records(Lengths lengths, const std::optional<BytesChain>& records,
                              const char* field) {
  if (!records) return null_length(lengths);
  if (length(lengths, records->size(), field)) raw(*records);
}

void Writer::array_count(Lengths lengths, std::size_t count, const char* field) {
  length(lengths, count, field);
}

void Writer::tags(const UnknownTags& unknown) {
  tags(TaggedFields(), unknown);
}

void Writer::tags(TaggedFields known, const UnknownTags& unknown) {
  if (known.error_) fail(*known.error_);
  if (known.fields_.empty() && unknown.empty()) return uvarint(0);
  auto& fields = known.fields_;
  for (const auto& [tag, bytes] : unknown) fields.emplace_back(tag, BytesChain(bytes));
  std::sort(fields.begin(), fields.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  uvarint(static_cast<std::uint32_t>(fields.size()));
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const auto& [tag, value] = fields[i];
    if (i > 0 && tag == fields[i - 1].first) {
      fail({ErrorCode::kInvalidArgument, fmt::format("tag {} is set twice", tag)});
    }
    uvarint(tag);
    uvarint(static_cast<std::uint32_t>(value.size()));
    raw(value);
  }
}

void TaggedFields::add_written(std::uint32_t tag, Writer& writer) {
  if (const auto status = writer.status(); !status && !error_) error_ = status.error();
  fields_.emplace_back(tag, writer.take());
}

}  // namespace millrace::kafka
