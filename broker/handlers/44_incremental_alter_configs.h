#pragma once

#include "broker/handlers/desk.h"
#include "proto/kafka/messages/incremental_alter_configs.h"

namespace millrace::broker {

void start_incremental_alter_configs(Desk& desk, Call call,
                                     kafka::IncrementalAlterConfigsRequest request);

}  // namespace millrace::broker
