#pragma once

#include "broker/handlers/desk.h"
#include "proto/kafka/messages/alter_configs.h"

namespace millrace::broker {

void start_alter_configs(Desk& desk, Call call, kafka::AlterConfigsRequest request);

}  // namespace millrace::broker
