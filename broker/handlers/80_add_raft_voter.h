#pragma once

#include "broker/handlers/desk.h"
#include "proto/kafka/messages/add_raft_voter.h"

namespace millrace::broker {

void start_add_raft_voter(Desk& desk, Call call, kafka::AddRaftVoterRequest request);

}  // namespace millrace::broker
