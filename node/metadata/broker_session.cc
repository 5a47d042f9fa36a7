#include "node/metadata/broker_session.h"

namespace millrace::node {

BrokerSession::BrokerSession(NodeId id, IncarnationId incarnation, BrokerEpoch epoch,
                             Duration interval, Exits exits)
    : id_(id),
      incarnation_(incarnation),
      epoch_(epoch),
      interval_(interval),
      exits_(std::move(exits)) {}

void BrokerSession::tick(MonotonicTime now, Offset metadata_end) {
  now_ = now;
  if (ended_ || (asked_ && now - *asked_ < kAnswerPatience)) return;
  if (serves_ && fenced_ && !leaves_) {
    return ask({controller::UnfenceBroker{id_, incarnation_}}, &BrokerSession::on_unfenced);
  }
  // A broker that leaves asks again as soon as it was answered.
  if (!leaves_ && last_heartbeat_ && now - *last_heartbeat_ < interval_) return;
  last_heartbeat_ = now;
  ask({controller::BrokerHeartbeat{id_, epoch_, metadata_end, leaves_}},
      &BrokerSession::on_heartbeat);
}

void BrokerSession::ask(controller::Command command,
                        void (BrokerSession::*on_answer)(const controller::CommandResult& result)) {
  asked_ = now_;
  exits_.submit(std::move(command),
                [this, on_answer, question = ++question_](const controller::CommandResult& result) {
                  if (question != question_ || ended_) return;
                  asked_.reset();
                  (this->*on_answer)(result);
                });
}

/// Any error but this one passes: the next heartbeat tries again.
bool BrokerSession::is_lost(const controller::CommandResult& result) {
  if (!result.error || result.error->code != ErrorCode::kInvalidRequest) return false;
  ended_ = true;
  exits_.replaced(*result.error);
  return true;
}

void BrokerSession::on_heartbeat(const controller::CommandResult& result) {
  if (is_lost(result) || result.error) return;
  fenced_ = result.is_fenced;
  if (!leaves_ || !result.may_shut_down) return;
  ended_ = true;
  exits_.may_stop();
}

void BrokerSession::on_unfenced(const controller::CommandResult& result) {
  if (is_lost(result) || result.error) return;
  fenced_ = false;
  if (!std::exchange(was_unfenced_, true)) exits_.unfenced();
}

}  // namespace millrace::node
