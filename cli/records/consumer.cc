#include "cli/records/consumer.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/text/duration.h"

namespace millrace::cli {
namespace {

// How long a node holds back the answer that says "no more".
constexpr const char* kQuickFetchWaitMs = "10";

std::optional<std::string> bytes_or_null(const void* data, std::size_t size) {
  if (data == nullptr) return std::nullopt;
  return std::string(static_cast<const char*>(data), size);
}

std::vector<RecordHeader> headers_of(const rd_kafka_message_t& message) {
  std::vector<RecordHeader> headers;
  rd_kafka_headers_t* raw = nullptr;
  if (rd_kafka_message_headers(&message, &raw) != RD_KAFKA_RESP_ERR_NO_ERROR) return headers;
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  for (std::size_t i = 0;
       rd_kafka_header_get_all(raw, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; ++i) {
    headers.emplace_back(name, bytes_or_null(value, size));
  }
  return headers;
}

void fill(const std::string& topic, const rd_kafka_message_t& message, Record& record) {
  rd_kafka_timestamp_type_t type{};
  record.topic = topic;
  record.partition = PartitionIndex(message.partition);
  record.offset = Offset(message.offset);
  record.timestamp = TimestampMs(rd_kafka_message_timestamp(&message, &type));
  record.key = bytes_or_null(message.key, message.key_len);
  record.value = bytes_or_null(message.payload, message.len);
  record.headers = headers_of(message);
}

}  // namespace

Answer<std::unique_ptr<Consumer>> Consumer::open(const Globals& globals, Options options) {
  std::unique_ptr<Consumer> consumer(new Consumer(globals, std::move(options)));
  auto configuration = rd_configuration(globals, consumer->trouble_);
  if (!configuration) return problem(std::move(configuration).error());
  auto* const raw = configuration->get();
  CLI_TRY(rd_set(raw, "enable.partition.eof", "true"));
  CLI_TRY(rd_set(raw, "check.crcs", "true"));
  if (consumer->options_.quick_end) CLI_TRY(rd_set(raw, "fetch.wait.max.ms", kQuickFetchWaitMs));
  // Above this many records librdkafka 2.0 pauses fetching for a second, so that only the limit in
  // bytes (queued.max.messages.kbytes, 64 MiB) should count.
  CLI_TRY(rd_set(raw, "queued.min.messages", "10000000"));
  // An offset that is not there is reported, not replaced by another.
  CLI_TRY(rd_set(raw, "auto.offset.reset", "error"));
  auto handle = rd_open(RD_KAFKA_CONSUMER, std::move(*configuration));
  if (!handle) return problem(std::move(handle).error());
  consumer->handle_ = std::move(*handle);
  CLI_TRY(consumer->start());
  return consumer;
}

Consumer::~Consumer() {
  for (const auto partition : started_) rd_kafka_consume_stop(topic_.get(), partition);
}

Answer<void> Consumer::start() {
  if (options_.partitions.empty()) {
    auto all = rd_partitions(handle_.get(), options_.topic, timeout_);
    if (!all) return problem(std::move(all).error());
    options_.partitions = std::move(*all);
  }
  topic_.reset(rd_kafka_topic_new(handle_.get(), options_.topic.c_str(), nullptr));
  queue_.reset(rd_kafka_queue_new(handle_.get()));
  for (const auto partition : options_.partitions) {
    const auto offset = first_offset(partition);
    if (!offset) return problem(offset.error());
    if (rd_kafka_consume_start_queue(topic_.get(), partition, *offset, queue_.get()) != 0) {
      return problem(rd_problem(rd_kafka_last_error(), options_.topic,
                                fmt::format("cannot read {}/{}", options_.topic, partition)));
    }
    started_.insert(partition);
  }
  return {};
}

Answer<std::int64_t> Consumer::first_offset(std::int32_t partition) {
  switch (options_.offset.kind) {
    case OffsetSpec::Kind::kStart:
      return RD_KAFKA_OFFSET_BEGINNING;
    case OffsetSpec::Kind::kEnd:
      return RD_KAFKA_OFFSET_END;
    case OffsetSpec::Kind::kAt:
      return options_.offset.value;
    case OffsetSpec::Kind::kBeforeEnd:
      return offset_before_end(partition);
    case OffsetSpec::Kind::kMoment:
      return offset_at_moment(partition);
  }
  return RD_KAFKA_OFFSET_BEGINNING;
}

Answer<Consumer::Bounds> Consumer::bounds_of(std::int32_t partition) {
  Bounds bounds{};
  const auto error = rd_kafka_query_watermark_offsets(handle_.get(), options_.topic.c_str(),
                                                      partition, &bounds.start, &bounds.end,
                                                      static_cast<int>(timeout_.count()));
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return bounds;
  return problem(
      rd_problem(error, options_.topic,
                 fmt::format("asking for the offsets of {}/{} failed", options_.topic, partition)));
}

Answer<std::int64_t> Consumer::offset_before_end(std::int32_t partition) {
  const auto bounds = bounds_of(partition);
  if (!bounds) return problem(bounds.error());
  return std::max(bounds->start, bounds->end - options_.offset.value);
}

Answer<std::int64_t> Consumer::offset_at_moment(std::int32_t partition) {
  const std::unique_ptr<rd_kafka_topic_partition_list_t,
                        decltype(&rd_kafka_topic_partition_list_destroy)>
      list(rd_kafka_topic_partition_list_new(1), rd_kafka_topic_partition_list_destroy);
  auto* const asked =
      rd_kafka_topic_partition_list_add(list.get(), options_.topic.c_str(), partition);
  asked->offset = options_.offset.value;
  auto error =
      rd_kafka_offsets_for_times(handle_.get(), list.get(), static_cast<int>(timeout_.count()));
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) error = asked->err;
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return problem(rd_problem(
        error, options_.topic,
        fmt::format("asking {}/{} for the offset of a time failed", options_.topic, partition)));
  }
  return asked->offset < 0 ? RD_KAFKA_OFFSET_END : asked->offset;
}

