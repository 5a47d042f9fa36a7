#include "broker/topic_traits.h"

#include <algorithm>
#include <array>

#include "base/crc32c.h"

namespace millrace::broker {

namespace {

storage::LogConfig resolve_log(const Settings& settings, const SettingMap& configs,
                               const std::vector<std::string>& cleanup) {
  storage::LogConfig log;
  log.segment_bytes = static_cast<std::uint32_t>(settings.topic_long(configs, "segment.bytes"));
  log.segment_ms = settings.topic_long(configs, "segment.ms");
  log.segment_jitter_ms = settings.topic_long(configs, "segment.jitter.ms");
  log.index_interval_bytes =
      static_cast<std::uint32_t>(settings.topic_long(configs, "index.interval.bytes"));
  log.index_bytes_max =
      static_cast<std::uint32_t>(settings.topic_long(configs, "segment.index.bytes"));
  log.retention_ms = settings.topic_long(configs, "retention.ms");
  log.retention_bytes = settings.topic_long(configs, "retention.bytes");
  log.delete_by_retention = std::find(cleanup.begin(), cleanup.end(), "delete") != cleanup.end();
  log.durability = settings.topic_value(configs, "millrace.durability").text == "memory"
                       ? storage::Durability::kMemory
                       : storage::Durability::kFsync;
  log.preallocate_bytes = settings.topic_bool(configs, "preallocate") ? log.segment_bytes : 0;
  log.producers_max =
      static_cast<std::uint32_t>(settings.get_long("millrace.producers.per.partition.max"));
  log.producer_expiry_ms = settings.get_long("producer.id.expiration.ms");
  return log;
}

}  // namespace

TopicTraits resolve_traits(const Settings& settings, const SettingMap& configs) {
  const auto cleanup = settings.topic_list(configs, "cleanup.policy");
  TopicTraits traits;
  traits.log = resolve_log(settings, configs, cleanup);
  traits.stamps_append_time =
      settings.topic_value(configs, "message.timestamp.type").text == "LogAppendTime";
  traits.min_insync_replicas =
      static_cast<std::int32_t>(settings.topic_long(configs, "min.insync.replicas"));
  kafka::ValidateOptions& validate = traits.validate;
  validate.max_batch_bytes =
      static_cast<std::size_t>(settings.topic_long(configs, "max.message.bytes"));
  validate.segment_bytes = traits.log.segment_bytes;
  validate.timestamp_type = traits.stamps_append_time ? kafka::TimestampType::kLogAppendTime
                                                      : kafka::TimestampType::kCreateTime;
  validate.timestamp_before_max_ms =
      settings.topic_long(configs, "message.timestamp.before.max.ms");
  validate.timestamp_after_max_ms = settings.topic_long(configs, "message.timestamp.after.max.ms");
  validate.compacted = std::find(cleanup.begin(), cleanup.end(), "compact") != cleanup.end();
  validate.every_record = settings.topic_bool(configs, "millrace.validate.records");
  return traits;
}

std::int64_t draw_jitter_ms(const TopicPartitionId& id, std::int64_t jitter_ms_max) {
  if (jitter_ms_max <= 0) return 0;
  std::array<std::uint8_t, 4> partition;
  store_be(partition.data(), id.partition.value());
  const std::uint32_t draw = crc32c(partition, crc32c(id.topic_id.uuid().bytes()));
  return static_cast<std::int64_t>(draw % static_cast<std::uint64_t>(jitter_ms_max + 1));
}

storage::LogConfig log_config_of(const Settings& settings, const SettingMap& configs,
                                 const TopicPartitionId& id) {
  storage::LogConfig log = resolve_traits(settings, configs).log;
  log.segment_jitter_ms = draw_jitter_ms(id, log.segment_jitter_ms);
  return log;
}

bool is_internal_topic(std::string_view name) {
  return name == "__consumer_offsets" || name == "__transaction_state" ||
         name == "__share_group_state";
}

}  // namespace millrace::broker
