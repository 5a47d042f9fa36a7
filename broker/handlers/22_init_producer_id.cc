#include "broker/handlers/22_init_producer_id.h"

#include <algorithm>

#include "broker/handlers/error_map.h"
#include "broker/handlers/producer_ids.h"

namespace millrace::broker {

namespace {

using kafka::InitProducerIdResponse;
using kafka::KafkaError;

/// KIP-679: who may write to any topic may do so idempotently.
bool may_be_idempotent(Desk& desk, const Access& access) {
  if (access.cluster(Operation::kIdempotentWrite)) return true;
  const auto topics = desk.metadata().image().topics();
  return std::any_of(topics.begin(), topics.end(), [&](const controller::Topic* topic) {
    return access.topic(Operation::kWrite, topic->name);
  });
}

InitProducerIdResponse refusal(KafkaError error) {
  InitProducerIdResponse response;
  response.error_code = error;
  response.producer_epoch = kNoProducerEpoch;
  return response;
}

InitProducerIdResponse grant(ProducerId id) {
  InitProducerIdResponse response;
  response.producer_id = id;
  response.producer_epoch = ProducerEpoch(0);
  return response;
}

/// Waits for the shard's next block of ids.
class AwaitingId final : public Running {
 public:
  using Running::on;
  using Running::Running;

  bool on(Desk& desk, CommandDone& done) override {
    if (done.result->error) {
      desk.reply(call_, refusal(to_kafka(done.result->error->code)));
      return true;
    }
    desk.reply(call_, grant(desk.producer_ids().take().value()));
    return true;
  }
};

}  // namespace

void start_init_producer_id(Desk& desk, Call call, kafka::InitProducerIdRequest request) {
  const Access access = desk.access(call);
  if (request.transactional_id) {
    const bool allowed = access.transactional_id(Operation::kWrite, *request.transactional_id);
    // Final in every client. FindCoordinator, which comes first, says in words what is missing.
    desk.reply(call, refusal(allowed ? KafkaError::kUnsupportedVersion
                                     : KafkaError::kTransactionalIdAuthorizationFailed));
    return;
  }
  if (!may_be_idempotent(desk, access)) {
    desk.reply(call, refusal(KafkaError::kClusterAuthorizationFailed));
    return;
  }
  if (const auto id = desk.producer_ids().take()) {
    desk.reply(call, grant(*id));
    return;
  }
  const Token token = desk.next_token();
  desk.keep(token, std::make_unique<AwaitingId>(std::move(call)));
  desk.await_producer_ids(token);
}

}  // namespace millrace::broker
