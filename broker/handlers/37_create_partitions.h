#pragma once

#include "broker/handlers/desk.h"
#include "proto/kafka/messages/create_partitions.h"

namespace millrace::broker {

void start_create_partitions(Desk& desk, Call call, kafka::CreatePartitionsRequest request);

}  // namespace millrace::broker
