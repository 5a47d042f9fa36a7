#pragma once

#include <bit>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/check.h"

namespace millrace {

/// Bytes that somebody else owns and that outlive the call.
using ByteView = std::span<const std::uint8_t>;
using MutableByteView = std::span<std::uint8_t>;

inline ByteView as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Big-endian integers, as Kafka's protocol and files have them. Requires: sizeof(T) bytes at `at`.
template <std::integral T>
T load_be(const std::uint8_t* at) {
  std::make_unsigned_t<T> value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    value = static_cast<std::make_unsigned_t<T>>((value << (sizeof(T) > 1 ? 8 : 0)) | at[i]);
  }
  return static_cast<T>(value);
}
template <std::integral T>
void store_be(std::uint8_t* at, T value) {
  auto bits = static_cast<std::make_unsigned_t<T>>(value);
  for (std::size_t i = sizeof(T); i-- > 0;) {
    at[i] = static_cast<std::uint8_t>(bits);
    if constexpr (sizeof(T) > 1) bits = static_cast<std::make_unsigned_t<T>>(bits >> 8);
  }
}

/// Immutable bytes with shared ownership: a view plus whatever keeps it alive. Copies are cheap,
/// and a slice keeps the whole block alive. May be read from any thread.
class SharedBytes {
 public:
  SharedBytes() = default;
  /// Shares a view into memory that `owner` keeps alive.
  SharedBytes(std::shared_ptr<const void> owner, ByteView view)
      : owner_(std::move(owner)), view_(view) {}

  static SharedBytes own(std::vector<std::uint8_t> bytes) {
    auto owner = std::make_shared<const std::vector<std::uint8_t>>(std::move(bytes));
    const ByteView view(*owner);
    return {std::move(owner), view};
  }
  static SharedBytes copy_of(ByteView bytes) { return own({bytes.begin(), bytes.end()}); }

  [[nodiscard]] ByteView view() const { return view_; }
  [[nodiscard]] const std::uint8_t* data() const { return view_.data(); }
  [[nodiscard]] std::size_t size() const { return view_.size(); }
  [[nodiscard]] bool empty() const { return view_.empty(); }

  /// Requires: first + count <= size().
  [[nodiscard]] SharedBytes slice(std::size_t first, std::size_t count) const {
    CHECK(first <= view_.size() && count <= view_.size() - first);
    return {owner_, view_.subspan(first, count)};
  }
  [[nodiscard]] SharedBytes slice(std::size_t first) const {
    return slice(first, view_.size() - first);
  }

  friend bool operator==(const SharedBytes& a, const SharedBytes& b) {
    return as_text(a.view_) == as_text(b.view_);
  }

 private:
  std::shared_ptr<const void> owner_;
  ByteView view_;
};

/// A sequence of shared slices that reads as one run of bytes: what a response or a run of batches
/// is until a socket or a file gathers it.
class BytesChain {
 public:
  BytesChain() = default;
  explicit BytesChain(SharedBytes piece) { append(std::move(piece)); }

  void append(SharedBytes piece) {
    if (piece.empty()) return;
    bytes_ += piece.size();
    pieces_.push_back(std::move(piece));
  }
  void append(BytesChain chain) {
    for (auto& piece : chain.pieces_) append(std::move(piece));
  }

  [[nodiscard]] const std::vector<SharedBytes>& pieces() const { return pieces_; }
  /// Total bytes of all pieces.
  [[nodiscard]] std::size_t size() const { return bytes_; }
  [[nodiscard]] bool empty() const { return bytes_ == 0; }
  [[nodiscard]] std::vector<std::uint8_t> flatten() const {
    std::vector<std::uint8_t> all;
    all.reserve(bytes_);
    for (const auto& piece : pieces_)
      all.insert(all.end(), piece.view().begin(), piece.view().end());
    return all;
  }

  /// Equal when the bytes are, however they are cut.
  friend bool operator==(const BytesChain& a, const BytesChain& b) {
    return a.bytes_ == b.bytes_ && a.flatten() == b.flatten();
  }

 private:
  std::vector<SharedBytes> pieces_;
  std::size_t bytes_ = 0;
};

}  // namespace millrace
