#pragma once

#include <memory>
#include <optional>

#include "base/random.h"
#include "node/metadata/broker_session.h"

namespace millrace::sim {

/// The broker of one life of a simulated node: forms the cluster, registers until it is taken, and
/// then lives by the real session. What node/assembly/cluster_member does on a thread that waits.
///
/// Owner: the world's node. Ends with its process.
class BrokerActor {
 public:
  BrokerActor(const controller::RegisterBroker& registration, node::BrokerSession::Exits exits)
      : registration_(registration), exits_(std::move(exits)) {}

  /// What is due. `metadata_end`: what is applied here.
  void tick(MonotonicTime now, Offset metadata_end);
  /// It would stop: its leaderships shall move away first.
  void leave();

  [[nodiscard]] const controller::RegisterBroker& registration() const { return registration_; }

 private:
  void ask();
  void on_answer(const controller::CommandResult& result);

  const controller::RegisterBroker registration_;
  node::BrokerSession::Exits exits_;
  std::unique_ptr<node::BrokerSession> session_;
  MonotonicTime now_;
  std::optional<MonotonicTime> asked_;  // last
  bool waits_ = false;
  bool formed_ = false;
};

}  // namespace millrace::sim
