#pragma once

#include "base/error.h"
#include "proto/kafka/errors/kafka_error.h"

namespace millrace::broker {

/// The one table from our errors to Kafka's.
kafka::KafkaError to_kafka(ErrorCode code);

}  // namespace millrace::broker
