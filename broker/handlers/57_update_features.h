#pragma once

#include "broker/handlers/desk.h"
#include "proto/kafka/messages/update_features.h"

namespace millrace::broker {

void start_update_features(Desk& desk, Call call, kafka::UpdateFeaturesRequest request);

}  // namespace millrace::broker
