#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

namespace millrace::node {

/// Counts the bytes of requests and replies that the node holds. Every connection charges what it
/// holds; whoever frees the memory gives it back.
///
/// Two limits. Above `soft` no connection starts to read another request, and clients feel TCP's
/// back-pressure. Frames that have begun may still end, or nothing would ever be freed; what they
/// need above `hard` is refused and their connection closed, because at that point memory is held
/// by senders that do not finish.
///
/// Any thread, no order between calls is promised.
class MemoryBudget {
 public:
  explicit MemoryBudget(std::uint64_t soft_bytes) : soft_(soft_bytes), hard_(2 * soft_bytes) {}

  /// False, and nothing charged, when that would exceed the hard limit.
  [[nodiscard]] bool try_charge(std::uint64_t bytes) {
    if (used_.fetch_add(bytes, std::memory_order_relaxed) + bytes <= hard_) return true;
    used_.fetch_sub(bytes, std::memory_order_relaxed);
    return false;
  }
  /// For what exists already, whatever the limits say.
  void charge(std::uint64_t bytes) { used_.fetch_add(bytes, std::memory_order_relaxed); }
  void release(std::uint64_t bytes) { used_.fetch_sub(bytes, std::memory_order_relaxed); }

  [[nodiscard]] bool is_above_soft() const { return used() > soft_; }
  /// Some way below the soft limit, so that readers resume in bursts rather than one by one.
  [[nodiscard]] bool may_resume() const { return used() <= soft_ / 8 * 7; }
  [[nodiscard]] std::uint64_t used() const { return used_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t soft_limit() const { return soft_; }

 private:
  const std::uint64_t soft_;
  const std::uint64_t hard_;
  std::atomic<std::uint64_t> used_ = 0;
};

}  // namespace millrace::node
