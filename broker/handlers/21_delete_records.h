#pragma once

#include "broker/handlers/desk.h"
#include "proto/kafka/messages/delete_records.h"

namespace millrace::broker {

void start_delete_records(Desk& desk, Call call, kafka::DeleteRecordsRequest request);

}  // namespace millrace::broker
