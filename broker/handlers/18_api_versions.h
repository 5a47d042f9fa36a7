#pragma once

#include "broker/handlers/desk.h"
#include "proto/kafka/messages/api_versions.h"

namespace millrace::broker {

void start_api_versions(Desk& desk, Call call, kafka::ApiVersionsRequest request);

/// To a version that we do not know: version 0 with the error and the list, so that the client can
/// choose another (KIP-511).
void answer_unknown_api_versions(Desk& desk, const Call& call);

}  // namespace millrace::broker
