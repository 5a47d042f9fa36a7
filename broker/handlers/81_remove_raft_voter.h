#pragma once

#include "broker/handlers/desk.h"
#include "proto/kafka/messages/remove_raft_voter.h"

namespace millrace::broker {

void start_remove_raft_voter(Desk& desk, Call call, kafka::RemoveRaftVoterRequest request);

}  // namespace millrace::broker
