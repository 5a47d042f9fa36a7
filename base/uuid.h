#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace millrace {

class Random;

/// 128 bits, as Kafka identifies topics, directories and clusters. Its text form is 22 characters
/// of URL-safe base64 without padding.
class Uuid {
 public:
  static constexpr std::size_t kBytes = 16;

  /// The zero id, which Kafka reserves for "none".
  constexpr Uuid() = default;
  constexpr explicit Uuid(std::array<std::uint8_t, kBytes> bytes) : bytes_(bytes) {}

  /// A version 4 id whose text does not begin with '-' (it would read as a command-line flag).
  [[nodiscard]] static Uuid random(Random& random);

  /// Errors: kInvalidArgument when `text` is not 22 characters of URL-safe base64.
  static Result<Uuid> parse(std::string_view text);

  [[nodiscard]] std::string to_string() const;
  [[nodiscard]] constexpr const std::array<std::uint8_t, kBytes>& bytes() const { return bytes_; }
  [[nodiscard]] constexpr bool is_zero() const { return *this == Uuid(); }

  friend constexpr auto operator<=>(const Uuid&, const Uuid&) = default;
  friend constexpr bool operator==(const Uuid&, const Uuid&) = default;

  template <class H>
  friend H AbslHashValue(H state, const Uuid& id) {
    return H::combine(std::move(state), id.bytes_);
  }

 private:
  std::array<std::uint8_t, kBytes> bytes_{};
};

/// A Uuid with a meaning; see Strong for why the meanings do not mix.
template <class Tag>
class StrongUuid {
 public:
  constexpr StrongUuid() = default;
  constexpr explicit StrongUuid(Uuid uuid) : uuid_(uuid) {}

  [[nodiscard]] constexpr const Uuid& uuid() const { return uuid_; }
  [[nodiscard]] constexpr bool is_zero() const { return uuid_.is_zero(); }
  [[nodiscard]] std::string to_string() const { return uuid_.to_string(); }

  friend constexpr auto operator<=>(const StrongUuid&, const StrongUuid&) = default;
  friend constexpr bool operator==(const StrongUuid&, const StrongUuid&) = default;

  template <class H>
  friend H AbslHashValue(H state, const StrongUuid& id) {
    return H::combine(std::move(state), id.uuid_);
  }

 private:
  Uuid uuid_;
};

}  // namespace millrace
