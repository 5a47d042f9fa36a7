#include <fmt/format.h>

#include "controller/ops/fencing.h"
#include "controller/ops/ops.h"
#include "controller/ops/refusal.h"

namespace millrace::controller {

Plan plan(const Context& context, const BrokerHeartbeat& command) {
  const auto* broker = context.image.broker(command.id);
  if (broker == nullptr || broker->epoch != command.epoch) return not_this_incarnation(command.id);
  context.liveness.hear(command.id, context.now, command.wants_shutdown);
  Plan plan;
  if (command.wants_shutdown && !broker->fenced)
    plan.records = hand_over(context.image, command.id);
  const bool fences =
      !plan.records.empty() && std::holds_alternative<BrokerFenceRecord>(plan.records.back());
  plan.result.is_fenced = broker->fenced || fences;
  plan.result.may_shut_down = command.wants_shutdown && plan.result.is_fenced;
  return plan;
}

Plan plan(const Context& context, const ReportBrokerDeath& command) {
  const auto* broker = context.image.broker(command.id);
  if (broker == nullptr) return no_such_broker(command.id);
  Plan plan;
  plan.result.is_fenced = broker->fenced;
  if (broker->fenced || broker->incarnation != command.incarnation ||
      !context.settings.get_bool("millrace.fast.fence.enable") ||
      !context.liveness.take_fast_fence(command.id, broker->rack, context.now)) {
    return plan;
  }
  plan.records = fence(context.image, {command.id});
  plan.result.is_fenced = true;
  return plan;
}

MetadataTransaction plan_tick(const Context& context) {
  std::set<NodeId> expired;
  std::optional<NodeId> leaving;
  for (const auto& [id, broker] : context.image.brokers()) {
    if (broker.fenced) continue;
    if (context.liveness.is_expired(id, context.now)) expired.insert(id);
    if (!leaving && context.liveness.is_leaving(id)) leaving = id;
  }
  if (!expired.empty()) return fence(context.image, expired);
  return leaving ? hand_over(context.image, *leaving) : MetadataTransaction();
}

}  // namespace millrace::controller
