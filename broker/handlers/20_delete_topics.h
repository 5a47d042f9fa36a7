#pragma once

#include "broker/handlers/desk.h"
#include "proto/kafka/messages/delete_topics.h"

namespace millrace::broker {

void start_delete_topics(Desk& desk, Call call, kafka::DeleteTopicsRequest request);

}  // namespace millrace::broker
