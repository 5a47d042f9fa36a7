#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cli/records/rdkafka.h"
#include "cli/records/record.h"

namespace millrace::cli {

/// What became of the records of one partition.
struct ProducedRange {
  std::int64_t records = 0;
  std::int64_t first_offset = -1;  // -1: the cluster did not say (acks=0)
  std::int64_t last_offset = -1;
};

/// Sends records of one topic with librdkafka and counts their acknowledgements. Records go out in
/// the background; finish() waits for all of them. One thread.
class Producer {
 public:
  struct Options {
    std::string topic;
    std::int32_t partition = RD_KAFKA_PARTITION_UA;  // UA: by key
    std::string compression = "none";
    std::string acks = "all";
  };
  /// Distinct errors that are kept; the others are counted.
  static constexpr std::size_t kErrorsMax = 10;

  static Answer<std::unique_ptr<Producer>> open(const Globals& globals, Options options);

  /// Queues the record; waits while the queue is full. A record that is refused counts as failed.
  void send(const Record& record);

  /// Waits until each record is acknowledged or has failed; every one does within --timeout.
  void finish();

  /// Counts a record that could not even be read.
  void fail(Problem why);

  [[nodiscard]] const std::map<std::int32_t, ProducedRange>& ranges() const { return ranges_; }
  [[nodiscard]] std::int64_t acknowledged() const { return acknowledged_; }
  [[nodiscard]] std::int64_t failed() const { return failed_; }
  [[nodiscard]] const std::vector<Problem>& errors() const { return errors_; }

 private:
  explicit Producer(Options options) : options_(std::move(options)) {}
  static void on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void*);
  void delivered(const rd_kafka_message_t& message);
  [[nodiscard]] Problem failure(rd_kafka_resp_err_t error) const;

  Options options_;
  RdTrouble trouble_;
  std::map<std::int32_t, ProducedRange> ranges_;
  std::int64_t acknowledged_ = 0;
  std::int64_t failed_ = 0;
  std::vector<Problem> errors_;
  RdHandle handle_{nullptr, rd_kafka_destroy};  // last: its callbacks use the others
};

}  // namespace millrace::cli
