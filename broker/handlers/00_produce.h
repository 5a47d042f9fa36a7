#pragma once

#include "broker/handlers/desk.h"
#include "proto/kafka/messages/produce.h"

namespace millrace::broker {

void start_produce(Desk& desk, Call call, kafka::ProduceRequest request);

}  // namespace millrace::broker
