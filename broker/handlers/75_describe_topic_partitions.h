#pragma once

#include "broker/handlers/desk.h"
#include "proto/kafka/messages/describe_topic_partitions.h"

namespace millrace::broker {

void start_describe_topic_partitions(Desk& desk, Call call,
                                     kafka::DescribeTopicPartitionsRequest request);

}  // namespace millrace::broker
