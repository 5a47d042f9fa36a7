#include "broker/handlers/00_produce.h"

#include "broker/limits.h"
#include "proto/kafka/records/batch_builder.h"
#include "tests/support/broker_harness/requests.h"
#include "tests/support/catch.h"

namespace millrace::broker {
namespace {

using kafka::KafkaError;
using kafka::ProduceResponse;
using sim::BrokerHarness;
using sim::make_batch;
using sim::produce;
using sim::produce_request;

TEST_CASE("produce: every served version, with every acks") {
  BrokerHarness broker({.shards = 2});
  const TopicId id = broker.create_topic("t", 2);
  for (std::int16_t version = 3; version <= 13; ++version) {
    for (const std::int16_t acks : {1, -1}) {
      const auto answer = produce(broker, {.id = id, .acks = acks}, {.records = 3}, version);
      REQUIRE(answer.error_code == KafkaError::kNone);
      REQUIRE(answer.base_offset == Offset((version - 3) * 6 + (acks == 1 ? 0 : 3)));
      REQUIRE(answer.log_append_time_ms == kNoTimestamp);
      REQUIRE(answer.log_start_offset == (version >= 5 ? Offset(0) : kNoOffset));
    }
  }
}

TEST_CASE("produce: versions 0 to 2 are advertised and refused") {
  BrokerHarness broker;
  for (std::int16_t version = 0; version <= 2; ++version) {
    kafka::Writer writer;
    writer.int16(0);  // Produce
    writer.int16(version);
    writer.int32(1);
    writer.int16(-1);  // client id
    const auto id = broker.send_frame(broker.connect(), SharedBytes::own(writer.take().flatten()));
    const auto reply = broker.take_reply(id);
    REQUIRE(reply);
    REQUIRE(reply->kind == Reply::Kind::kClose);
    REQUIRE(reply->reason.find("UNSUPPORTED_VERSION") != std::string::npos);
  }
}

TEST_CASE("produce: an ack leaves when its promise holds, not before") {
  BrokerHarness broker;
  const TopicId id = broker.create_topic("t");
  const auto connection = broker.connect();
  const auto send = [&](std::int16_t acks) {
    return broker.send(connection, 13,
                       produce_request({.id = id, .acks = acks}, 13, make_batch({}).bytes));
  };
  broker.writer_runs = false;
  const auto none = send(0);
  const auto leader = send(1);
  const auto all = send(-1);
  broker.settle();
  REQUIRE_FALSE(broker.take_reply(none));
  REQUIRE_FALSE(broker.take_reply(leader));
  REQUIRE_FALSE(broker.take_reply(all));

  broker.writer_runs = true;
  broker.rounds_run = false;
  broker.settle();
  // Without acks nothing is sent, but the request is in flight until its bytes are written.
  REQUIRE(broker.take_reply(none)->kind == Reply::Kind::kNone);
  REQUIRE_FALSE(broker.take_reply(leader));
  REQUIRE_FALSE(broker.take_reply(all));
  REQUIRE(sim::fetch(broker, {.id = id}).records->empty());  // written is not committed

  broker.rounds_run = true;
  broker.settle();
  const auto ok = [&](RequestId request) {
    return broker.response_to<ProduceResponse>(request, 13)
        .responses.at(0)
        .partition_responses.at(0);
  };
  REQUIRE(ok(leader).base_offset == Offset(1));
  REQUIRE(ok(all).base_offset == Offset(2));
}

TEST_CASE("produce: durability=memory counts written bytes") {
  BrokerHarness broker;
  const TopicId id = broker.create_topic("t", 1, {{"millrace.durability", "memory"}});
  broker.rounds_run = false;
  REQUIRE(produce(broker, {.id = id}).error_code == KafkaError::kNone);
  REQUIRE(produce(broker, {.id = id, .acks = 1}).error_code == KafkaError::kNone);
  REQUIRE(sim::fetch(broker, {.id = id}).high_watermark == Offset(2));
}

TEST_CASE("produce: acks that do not come within the timeout") {
  BrokerHarness broker;
  const TopicId id = broker.create_topic("t");
  broker.rounds_run = false;
  const auto connection = broker.connect();
  const auto request = broker.send(
      connection, 13, produce_request({.id = id, .timeout_ms = 300}, 13, make_batch({}).bytes));
  broker.pass(std::chrono::milliseconds(290));
  REQUIRE_FALSE(broker.take_reply(request));
  broker.pass(std::chrono::milliseconds(50));
  const auto response = broker.response_to<ProduceResponse>(request, 13);
  REQUIRE(response.responses.at(0).partition_responses.at(0).error_code ==
          KafkaError::kRequestTimedOut);
  // It is stored all the same.
  broker.rounds_run = true;
  broker.settle();
  REQUIRE(sim::fetch(broker, {.id = id}).high_watermark == Offset(1));
}

TEST_CASE("produce: one reason a time for not storing a batch") {
  BrokerHarness broker;
  const TopicId id = broker.create_topic("t", 1, {{"max.message.bytes", "500"}});
  broker.create_topic("compacted", 1, {{"cleanup.policy", "compact"}});
  const auto ask = [&](const sim::ProduceTo& to, SharedBytes records, std::int16_t version = 12) {
    const auto response =
        broker.ask<ProduceResponse>(version, produce_request(to, version, std::move(records)));
    return response.responses.at(0).partition_responses.at(0);
  };
  const auto batch = [](const sim::BatchSpec& spec) { return make_batch(spec).bytes; };

  SECTION("unknown topic, unknown partition, unknown id") {
    REQUIRE(ask({.topic = "nope"}, batch({})).error_code == KafkaError::kUnknownTopicOrPartition);
    REQUIRE(ask({.partition = 1}, batch({})).error_code == KafkaError::kUnknownTopicOrPartition);
    REQUIRE(ask({.partition = -1}, batch({})).error_code == KafkaError::kUnknownTopicOrPartition);
    REQUIRE(ask({}, batch({}), 13).error_code == KafkaError::kUnknownTopicId);
  }
  SECTION("acks") {
    REQUIRE(ask({.acks = 2}, batch({})).error_code == KafkaError::kInvalidRequiredAcks);
  }
  SECTION("too large") {
    const auto answer = ask({}, batch({.value_bytes = 600}));
    REQUIRE(answer.error_code == KafkaError::kMessageTooLarge);
    REQUIRE(answer.error_message);
  }
  SECTION("a bit of the batch is wrong") {
    auto bytes = BytesChain(batch({})).flatten();
    bytes.back() ^= 1;
    REQUIRE(ask({}, SharedBytes::own(std::move(bytes))).error_code == KafkaError::kCorruptMessage);
  }
  SECTION("no records") {
    REQUIRE(ask({}, {}).error_code == KafkaError::kInvalidRecord);
  }
  SECTION("a record without key in a compacted topic is named") {
    kafka::BatchBuilder builder;
    builder.add(TimestampMs(1), as_bytes("key"), as_bytes("v"));
    builder.add(TimestampMs(1), std::nullopt, as_bytes("v"));
    const auto answer = ask({.topic = "compacted"}, builder.build());
    REQUIRE(answer.error_code == KafkaError::kInvalidRecord);
    REQUIRE(answer.record_errors.size() == 1);
    REQUIRE(answer.record_errors[0].batch_index == 1);
    REQUIRE(answer.record_errors[0].batch_index_error_message);
  }
  SECTION("a transactional batch, with and without the id") {
    kafka::BatchOptions options;
    options.producer_id = ProducerId(1);
    options.producer_epoch = ProducerEpoch(0);
    options.base_sequence = Sequence(0);
    options.transactional = true;
    kafka::BatchBuilder builder(options);
    builder.add(TimestampMs(1), std::nullopt, as_bytes("v"));
    REQUIRE(ask({}, builder.build()).error_code == KafkaError::kInvalidTxnState);
    auto request = produce_request({}, 12, batch({}));
    request.transactional_id = "tx";
    const auto response = broker.ask<ProduceResponse>(12, request);
    REQUIRE(response.responses.at(0).partition_responses.at(0).error_code ==
            KafkaError::kInvalidTxnState);
  }
  SECTION("a control batch") {
    kafka::BatchOptions options;
    options.control = true;
    kafka::BatchBuilder builder(options);
    builder.add(TimestampMs(1), std::nullopt, as_bytes("v"));
    REQUIRE(ask({}, builder.build()).error_code == KafkaError::kInvalidRecord);
  }
  // Nothing of it was stored.
  REQUIRE(sim::fetch(broker, {.id = id}).high_watermark == Offset(0));
}

TEST_CASE("produce: the time of append is the leader's where the topic says so") {
  BrokerHarness broker;
  const TopicId id = broker.create_topic("t", 1, {{"message.timestamp.type", "LogAppendTime"}});
  const auto answer = produce(broker, {.id = id}, {.timestamp = 5});
  REQUIRE(answer.log_append_time_ms == broker.now().wall);
  const auto stored = sim::batches_in(sim::fetch(broker, {.id = id}).records);
  REQUIRE(stored.at(0).max_timestamp == broker.now().wall);
  REQUIRE(stored.at(0).timestamp_type() == kafka::TimestampType::kLogAppendTime);
}

TEST_CASE("produce: an idempotent producer's duplicates, gaps and old epochs") {
  BrokerHarness broker;
  const TopicId id = broker.create_topic("t");
  const auto send = [&](std::int16_t epoch, std::int32_t sequence) {
    return produce(broker, {.id = id}, {.producer = 7, .epoch = epoch, .sequence = sequence});
  };
  REQUIRE(send(0, 0).base_offset == Offset(0));
  REQUIRE(send(0, 1).base_offset == Offset(1));
  const auto duplicate = send(0, 0);
  REQUIRE(duplicate.error_code == KafkaError::kNone);
  REQUIRE(duplicate.base_offset == Offset(0));
  REQUIRE(send(0, 3).error_code == KafkaError::kOutOfOrderSequenceNumber);
  REQUIRE(send(1, 0).base_offset == Offset(2));
  REQUIRE(send(0, 2).error_code == KafkaError::kInvalidProducerEpoch);
  REQUIRE(sim::fetch(broker, {.id = id}).high_watermark == Offset(3));
}

TEST_CASE("produce: a duplicate of what is not durable yet waits like the first") {
  BrokerHarness broker;
  const TopicId id = broker.create_topic("t");
  const auto connection = broker.connect();
  broker.rounds_run = false;
  const auto batch = make_batch({.producer = 7}).bytes;
  const auto first = broker.send(connection, 13, produce_request({.id = id}, 13, batch));
  const auto again = broker.send(connection, 13, produce_request({.id = id}, 13, batch));
  broker.settle();
  REQUIRE_FALSE(broker.take_reply(first));
  REQUIRE_FALSE(broker.take_reply(again));
  broker.rounds_run = true;
  broker.settle();
  for (const RequestId request : {first, again}) {
    const auto response = broker.response_to<ProduceResponse>(request, 13);
    REQUIRE(response.responses.at(0).partition_responses.at(0).base_offset == Offset(0));
  }
  REQUIRE(sim::fetch(broker, {.id = id}).high_watermark == Offset(1));
}

TEST_CASE("produce: acks=0 that fails closes the connection") {
  BrokerHarness broker;
  const auto request =
      broker.send(broker.connect(), 12,
                  produce_request({.topic = "nope", .acks = 0}, 12, make_batch({}).bytes));
  broker.settle();
  const auto reply = broker.take_reply(request);
  REQUIRE(reply->kind == Reply::Kind::kClose);
  REQUIRE(reply->reason.find("nope") != std::string::npos);
}

TEST_CASE("produce: one bad partition does not hinder the others") {
  BrokerHarness broker({.shards = 2});
  broker.create_topic("t", 2);
  auto request = produce_request({}, 12, make_batch({}).bytes);
  auto& partitions = request.topic_data.at(0).partition_data;
  partitions.resize(3);
  partitions[1] = partitions[0];
  partitions[1].index = PartitionIndex(9);
  partitions[2] = partitions[0];
  partitions[2].index = PartitionIndex(1);
  const auto response = broker.ask<ProduceResponse>(12, request);
  const auto& answers = response.responses.at(0).partition_responses;
  REQUIRE(answers.at(0).error_code == KafkaError::kNone);
  REQUIRE(answers.at(1).error_code == KafkaError::kUnknownTopicOrPartition);
  REQUIRE(answers.at(2).error_code == KafkaError::kNone);
}

TEST_CASE("produce: too few in-sync replicas, before and after the append") {
  BrokerHarness broker;
  const TopicId id = broker.create_topic("t");
  controller::Partition state = broker.topic("t").partitions[0];
  const auto set_min_isr = [&](const char* value) {
    broker.commit({controller::ConfigRecord{id, "min.insync.replicas", value}});
  };
  SECTION("before: nothing is stored, and acks=1 does not care") {
    set_min_isr("2");
    REQUIRE(produce(broker, {.id = id}).error_code == KafkaError::kNotEnoughReplicas);
    REQUIRE(sim::fetch(broker, {.id = id}).high_watermark == Offset(0));
    REQUIRE(produce(broker, {.id = id, .acks = 1}).error_code == KafkaError::kNone);
    // ... but it is not committed either.
    REQUIRE(sim::fetch(broker, {.id = id}).high_watermark == Offset(0));
    set_min_isr("1");
    REQUIRE(sim::fetch(broker, {.id = id}).high_watermark == Offset(1));
  }
  SECTION("after") {
    broker.rounds_run = false;
    const auto request =
        broker.send(broker.connect(), 13, produce_request({.id = id}, 13, make_batch({}).bytes));
    broker.settle();
    set_min_isr("2");
    const auto response = broker.response_to<ProduceResponse>(request, 13);
    REQUIRE(response.responses.at(0).partition_responses.at(0).error_code ==
            KafkaError::kNotEnoughReplicasAfterAppend);
  }
}

TEST_CASE("produce: a leader that lost its place says who leads, and where") {
  BrokerHarness broker;
  const TopicId id = broker.create_topic("t");
  controller::BrokerRecord other;
  other.id = NodeId(2);
  other.rack = "az-b";
  other.endpoints = {{BrokerHarness::kListener, "node-2.test", 9093}};
  controller::Partition state = broker.topic("t").partitions[0];
  state.replicas = {BrokerHarness::kNode, NodeId(2)};
  state.isr = state.replicas;
  state.directories.resize(2);
  state.leader = NodeId(2);
  state.leader_epoch = LeaderEpoch(state.leader_epoch.value() + 1);

  broker.rounds_run = false;
  const auto waiting =
      broker.send(broker.connect(), 13, produce_request({.id = id}, 13, make_batch({}).bytes));
  broker.settle();
  broker.commit({other, controller::BrokerFenceRecord{NodeId(2), false},
                 controller::PartitionRecord{{id, PartitionIndex(0)}, state}});
  broker.rounds_run = true;

  for (const bool was_waiting : {true, false}) {
    const auto response = was_waiting
                              ? broker.response_to<ProduceResponse>(waiting, 13)
                              : broker.ask<ProduceResponse>(
                                    13, produce_request({.id = id}, 13, make_batch({}).bytes));
    const auto& answer = response.responses.at(0).partition_responses.at(0);
    REQUIRE(answer.error_code == KafkaError::kNotLeaderOrFollower);
    REQUIRE(answer.current_leader.leader_id == NodeId(2));
    REQUIRE(answer.current_leader.leader_epoch == state.leader_epoch);
    REQUIRE(response.node_endpoints.size() == 1);
    REQUIRE(response.node_endpoints[0].host == "node-2.test");
    REQUIRE(response.node_endpoints[0].port == 9093);
    REQUIRE(response.node_endpoints[0].rack == "az-b");
  }
  const auto old = broker.ask<ProduceResponse>(9, produce_request({}, 9, make_batch({}).bytes));
  REQUIRE(old.node_endpoints.empty());
}

TEST_CASE("produce: with too many bytes unwritten nothing more is taken in") {
  BrokerHarness broker;
  const TopicId id = broker.create_topic("t", 1, {{"max.message.bytes", std::to_string(80 << 20)}});
  broker.writer_runs = false;
  const auto connection = broker.connect();
  const auto batch = make_batch({.value_bytes = 64 << 20}).bytes;
  std::vector<RequestId> requests;
  for (std::uint64_t bytes = 0; bytes <= kUnwrittenBytesMax; bytes += batch.size()) {
    requests.push_back(broker.send(connection, 13, produce_request({.id = id}, 13, batch)));
  }
  const auto refused = broker.send(connection, 13, produce_request({.id = id}, 13, batch));
  broker.settle();
  REQUIRE_FALSE(broker.take_reply(requests.back()));
  const auto response = broker.response_to<ProduceResponse>(refused, 13);
  REQUIRE(response.responses.at(0).partition_responses.at(0).error_code ==
          KafkaError::kRequestTimedOut);
  broker.writer_runs = true;
  broker.settle();
  REQUIRE(produce(broker, {.id = id}).error_code == KafkaError::kNone);
  REQUIRE(sim::fetch(broker, {.id = id}).high_watermark ==
          Offset(static_cast<std::int64_t>(requests.size()) + 1));
}

TEST_CASE("produce: a full disk refuses, reads go on, and space heals it") {
  BrokerHarness broker;
  const TopicId id = broker.create_topic("t");
  REQUIRE(produce(broker, {.id = id}).error_code == KafkaError::kNone);
  broker.disk().set_capacity(0);
  const auto refused = produce(broker, {.id = id}, {.value_bytes = 1'000});
  REQUIRE(refused.error_code == KafkaError::kKafkaStorageError);
  REQUIRE(produce(broker, {.id = id}).error_code == KafkaError::kKafkaStorageError);
  REQUIRE(sim::batches_in(sim::fetch(broker, {.id = id}).records).size() == 1);
  broker.disk().set_capacity(std::nullopt);
  broker.pass(kNoSpaceRetry + std::chrono::milliseconds(100));
  REQUIRE(produce(broker, {.id = id}).base_offset == Offset(1));
}

TEST_CASE("produce: a failed sync ends with the directory, and nothing of it is acked") {
  BrokerHarness broker;
  const TopicId id = broker.create_topic("t");
  REQUIRE(produce(broker, {.id = id}).error_code == KafkaError::kNone);
  broker.disk().fail_call(1, ErrorCode::kIo);
  REQUIRE(produce(broker, {.id = id}).error_code == KafkaError::kKafkaStorageError);
  REQUIRE(produce(broker, {.id = id}).error_code == KafkaError::kKafkaStorageError);
  REQUIRE(sim::fetch(broker, {.id = id}).error_code == KafkaError::kKafkaStorageError);
}

}  // namespace
}  // namespace millrace::broker
