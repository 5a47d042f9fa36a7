#pragma once

#include <string>
#include <vector>

#include "proto/kafka/messages/fetch.h"
#include "proto/kafka/messages/list_offsets.h"
#include "proto/kafka/messages/produce.h"
#include "tests/support/broker_harness/broker_harness.h"
#include "tests/support/log_driver.h"

/// Requests as clients write them: by name or by id, as the version has it.
namespace millrace::sim {

struct ProduceTo {
  std::string topic = "t";
  TopicId id;
  std::int32_t partition = 0;
  std::int16_t acks = -1;
  std::int32_t timeout_ms = 1'000;
};

kafka::ProduceRequest produce_request(const ProduceTo& to, std::int16_t version,
                                      SharedBytes records);

struct FetchFrom {
  std::string topic = "t";
  TopicId id;
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  std::int32_t max_bytes = 1 << 20;
};

/// Without a session; waits for nothing.
kafka::FetchRequest fetch_request(const std::vector<FetchFrom>& from, std::int16_t version);

/// Produces one batch and returns the partition's answer.
kafka::ProduceResponse::PartitionProduceResponse produce(BrokerHarness& broker, const ProduceTo& to,
                                                         const BatchSpec& batch = {},
                                                         std::int16_t version = 13);

/// Fetches one partition with what there is.
kafka::FetchResponse::PartitionData fetch(BrokerHarness& broker, const FetchFrom& from,
                                          std::int16_t version = 17);

/// ListOffsets of one partition, newest version.
kafka::ListOffsetsResponse::ListOffsetsPartitionResponse list_offset(BrokerHarness& broker,
                                                                     const std::string& topic,
                                                                     std::int64_t timestamp,
                                                                     std::int16_t version = 11);

/// Headers of the batches in a fetch's records.
std::vector<kafka::BatchHeader> batches_in(const std::optional<BytesChain>& records);

}  // namespace millrace::sim
