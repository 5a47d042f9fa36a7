#pragma once

#include "broker/handlers/desk.h"
#include "proto/kafka/messages/describe_configs.h"

namespace millrace::broker {

void start_describe_configs(Desk& desk, Call call, kafka::DescribeConfigsRequest request);

}  // namespace millrace::broker