Answer<Consumer::Event> Consumer::next(Record& record, int wait_ms) {
  rd_kafka_poll(handle_.get(), 0);
  const RdMessage message(rd_kafka_consume_queue(queue_.get(), wait_ms), rd_kafka_message_destroy);
  if (message == nullptr) return on_quiet();
  return on_message(*message, record);
}

Answer<Consumer::Event> Consumer::on_message(const rd_kafka_message_t& message, Record& record) {
  switch (message.err) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
      trouble_.clear();
      at_end_.erase(message.partition);
      fill(options_.topic, message, record);
      return Event::kRecord;
    case RD_KAFKA_RESP_ERR__PARTITION_EOF:
      trouble_.clear();
      at_end_.insert(message.partition);
      return at_end_.size() == started_.size() ? Event::kAllAtEnd : Event::kNothing;
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
      return problem(offset_problem(message.partition));
    // librdkafka goes on by itself; on_quiet() ends it when it takes too long.
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
      return Event::kNothing;
    default:
      return problem(
          rd_problem(message.err, options_.topic, fmt::format("cannot read {}", options_.topic)));
  }
}

Answer<Consumer::Event> Consumer::on_quiet() {
  const auto since = trouble_.down_since();
  if (!since || std::chrono::steady_clock::now() - *since < timeout_) return Event::kNothing;
  return problem({ExitCode::kUnreachable, "UNREACHABLE", options_.topic,
                  fmt::format("reading {} stopped: no node could be reached for --timeout {}: {}",
                              options_.topic, duration_text(timeout_), trouble_.text()),
                  "millrace cluster info shows whether the cluster is back"});
}

Problem Consumer::offset_problem(std::int32_t partition) {
  const auto bounds = bounds_of(partition);
  std::string held;
  if (bounds) held = fmt::format(": it holds {} to {}", bounds->start, bounds->end);
  return {ExitCode::kFailed, "OFFSET_OUT_OF_RANGE", options_.topic,
          fmt::format("{}/{} has no offset {}{}", options_.topic, partition, options_.offset.value,
                      held),
          "--offset start reads from the oldest record that is kept"};
}

}  // namespace millrace::cli
