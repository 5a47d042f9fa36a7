#include "tests/sim/broker_actor.h"

namespace millrace::sim {
namespace {

constexpr Duration kRetryPause = std::chrono::milliseconds(250);
constexpr Duration kHeartbeatInterval = std::chrono::milliseconds(500);

}  // namespace

void BrokerActor::tick(MonotonicTime now, Offset metadata_end) {
  now_ = now;
  if (session_) return session_->tick(now, metadata_end);
  if (!waits_ && (!asked_ || now - *asked_ >= kRetryPause)) ask();
}

void BrokerActor::leave() {
  if (session_) session_->leave();
}

void BrokerActor::ask() {
  asked_ = now_;
  waits_ = true;
  controller::Command command{registration_};
  if (!formed_) command.body = controller::FormCluster{registration_.cluster_id};
  exits_.submit(std::move(command),
                [this](const controller::CommandResult& result) { on_answer(result); });
}

void BrokerActor::on_answer(const controller::CommandResult& result) {
  waits_ = false;
  if (!formed_) {
    formed_ = !result.error || result.error->code == ErrorCode::kAlreadyExists;
    if (formed_) asked_.reset();
    return;
  }
  if (result.error) return;  // asked again
  session_ = std::make_unique<node::BrokerSession>(
      registration_.broker.id, registration_.broker.incarnation, result.broker_epoch,
      kHeartbeatInterval, std::move(exits_));
  session_->serve();
}

}  // namespace millrace::sim
