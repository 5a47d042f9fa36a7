#pragma once

#include <librdkafka/rdkafka.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "cli/invocation.h"
#include "cli/problem.h"

/// The thin layer around librdkafka that produce and consume share.
namespace millrace::cli {

using RdConfiguration = std::unique_ptr<rd_kafka_conf_t, decltype(&rd_kafka_conf_destroy)>;
using RdHandle = std::unique_ptr<rd_kafka_t, decltype(&rd_kafka_destroy)>;
using RdTopic = std::unique_ptr<rd_kafka_topic_t, decltype(&rd_kafka_topic_destroy)>;
using RdMessage = std::unique_ptr<rd_kafka_message_t, decltype(&rd_kafka_message_destroy)>;

/// What librdkafka reports beside the results of calls. It tells from its own threads.
class RdTrouble {
 public:
  void set(std::string text, bool all_down);
  /// Records arrived: what was wrong is over.
  void clear();
  [[nodiscard]] std::string text() const;
  /// Since when no broker could be reached; nothing while one can.
  [[nodiscard]] std::optional<std::chrono::steady_clock::time_point> down_since() const;

 private:
  mutable std::mutex mutex_;  // guards both
  std::string text_;
  std::optional<std::chrono::steady_clock::time_point> down_since_;
};

/// Where to connect and every -X; the callbacks feed `trouble`, which outlives the handle.
Answer<RdConfiguration> rd_configuration(const Globals& globals, RdTrouble& trouble);

/// Sets one property. Requires: it exists and the value is right, or it is the user's (a problem).
Answer<void> rd_set(rd_kafka_conf_t* configuration, const std::string& name,
                    const std::string& value);

/// Takes over the configuration.
Answer<RdHandle> rd_open(rd_kafka_type_t type, RdConfiguration configuration);

/// The error as a problem: timeouts and lost connections have exit codes of their own.
Problem rd_problem(rd_kafka_resp_err_t error, const std::string& target,
                   const std::string& attempted);

/// The numbers of the topic's partitions.
Answer<std::vector<std::int32_t>> rd_partitions(rd_kafka_t* handle, const std::string& topic,
                                                std::chrono::milliseconds timeout);

}  // namespace millrace::cli
