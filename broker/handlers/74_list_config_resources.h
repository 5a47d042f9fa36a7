#pragma once

#include "broker/handlers/desk.h"
#include "proto/kafka/messages/list_config_resources.h"

namespace millrace::broker {

void start_list_config_resources(Desk& desk, Call call, kafka::ListConfigResourcesRequest request);

}  // namespace millrace::broker
