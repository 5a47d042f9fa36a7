#pragma once

#include <cstdint>

namespace millrace {

/// The only source of randomness a core may use; always passed in by reference, so that a seed
/// decides a whole run. xoshiro256** seeded by splitmix64 (Blackman and Vigna). Not for secrets.
class Random {
 public:
  explicit Random(std::uint64_t seed);

  std::uint64_t next();

  /// Uniform in [0, bound). Requires: bound > 0.
  std::uint64_t below(std::uint64_t bound);

  /// Uniform in [low, high]. Requires: low <= high.
  std::int64_t between(std::int64_t low, std::int64_t high);

  /// True `numerator` times out of `denominator`.
  bool chance(std::uint32_t numerator, std::uint32_t denominator);

  /// An independent generator: consuming more from one does not shift the other.
  Random fork() { return Random(next()); }

 private:
  std::uint64_t state_[4];
};

}  // namespace millrace
