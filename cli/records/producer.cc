#include "cli/records/producer.h"

#include <fmt/format.h>

#include <algorithm>

namespace millrace::cli {
namespace {

constexpr int kPollMs = 100;

rd_kafka_headers_t* headers_of(const Record& record) {
  if (record.headers.empty()) return nullptr;
  auto* const headers = rd_kafka_headers_new(record.headers.size());
  for (const auto& [name, value] : record.headers) {
    rd_kafka_header_add(headers, name.data(), static_cast<ssize_t>(name.size()),
                        value ? value->data() : nullptr,
                        value ? static_cast<ssize_t>(value->size()) : -1);
  }
  return headers;
}

rd_kafka_resp_err_t enqueue(rd_kafka_t* handle, const Producer::Options& options,
                            const Record& record, void* opaque) {
  auto* const headers = headers_of(record);
  const auto* value = record.value ? record.value->data() : nullptr;
  const auto* key = record.key ? record.key->data() : nullptr;
  const std::size_t value_bytes = record.value ? record.value->size() : 0;
  const std::size_t key_bytes = record.key ? record.key->size() : 0;
  const std::int64_t timestamp = record.timestamp == kNoTimestamp ? 0 : record.timestamp.value();
  const auto error = rd_kafka_producev(
      handle, RD_KAFKA_V_TOPIC(options.topic.c_str()), RD_KAFKA_V_PARTITION(options.partition),
      RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
      RD_KAFKA_V_VALUE(const_cast<char*>(value), value_bytes), RD_KAFKA_V_KEY(key, key_bytes),
      RD_KAFKA_V_TIMESTAMP(timestamp), RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_OPAQUE(opaque),
      RD_KAFKA_V_END);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR && headers != nullptr) rd_kafka_headers_destroy(headers);
  return error;
}

}  // namespace

Answer<std::unique_ptr<Producer>> Producer::open(const Globals& globals, Options options) {
  std::unique_ptr<Producer> producer(new Producer(std::move(options)));
  auto configuration = rd_configuration(globals, producer->trouble_);
  if (!configuration) return problem(std::move(configuration).error());
  auto* const raw = configuration->get();
  rd_kafka_conf_set_dr_msg_cb(raw, on_delivery);
  const auto given = [&](const std::string& name) {
    return std::any_of(globals.properties.begin(), globals.properties.end(),
                       [&](const auto& property) { return property.first == name; });
  };
  const std::pair<std::string, std::string> ours[] = {
      {"message.timeout.ms", std::to_string(globals.timeout.count())},
      {"compression.codec", producer->options_.compression},
      {"acks", producer->options_.acks},
      // The same partition for the same key as Kafka's Java clients choose.
      {"partitioner", "murmur2_random"},
  };
  for (const auto& [name, value] : ours) {
    if (!given(name)) CLI_TRY(rd_set(raw, name, value));
  }
  auto handle = rd_open(RD_KAFKA_PRODUCER, std::move(*configuration));
  if (!handle) return problem(std::move(handle).error());
  producer->handle_ = std::move(*handle);
  return producer;
}

void Producer::send(const Record& record) {
  auto error = enqueue(handle_.get(), options_, record, this);
  while (error == RD_KAFKA_RESP_ERR__QUEUE_FULL) {
    rd_kafka_poll(handle_.get(), kPollMs);
    error = enqueue(handle_.get(), options_, record, this);
  }
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) fail(failure(error));
  rd_kafka_poll(handle_.get(), 0);
}

void Producer::finish() {
  // Ends, because message.timeout.ms makes every record end.
  while (rd_kafka_outq_len(handle_.get()) > 0) rd_kafka_poll(handle_.get(), kPollMs);
}

void Producer::fail(Problem why) {
  ++failed_;
  const bool known = std::find(errors_.begin(), errors_.end(), why) != errors_.end();
  if (!known && errors_.size() < kErrorsMax) errors_.push_back(std::move(why));
}

void Producer::on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void*) {
  static_cast<Producer*>(message->_private)->delivered(*message);
}

void Producer::delivered(const rd_kafka_message_t& message) {
  if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    fail(failure(message.err));
    return;
  }
  ++acknowledged_;
  auto& range = ranges_[message.partition];
  ++range.records;
  if (message.offset < 0) return;
  if (range.first_offset < 0) range.first_offset = message.offset;
  range.first_offset = std::min(range.first_offset, message.offset);
  range.last_offset = std::max(range.last_offset, message.offset);
}

Problem Producer::failure(rd_kafka_resp_err_t error) const {
  auto problem = rd_problem(error, options_.topic, "cannot produce to " + options_.topic);
  const auto trouble = trouble_.text();
  if (error == RD_KAFKA_RESP_ERR__MSG_TIMED_OUT && !trouble.empty()) {
    problem.message += fmt::format(" ({})", trouble);
  }
  if (error == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE) {
    problem.hint = "the limits are the topic's max.message.bytes and, here, -X message.max.bytes";
  }
  // A record that failed is an item that failed, whatever the reason.
  problem.exit = ExitCode::kFailed;
  return problem;
}

}  // namespace millrace::cli
