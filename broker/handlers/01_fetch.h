#pragma once

#include "broker/handlers/desk.h"
#include "proto/kafka/messages/fetch.h"

namespace millrace::broker {

void start_fetch(Desk& desk, Call call, kafka::FetchRequest request);

}  // namespace millrace::broker
