#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace millrace::kafka {

/// The error codes of Kafka's protocol, as responses carry them. A peer may send a number that is
/// not in the list; it is kept as it came.
enum class KafkaError : std::int16_t {
#define X(code, constant, name, retriable) constant = code,
#include "proto/kafka/errors/kafka_error.inc"
#undef X
};

/// Kafka's name of the code, e.g. NOT_LEADER_OR_FOLLOWER; empty for a number that is not in the
/// list.
std::string_view name_of(KafkaError error);

/// True when the same request may succeed later. False for a number that is not in the list.
bool is_retriable(KafkaError error);

/// The error of that name.
std::optional<KafkaError> kafka_error_named(std::string_view name);

}  // namespace millrace::kafka
