#pragma once

#include "broker/handlers/desk.h"
#include "proto/kafka/messages/describe_log_dirs.h"

namespace millrace::broker {

void start_describe_log_dirs(Desk& desk, Call call, kafka::DescribeLogDirsRequest request);

}  // namespace millrace::broker
