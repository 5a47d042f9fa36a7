#include "tests/support/broker_harness/requests.h"

namespace millrace::sim {

using kafka::FetchRequest;
using kafka::FetchResponse;
using kafka::ListOffsetsRequest;
using kafka::ListOffsetsResponse;
using kafka::ProduceRequest;
using kafka::ProduceResponse;

ProduceRequest produce_request(const ProduceTo& to, std::int16_t version, SharedBytes records) {
  ProduceRequest request;
  request.acks = to.acks;
  request.timeout_ms = to.timeout_ms;
  auto& topic = request.topic_data.emplace_back();
  if (version >= 13) {
    topic.topic_id = to.id;
  } else {
    topic.name = to.topic;
  }
  auto& partition = topic.partition_data.emplace_back();
  partition.index = PartitionIndex(to.partition);
  partition.records = BytesChain(std::move(records));
  return request;
}

FetchRequest fetch_request(const std::vector<FetchFrom>& from, std::int16_t version) {
  FetchRequest request;
  request.min_bytes = 1;
  for (const FetchFrom& one : from) {
    auto& topic = request.topics.emplace_back();
    if (version >= 13) {
      topic.topic_id = one.id;
    } else {
      topic.topic = one.topic;
    }
    auto& partition = topic.partitions.emplace_back();
    partition.partition = PartitionIndex(one.partition);
    partition.fetch_offset = Offset(one.offset);
    partition.partition_max_bytes = one.max_bytes;
  }
  return request;
}

ProduceResponse::PartitionProduceResponse produce(BrokerHarness& broker, const ProduceTo& to,
                                                  const BatchSpec& batch, std::int16_t version) {
  const auto response =
      broker.ask<ProduceResponse>(version, produce_request(to, version, make_batch(batch).bytes));
  return response.responses.at(0).partition_responses.at(0);
}

FetchResponse::PartitionData fetch(BrokerHarness& broker, const FetchFrom& from,
                                   std::int16_t version) {
  const auto response = broker.ask<FetchResponse>(version, fetch_request({from}, version));
  CHECK(response.error_code == kafka::KafkaError::kNone);
  return response.responses.at(0).partitions.at(0);
}

ListOffsetsResponse::ListOffsetsPartitionResponse list_offset(BrokerHarness& broker,
                                                              const std::string& topic,
                                                              std::int64_t timestamp,
                                                              std::int16_t version) {
  ListOffsetsRequest request;
  request.replica_id = NodeId(-1);
  auto& asked = request.topics.emplace_back();
  asked.name = topic;
  asked.partitions.emplace_back().timestamp = TimestampMs(timestamp);
  const auto response = broker.ask<ListOffsetsResponse>(version, request);
  return response.topics.at(0).partitions.at(0);
}

std::vector<kafka::BatchHeader> batches_in(const std::optional<BytesChain>& records) {
  std::vector<kafka::BatchHeader> headers;
  if (!records) return headers;
  const auto bytes = records->flatten();
  for (ByteView left(bytes); !left.empty(); left = left.subspan(headers.back().total_bytes())) {
    headers.push_back(kafka::parse_batch_header(left).value());
  }
  return headers;
}

}  // namespace millrace::sim
