#pragma once

#include "broker/handlers/desk.h"
#include "proto/kafka/messages/describe_quorum.h"

namespace millrace::broker {

void start_describe_quorum(Desk& desk, Call call, kafka::DescribeQuorumRequest request);

}  // namespace millrace::broker
