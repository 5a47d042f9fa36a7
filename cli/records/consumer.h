#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "cli/records/rdkafka.h"
#include "cli/records/record.h"
#include "cli/text/offset_spec.h"

namespace millrace::cli {

/// Reads partitions of one topic with librdkafka, without a consumer group: nothing is committed
/// anywhere. One thread.
class Consumer {
 public:
  struct Options {
    std::string topic;
    std::vector<std::int32_t> partitions;  // empty for all
    OffsetSpec offset;
    /// Ends are asked for more often: somebody waits for them.
    bool quick_end = false;
  };
  /// What next() found.
  enum class Event { kRecord, kNothing, kAllAtEnd };

  static Answer<std::unique_ptr<Consumer>> open(const Globals& globals, Options options);
  ~Consumer();
  Consumer(const Consumer&) = delete;
  Consumer& operator=(const Consumer&) = delete;

  /// Fills `record`, waiting at most `wait_ms`. kAllAtEnd comes once each time that the last
  /// partition reached its end. Problems: what ends reading, such as an offset that is not there.
  Answer<Event> next(Record& record, int wait_ms);

 private:
  Consumer(const Globals& globals, Options options)
      : options_(std::move(options)), timeout_(globals.timeout) {}
  Answer<void> start();
  Answer<std::int64_t> first_offset(std::int32_t partition);
  Answer<std::int64_t> offset_before_end(std::int32_t partition);
  Answer<std::int64_t> offset_at_moment(std::int32_t partition);
  Answer<Event> on_message(const rd_kafka_message_t& message, Record& record);
  Answer<Event> on_quiet();
  Problem offset_problem(std::int32_t partition);
  struct Bounds {
    std::int64_t start;
    std::int64_t end;
  };
  Answer<Bounds> bounds_of(std::int32_t partition);

  Options options_;
  std::chrono::milliseconds timeout_;
  RdTrouble trouble_;
  RdHandle handle_{nullptr, rd_kafka_destroy};
  RdTopic topic_{nullptr, rd_kafka_topic_destroy};
  std::unique_ptr<rd_kafka_queue_t, decltype(&rd_kafka_queue_destroy)> queue_{
      nullptr, rd_kafka_queue_destroy};
  std::set<std::int32_t> started_;
  std::set<std::int32_t> at_end_;
};

}  // namespace millrace::cli
