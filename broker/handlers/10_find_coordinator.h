#pragma once

#include "broker/handlers/desk.h"
#include "proto/kafka/messages/find_coordinator.h"

namespace millrace::broker {

void start_find_coordinator(Desk& desk, Call call, kafka::FindCoordinatorRequest request);

}  // namespace millrace::broker
