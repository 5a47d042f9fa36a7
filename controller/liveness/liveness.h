#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/ids.h"

namespace millrace::controller {

/// Two proven deaths in different racks closer than this: the second waits for its session.
inline constexpr Duration kFastFenceInterval = std::chrono::seconds(10);
/// Between two batches of leaderships that a leaving broker hands over: other commands come
/// between.
inline constexpr Duration kHandOverPause = std::chrono::milliseconds(20);

/// Who was heard of when, as the active controller remembers it. A value without a clock, in no
/// log: a new active controller begins anew and grants everybody a full session.
///
/// Owner: the controller, on the metadata loop.
/// Invariants:
///  1. A broker expires a full session after the last sign of life or grant, never before.
///  2. A stall of this process is no silence of others: when run() was not called for half a
///  session
///     every session begins anew.
///  3. Only a sign of life is proof that an incarnation runs; a grant is not.
class Liveness {
 public:
  explicit Liveness(Duration session) : session_(session) {}

  /// Sessions that a new active controller grants, to brokers that it has not heard of yet.
  void grant(NodeId id, MonotonicTime now) { sessions_[id] = {now}; }
  /// A sign of life; `leaving` while the broker would stop.
  void hear(NodeId id, MonotonicTime now, bool leaving = false) {
    sessions_[id] = {now, true, leaving};
  }
  void forget(NodeId id) { sessions_.erase(id); }

  /// Time passes. To be called with every event, and at least four times a session.
  void run(MonotonicTime now);

  /// Whether a sign of life came within a session.
  [[nodiscard]] bool is_running(NodeId id, MonotonicTime now) const;
  /// Whether its session is over. A broker without one has never begun one.
  [[nodiscard]] bool is_expired(NodeId id, MonotonicTime now) const;
  [[nodiscard]] bool is_leaving(NodeId id) const;
  /// When run() has to be called next; nothing where nobody has a session.
  [[nodiscard]] std::optional<MonotonicTime> next_run() const;

  /// Whether a broker of `rack` (empty: unknown, a rack of its own) may be fenced for a proven
  /// death; if so it counts as done.
  bool take_fast_fence(NodeId id, const std::string& rack, MonotonicTime now);

 private:
  struct Session {
    MonotonicTime since;
    bool heard = false;
    bool leaving = false;
  };
  struct FastFence {
    std::string rack;
    MonotonicTime at;
  };

  Duration session_;
  std::map<NodeId, Session> sessions_;
  std::optional<MonotonicTime> last_run_;
  std::optional<FastFence> fast_fence_;
};

}  // namespace millrace::controller
