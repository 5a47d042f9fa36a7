#pragma once

#include "broker/handlers/desk.h"
#include "proto/kafka/messages/metadata.h"

namespace millrace::broker {

void start_metadata(Desk& desk, Call call, kafka::MetadataRequest request);

}  // namespace millrace::broker
