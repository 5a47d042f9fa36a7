#pragma once

#include "broker/handlers/desk.h"
#include "proto/kafka/messages/unregister_broker.h"

namespace millrace::broker {

void start_unregister_broker(Desk& desk, Call call, kafka::UnregisterBrokerRequest request);

}  // namespace millrace::broker
