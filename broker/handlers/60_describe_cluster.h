#pragma once

#include "broker/handlers/desk.h"
#include "proto/kafka/messages/describe_cluster.h"

namespace millrace::broker {

void start_describe_cluster(Desk& desk, Call call, kafka::DescribeClusterRequest request);

}  // namespace millrace::broker
