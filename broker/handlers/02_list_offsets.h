#pragma once

#include "broker/handlers/desk.h"
#include "proto/kafka/messages/list_offsets.h"

namespace millrace::broker {

void start_list_offsets(Desk& desk, Call call, kafka::ListOffsetsRequest request);

}  // namespace millrace::broker
