#pragma once

#include "broker/handlers/desk.h"
#include "proto/kafka/messages/init_producer_id.h"

namespace millrace::broker {

void start_init_producer_id(Desk& desk, Call call, kafka::InitProducerIdRequest request);

}  // namespace millrace::broker
