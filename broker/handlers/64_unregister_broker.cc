#include "broker/handlers/64_unregister_broker.h"

#include "broker/handlers/one_answer.h"

namespace millrace::broker {

namespace {

using kafka::KafkaError;
using kafka::UnregisterBrokerResponse;

KafkaError broker_error(ErrorCode code) {
  return code == ErrorCode::kNotFound ? KafkaError::kBrokerIdNotRegistered : to_kafka(code);
}

}  // namespace

void start_unregister_broker(Desk& desk, Call call, kafka::UnregisterBrokerRequest request) {
  if (!check_alters_this_cluster<UnregisterBrokerResponse>(desk, call)) return;
  submit_and_keep(desk, std::make_unique<OneAnswer<UnregisterBrokerResponse>>(call, broker_error),
                  controller::Command{controller::UnregisterBroker{request.broker_id}},
                  kCommandTimeoutMs);
}

}  // namespace millrace::broker
