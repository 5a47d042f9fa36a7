#pragma once

#include "broker/handlers/desk.h"
#include "proto/kafka/messages/offset_for_leader_epoch.h"

namespace millrace::broker {

void start_offset_for_leader_epoch(Desk& desk, Call call,
                                   kafka::OffsetForLeaderEpochRequest request);

}  // namespace millrace::broker
