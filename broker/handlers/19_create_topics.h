#pragma once

#include "broker/handlers/desk.h"
#include "proto/kafka/messages/create_topics.h"

namespace millrace::broker {

void start_create_topics(Desk& desk, Call call, kafka::CreateTopicsRequest request);

}  // namespace millrace::broker
