#pragma once

#include "broker/handlers/desk.h"
#include "proto/kafka/messages/transfer_quorum_leadership.h"

namespace millrace::broker {

void start_transfer_quorum_leadership(Desk& desk, Call call,
                                      kafka::TransferQuorumLeadershipRequest request);

}  // namespace millrace::broker
