#include "proto/kafka/errors/kafka_error.h"

namespace millrace::kafka {

std::string_view name_of(KafkaError error) {
  switch (error) {
#define X(code, constant, name, retriable) \
  case KafkaError::constant:               \
    return #name;
#include "proto/kafka/errors/kafka_error.inc"
#undef X
  }
  return {};
}

bool is_retriable(KafkaError error) {
  switch (error) {
#define X(code, constant, name, retriable) \
  case KafkaError::constant:               \
    return retriable;
#include "proto/kafka/errors/kafka_error.inc"
#undef X
  }
  return false;
}

std::optional<KafkaError> kafka_error_named(std::string_view name) {
#define X(code, constant, text, retriable) \
  if (name == #text) return KafkaError::constant;
#include "proto/kafka/errors/kafka_error.inc"
#undef X
  return std::nullopt;
}

}  // namespace millrace::kafka
