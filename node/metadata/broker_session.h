#pragma once

#include <absl/functional/any_invocable.h>

#include <memory>
#include <optional>

#include "base/clock.h"
#include "controller/metadata/command.h"

namespace millrace::node {

/// An answer that takes longer is not waited for: another node may lead by then. A third of the
/// default session.
inline constexpr Duration kAnswerPatience = std::chrono::seconds(1);

/// This broker's life in the cluster after its registration: it tells the controller that it is
/// alive, asks to be unfenced when it serves and is not, and asks before it stops. Says what to
/// ask; decides by the answers alone.
///
/// Owned by the assembly; lives on the metadata loop.
class BrokerSession {
 public:
  using Done = absl::AnyInvocable<void(controller::CommandResult) &&>;
  struct Exits {
    absl::AnyInvocable<void(controller::Command, Done)> submit;
    /// Another process has registered as this broker: this one has no place any more.
    absl::AnyInvocable<void(Error)> replaced;
    /// It serves: the controller may give it partitions to lead. Told once.
    absl::AnyInvocable<void()> unfenced;
    /// Nothing depends on this process any more.
    absl::AnyInvocable<void()> may_stop;
  };

  BrokerSession(NodeId id, IncarnationId incarnation, BrokerEpoch epoch, Duration interval,
                Exits exits);

  /// From now on it serves, and wants to be unfenced.
  void serve() { serves_ = true; }
  /// It would stop: its leaderships shall move away first.
  void leave() { leaves_ = true; }
  /// What is due. `metadata_end`: what is applied here. At least every 50 ms.
  void tick(MonotonicTime now, Offset metadata_end);

 private:
  void ask(controller::Command command,
           void (BrokerSession::*on_answer)(const controller::CommandResult& result));
  void on_heartbeat(const controller::CommandResult& result);
  void on_unfenced(const controller::CommandResult& result);
  [[nodiscard]] bool is_lost(const controller::CommandResult& result);

  const NodeId id_;
  const IncarnationId incarnation_;
  const BrokerEpoch epoch_;
  const Duration interval_;
  Exits exits_;
  bool serves_ = false;
  bool leaves_ = false;
  bool ended_ = false;
  bool was_unfenced_ = false;
  bool fenced_ = true;  // as far as is known
  MonotonicTime now_;
  std::uint64_t question_ = 0;          // number of the last
  std::optional<MonotonicTime> asked_;  // when, while it is on its way
  std::optional<MonotonicTime> last_heartbeat_;
};

}  // namespace millrace::node
