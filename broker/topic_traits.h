#pragma once

#include <cstdint>
#include <string_view>

#include "base/ids.h"
#include "base/settings/settings.h"
#include "proto/kafka/records/validate.h"
#include "storage/log_config.h"

namespace millrace::broker {

/// A topic's settings in the form that logs and checks need them.
struct TopicTraits {
  storage::LogConfig log;
  kafka::ValidateOptions validate;
  std::int32_t min_insync_replicas = 1;
  bool stamps_append_time = false;
};

/// `configs` are the topic's own settings, checked before; `settings` the node's.
TopicTraits resolve_traits(const Settings& settings, const SettingMap& configs);

/// The part of segment.jitter.ms that this partition takes: the same on every start.
std::int64_t draw_jitter_ms(const TopicPartitionId& id, std::int64_t jitter_ms_max);

/// resolve_traits().log for one partition, with its jitter.
storage::LogConfig log_config_of(const Settings& settings, const SettingMap& configs,
                                 const TopicPartitionId& id);

/// The topics that Kafka reserves for its coordinators.
bool is_internal_topic(std::string_view name);

}  // namespace millrace::broker
