#include "broker/handlers/01_fetch.h"

#include "broker/limits.h"
#include "tests/support/broker_harness/requests.h"
#include "tests/support/catch.h"

namespace millrace::broker {
namespace {

using kafka::FetchRequest;
using kafka::FetchResponse;
using kafka::KafkaError;
using sim::BrokerHarness;
using sim::fetch_request;
using sim::FetchFrom;
using sim::produce;
using std::chrono::milliseconds;

constexpr std::int16_t kVersion = 17;
/// Young enough for retention, which runs as soon as time passes.
constexpr std::int64_t kToday = 1'700'000'000'000;

std::size_t bytes_of(const FetchResponse& response) {
  std::size_t bytes = 0;
  for (const auto& topic : response.responses) {
    for (const auto& partition : topic.partitions) bytes += partition.records->size();
  }
  return bytes;
}

/// Partitions that the response names, in its order.
std::vector<std::int32_t> named(const FetchResponse& response) {
  std::vector<std::int32_t> partitions;
  for (const auto& topic : response.responses) {
    for (const auto& one : topic.partitions) partitions.push_back(one.partition_index.value());
  }
  return partitions;
}

struct Patience {
  std::int32_t max_wait_ms;
  std::int32_t min_bytes;
};

RequestId start_waiting(BrokerHarness& broker, const std::vector<FetchFrom>& from,
                        Patience patience, std::size_t shard = 0) {
  FetchRequest request = fetch_request(from, kVersion);
  request.max_wait_ms = patience.max_wait_ms;
  request.min_bytes = patience.min_bytes;
  const RequestId id = broker.send(broker.connection_of(shard), kVersion, request);
  broker.settle();
  return id;
}

TEST_CASE("fetch: every served version") {
  BrokerHarness broker;
  const TopicId id = broker.create_topic("t");
  produce(broker, {.id = id}, {.records = 3});
  for (std::int16_t version = 4; version <= 18; ++version) {
    const auto data = sim::fetch(broker, {.id = id}, version);
    REQUIRE(data.error_code == KafkaError::kNone);
    REQUIRE(data.high_watermark == Offset(3));
    REQUIRE(data.last_stable_offset == Offset(3));
    REQUIRE(data.log_start_offset == (version >= 5 ? Offset(0) : kNoOffset));
    REQUIRE(sim::batches_in(data.records).at(0).record_count == 3);
    REQUIRE(data.preferred_read_replica == kNoNode);
  }
}

TEST_CASE("fetch: waits for min.bytes, and no longer than max.wait") {
  const std::size_t shards = GENERATE(1, 2);
  BrokerHarness broker({.shards = shards});
  const TopicId id = broker.create_topic("t");
  const std::size_t owner = shard_of({id, PartitionIndex(0)}, shards).value();
  const std::size_t shard = shards - 1 - owner;  // with two the asker is not the owner

  SECTION("one byte comes at once") {
    const auto request = start_waiting(broker, {{.id = id}}, {500, 1}, shard);
    REQUIRE_FALSE(broker.take_reply(request));
    produce(broker, {.id = id});
    const auto response = broker.response_to<FetchResponse>(request, kVersion);
    REQUIRE(response.responses.at(0).partitions.at(0).high_watermark == Offset(1));
    REQUIRE(bytes_of(response) > 0);
  }
  SECTION("too little has to wait for the rest") {
    const auto request = start_waiting(broker, {{.id = id}}, {500, 1'000}, shard);
    produce(broker, {.id = id}, {.value_bytes = 600, .timestamp = kToday});
    broker.pass(milliseconds(100));
    REQUIRE_FALSE(broker.take_reply(request));
    produce(broker, {.id = id}, {.value_bytes = 600, .timestamp = kToday});
    const auto response = broker.response_to<FetchResponse>(request, kVersion);
    REQUIRE(bytes_of(response) > 1'200);
  }
  SECTION("patience ends with what there is by then") {
    const auto request = start_waiting(broker, {{.id = id}}, {500, 1'000}, shard);
    broker.pass(milliseconds(250));
    produce(broker, {.id = id});
    broker.pass(milliseconds(240));
    REQUIRE_FALSE(broker.take_reply(request));
    broker.pass(milliseconds(20));
    const auto response = broker.response_to<FetchResponse>(request, kVersion);
    REQUIRE(response.responses.at(0).partitions.at(0).high_watermark == Offset(1));
    REQUIRE(bytes_of(response) > 0);
  }
  SECTION("nothing came") {
    const auto request = start_waiting(broker, {{.id = id}}, {500, 1}, shard);
    broker.pass(milliseconds(490));
    REQUIRE_FALSE(broker.take_reply(request));
    broker.pass(milliseconds(20));
    const auto response = broker.response_to<FetchResponse>(request, kVersion);
    REQUIRE(response.error_code == KafkaError::kNone);
    const auto& data = response.responses.at(0).partitions.at(0);
    REQUIRE(data.error_code == KafkaError::kNone);
    REQUIRE(data.high_watermark == Offset(0));
    REQUIRE(data.records->empty());
  }
}

TEST_CASE("fetch: what answers at once in spite of min.bytes") {
  BrokerHarness broker;
  const TopicId id = broker.create_topic("t");
  const auto comes_at_once = [&](const std::vector<FetchFrom>& from, Patience patience) {
    return broker.take_reply(start_waiting(broker, from, patience)).has_value();
  };
  REQUIRE(comes_at_once({{.id = id}}, {0, 1}));
  REQUIRE(comes_at_once({{.id = id}}, {60'000, 0}));
  REQUIRE(comes_at_once({}, {60'000, 1}));
  // One partition with an error is enough.
  REQUIRE(comes_at_once({{.id = id}, {.id = id, .partition = 1}}, {60'000, 1}));
  REQUIRE(comes_at_once({{.id = id}, {.id = id, .offset = 9}}, {60'000, 1}));
  REQUIRE_FALSE(comes_at_once({{.id = id}}, {60'000, 1}));
}

TEST_CASE("fetch: one that waits hears that its topic is gone, or its client") {
  BrokerHarness broker;
  const TopicId id = broker.create_topic("t");
  const auto request = start_waiting(broker, {{.id = id}}, {60'000, 1});
  SECTION("topic") {
    broker.commit({controller::RemoveTopicRecord{id}});
    const auto response = broker.response_to<FetchResponse>(request, kVersion);
    REQUIRE(response.responses.at(0).partitions.at(0).error_code ==
            KafkaError::kNotLeaderOrFollower);
  }
  SECTION("client") {
    REQUIRE(broker.shard(0).counters().pending_fetch == 1);
    broker.disconnect(request.connection);
    REQUIRE(broker.shard(0).counters().pending_fetch == 0);
    broker.pass(milliseconds(100));
    REQUIRE_FALSE(broker.take_reply(request));
  }
}

TEST_CASE("fetch: when too many wait, one more is answered at once with what there is") {
  BrokerHarness broker;
  const TopicId id = broker.create_topic("t");
  const auto ask = [&] {
    FetchRequest request = fetch_request({{.id = id}}, kVersion);
    request.max_wait_ms = 60'000;
    return broker.send(broker.connection_of(0), kVersion, request);
  };
  RequestId last = ask();
  for (std::size_t i = 1; i < kWaitingFetchesMax; ++i) last = ask();
  broker.settle();
  REQUIRE(broker.shard(0).counters().pending_fetch == kWaitingFetchesMax);
  REQUIRE_FALSE(broker.take_reply(last));
  const RequestId more = ask();
  broker.settle();
  REQUIRE(broker.response_to<FetchResponse>(more, kVersion)
              .responses.at(0)
              .partitions.at(0)
              .high_watermark == Offset(0));
  // All of them hear of the first record.
  produce(broker, {.id = id});
  REQUIRE(broker.shard(0).counters().pending_fetch == 0);
  REQUIRE(bytes_of(broker.response_to<FetchResponse>(last, kVersion)) > 0);
}

TEST_CASE("fetch: only what is committed can be read") {
  BrokerHarness broker;
  const TopicId id = broker.create_topic("t");
  produce(broker, {.id = id});
  broker.rounds_run = false;
  broker.send(broker.connect(), 13,
              sim::produce_request({.id = id}, 13, sim::make_batch({}).bytes));
  broker.settle();
  const auto held = sim::fetch(broker, {.id = id});
  REQUIRE(held.high_watermark == Offset(1));
  REQUIRE(sim::batches_in(held.records).size() == 1);
  // At the high watermark there is nothing yet, which is not an error ...
  REQUIRE(sim::fetch(broker, {.id = id, .offset = 1}).error_code == KafkaError::kNone);
  // ... and neither is what the log has beyond it.
  REQUIRE(sim::fetch(broker, {.id = id, .offset = 2}).error_code == KafkaError::kNone);
  broker.rounds_run = true;
  broker.settle();
  REQUIRE(sim::batches_in(sim::fetch(broker, {.id = id}).records).size() == 2);
}

TEST_CASE("fetch: an offset inside a batch brings the whole batch") {
  BrokerHarness broker;
  const TopicId id = broker.create_topic("t");
  produce(broker, {.id = id}, {.records = 2});
  produce(broker, {.id = id}, {.records = 5});
  for (std::int64_t offset = 2; offset < 7; ++offset) {
    const auto batches = sim::batches_in(sim::fetch(broker, {.id = id, .offset = offset}).records);
    REQUIRE(batches.size() == 1);
    REQUIRE(batches[0].base_offset == Offset(2));
    REQUIRE(batches[0].record_count == 5);
  }
}

TEST_CASE("fetch: offsets out of range") {
  BrokerHarness broker;
  const TopicId id = broker.create_topic("t");
  produce(broker, {.id = id}, {.records = 3});
  for (const std::int64_t offset : {-1, 4, 100}) {
    const auto data = sim::fetch(broker, {.id = id, .offset = offset});
    REQUIRE(data.error_code == KafkaError::kOffsetOutOfRange);
    REQUIRE(data.high_watermark == kNoOffset);
    REQUIRE(data.records->empty());
  }
  REQUIRE(sim::fetch(broker, {.id = id, .offset = 3}).error_code == KafkaError::kNone);
}

TEST_CASE("fetch: topics by name, by id, and none of them") {
  BrokerHarness broker;
  const TopicId id = broker.create_topic("t");
  Random random(9);
  const TopicId other(Uuid::random(random));
  REQUIRE(sim::fetch(broker, {.topic = "nope"}, 12).error_code ==
          KafkaError::kUnknownTopicOrPartition);
  REQUIRE(sim::fetch(broker, {.id = other}, 13).error_code == KafkaError::kUnknownTopicId);
  REQUIRE(sim::fetch(broker, {.id = {}}, 13).error_code == KafkaError::kUnknownTopicId);
  for (const std::int32_t partition : {-1, 1}) {
    REQUIRE(sim::fetch(broker, {.partition = partition}, 12).error_code ==
            KafkaError::kUnknownTopicOrPartition);
    REQUIRE(sim::fetch(broker, {.id = id, .partition = partition}, 13).error_code ==
            KafkaError::kUnknownTopicOrPartition);
  }
  // The answer calls the topic as the question did.
  const auto by_name = broker.ask<FetchResponse>(12, fetch_request({{}}, 12));
  REQUIRE(by_name.responses.at(0).topic == "t");
  const auto by_id = broker.ask<FetchResponse>(13, fetch_request({{.id = id}}, 13));
  REQUIRE(by_id.responses.at(0).topic_id == id);
  REQUIRE(by_id.responses.at(0).topic.empty());
}

TEST_CASE("fetch: leader epochs of the client") {
  BrokerHarness broker;
  const TopicId id = broker.create_topic("t");
  produce(broker, {.id = id}, {.records = 2});
  const LeaderEpoch epoch = broker.topic("t").partitions[0].leader_epoch;
  const auto ask = [&](LeaderEpoch current, LeaderEpoch last) {
    FetchRequest request = fetch_request({{.id = id, .offset = 1}}, kVersion);
    request.topics[0].partitions[0].current_leader_epoch = current;
    request.topics[0].partitions[0].last_fetched_epoch = last;
    return broker.ask<FetchResponse>(kVersion, request).responses.at(0).partitions.at(0);
  };
  const LeaderEpoch next(epoch.value() + 1);
  REQUIRE(ask(epoch, epoch).error_code == KafkaError::kNone);
  REQUIRE(ask(next, kNoLeaderEpoch).error_code == KafkaError::kUnknownLeaderEpoch);
  const auto diverging = ask(kNoLeaderEpoch, next);
  REQUIRE(diverging.error_code == KafkaError::kNone);
  REQUIRE(diverging.records->empty());
  REQUIRE(diverging.diverging_epoch.end_offset == kNoOffset);

  controller::Partition state = broker.topic("t").partitions[0];
  state.leader_epoch = next;
  broker.commit({controller::PartitionRecord{{id, PartitionIndex(0)}, state}});
  const auto fenced = ask(epoch, kNoLeaderEpoch);
  REQUIRE(fenced.error_code == KafkaError::kFencedLeaderEpoch);
  REQUIRE(fenced.current_leader.leader_id == BrokerHarness::kNode);
  REQUIRE(fenced.current_leader.leader_epoch == next);
}

TEST_CASE("fetch: limits of bytes, and one batch in spite of them") {
  BrokerHarness broker;
  const TopicId id = broker.create_topic("t", 2);
  for (std::int32_t partition = 0; partition < 2; ++partition) {
    for (int i = 0; i < 4; ++i) {
      produce(broker, {.id = id, .partition = partition}, {.value_bytes = 1'000});
    }
  }
  const auto counts = [&](std::int32_t max_bytes, std::int32_t partition_max_bytes) {
    FetchRequest request =
        fetch_request({{.id = id, .max_bytes = partition_max_bytes},
                       {.id = id, .partition = 1, .max_bytes = partition_max_bytes}},
                      kVersion);
    request.max_bytes = max_bytes;
    std::vector<std::size_t> batches;
    const auto response = broker.ask<FetchResponse>(kVersion, request);
    for (const auto& topic : response.responses) {
      for (const auto& one : topic.partitions) {
        REQUIRE(one.error_code == KafkaError::kNone);
        batches.push_back(sim::batches_in(one.records).size());
      }
    }
    return batches;
  };
  using Counts = std::vector<std::size_t>;
  REQUIRE(counts(1 << 20, 1 << 20) == Counts{4, 4});
  REQUIRE(counts(1 << 20, 2'500) == Counts{2, 2});
  REQUIRE(counts(5'500, 1 << 20) == Counts{4, 1});
  REQUIRE(counts(1, 1) == Counts{1, 0});
  REQUIRE(counts(0, 0) == Counts{1, 0});
}

TEST_CASE("fetch: an owner gives a part of what is there, to all in turn") {
  BrokerHarness broker;
  const TopicId id = broker.create_topic("t", 3);
  constexpr std::size_t kEach = 900'000;
  for (std::int32_t partition = 0; partition < 3; ++partition) {
    produce(broker, {.id = id, .partition = partition}, {.value_bytes = kEach});
  }
  FetchRequest request =
      fetch_request({{.id = id}, {.id = id, .partition = 1}, {.id = id, .partition = 2}}, kVersion);
  request.max_bytes = 50 << 20;
  for (auto& partition : request.topics.at(0).partitions) partition.partition_max_bytes = 10 << 20;

  SECTION("one after the other, without a session") {
    std::set<std::int32_t> served;
    for (int i = 0; i < 30; ++i) {
      const auto response = broker.ask<FetchResponse>(kVersion, request);
      REQUIRE(bytes_of(response) <= kFetchAnswerBytes);
      REQUIRE(bytes_of(response) >= kEach);
      for (const auto& one : response.responses.at(0).partitions) {
        REQUIRE(one.high_watermark == Offset(1));
        if (!one.records->empty()) served.insert(one.partition_index.value());
      }
    }
    REQUIRE(served == std::set<std::int32_t>{0, 1, 2});
  }
  SECTION("more when min.bytes asks for it") {
    request.min_bytes = 2 * kEach;
    const auto response = broker.ask<FetchResponse>(kVersion, request);
    REQUIRE(bytes_of(response) >= 2 * kEach);
  }
}

TEST_CASE("fetch: the node's own limit of bytes") {
  BrokerHarness broker({.settings = {{"fetch.max.bytes", "2500"}}});
  const TopicId id = broker.create_topic("t");
  for (int i = 0; i < 4; ++i) produce(broker, {.id = id}, {.value_bytes = 1'000});
  REQUIRE(sim::batches_in(sim::fetch(broker, {.id = id}).records).size() == 2);
}

TEST_CASE("fetch: read_committed is served up to the last stable offset") {
  BrokerHarness broker;
  const TopicId id = broker.create_topic("t");
  produce(broker, {.id = id}, {.records = 3});
  for (const std::int8_t isolation : {0, 1}) {
    FetchRequest request = fetch_request({{.id = id}}, kVersion);
    request.isolation_level = isolation;
    const auto data = broker.ask<FetchResponse>(kVersion, request).responses.at(0).partitions.at(0);
    REQUIRE(data.last_stable_offset == Offset(3));
    REQUIRE(sim::batches_in(data.records).size() == 1);
    // As Kafka: an empty list, and null for who does not ask for it.
    REQUIRE(data.aborted_transactions.has_value() == (isolation == 1));
    if (data.aborted_transactions) REQUIRE(data.aborted_transactions->empty());
  }
}

TEST_CASE("fetch: Kafka's followers are turned away") {
  BrokerHarness broker;
  const TopicId id = broker.create_topic("t");
  produce(broker, {.id = id});
  for (const std::int16_t version : {14, 17}) {
    FetchRequest request = fetch_request({{.id = id}}, version);
    if (version < 15) {
      request.replica_id = NodeId(2);
    } else {
      request.replica_state.replica_id = NodeId(2);
    }
    const auto response = broker.ask<FetchResponse>(version, request);
    REQUIRE(response.error_code == KafkaError::kClusterAuthorizationFailed);
    REQUIRE(bytes_of(response) == 0);
  }
}

/// A client with a session.
class Client {
 public:
  explicit Client(BrokerHarness& broker) : broker_(broker) {}

  FetchResponse open(const std::vector<FetchFrom>& from, std::int16_t version = kVersion) {
    const auto response = ask(from, 0, 0, version);
    session = response.session_id;
    epoch = 1;
    return response;
  }
  FetchResponse next(const std::vector<FetchFrom>& changed = {},
                     const std::vector<FetchFrom>& forgotten = {}) {
    return ask(changed, session, epoch++, kVersion, forgotten);
  }
  FetchResponse ask(const std::vector<FetchFrom>& from, std::int32_t id, std::int32_t at_epoch,
                    std::int16_t version = kVersion, const std::vector<FetchFrom>& forgotten = {}) {
    FetchRequest request = fetch_request(from, version);
    request.session_id = id;
    request.session_epoch = at_epoch;
    for (const FetchFrom& one : forgotten) {
      auto& topic = request.forgotten_topics_data.emplace_back();
      topic.topic_id = one.id;
      topic.partitions.emplace_back(one.partition);
    }
    return broker_.ask<FetchResponse>(version, request);
  }
  std::int32_t session = 0;
  std::int32_t epoch = 0;

 private:
  BrokerHarness& broker_;
};

using Named = std::vector<std::int32_t>;

TEST_CASE("fetch: a session names all first, then only what is new") {
  BrokerHarness broker({.shards = 2});
  const TopicId id = broker.create_topic("t", 3);
  Client client(broker);
  const auto first = client.open({{.id = id}, {.id = id, .partition = 1}});
  REQUIRE(first.error_code == KafkaError::kNone);
  REQUIRE(first.session_id > 0);
  REQUIRE(named(first) == Named{0, 1});

  const auto quiet = client.next();
  REQUIRE(quiet.error_code == KafkaError::kNone);
  REQUIRE(quiet.session_id == first.session_id);
  REQUIRE(named(quiet).empty());

  produce(broker, {.id = id, .partition = 1});
  const auto news = client.next();
  REQUIRE(named(news) == Named{1});
  REQUIRE(bytes_of(news) > 0);
  // The client did not move on: the records come again, as the session still asks for them.
  REQUIRE(named(client.next()) == Named{1});
  REQUIRE(named(client.next({{.id = id, .partition = 1, .offset = 1}})).empty());
  // A partition that joins is told of at once, with and without records.
  REQUIRE(named(client.next({{.id = id, .partition = 2}})) == Named{2});
  REQUIRE(named(client.next()).empty());
}

TEST_CASE("fetch: a session forgets, and ends with its last partition") {
  BrokerHarness broker;
  const TopicId id = broker.create_topic("t", 2);
  Client client(broker);
  client.open({{.id = id}, {.id = id, .partition = 1}});
  REQUIRE(named(client.next({}, {{.id = id}})).empty());
  produce(broker, {.id = id});
  produce(broker, {.id = id, .partition = 1});
  REQUIRE(named(client.next()) == Named{1});
  const auto last = client.next({}, {{.id = id, .partition = 1}});
  REQUIRE(last.error_code == KafkaError::kNone);
  REQUIRE(last.session_id == 0);
  REQUIRE(client.next().error_code == KafkaError::kFetchSessionIdNotFound);
}

TEST_CASE("fetch: errors of sessions") {
  BrokerHarness broker;
  const TopicId id = broker.create_topic("t");
  Client client(broker);
  client.open({{.id = id}});
  const auto refused = [&](const FetchResponse& response, KafkaError error) {
    REQUIRE(response.error_code == error);
    REQUIRE(response.session_id == 0);
    REQUIRE(response.responses.empty());
  };
  refused(client.ask({}, client.session ^ 1, 1), KafkaError::kFetchSessionIdNotFound);
  refused(client.ask({}, 0, 1), KafkaError::kFetchSessionIdNotFound);
  refused(client.ask({}, client.session, 2), KafkaError::kInvalidFetchSessionEpoch);
  refused(client.ask({}, client.session, 1, 12), KafkaError::kFetchSessionTopicIdError);
  // None of it harmed the session.
  REQUIRE(client.next().error_code == KafkaError::kNone);
  refused(client.ask({}, client.session, 1), KafkaError::kInvalidFetchSessionEpoch);
  REQUIRE(client.next().error_code == KafkaError::kNone);
}

TEST_CASE("fetch: a session is closed by its client, or replaced") {
  BrokerHarness broker;
  const TopicId id = broker.create_topic("t");
  Client client(broker);
  client.open({{.id = id}});
  const std::int32_t old = client.session;
  SECTION("closed, with a last fetch") {
    const auto last = client.ask({{.id = id}}, old, -1);
    REQUIRE(last.error_code == KafkaError::kNone);
    REQUIRE(last.session_id == 0);
    REQUIRE(named(last) == Named{0});
  }
  SECTION("replaced") {
    const auto renewed = client.ask({{.id = id}}, old, 0);
    REQUIRE(renewed.session_id > 0);
    REQUIRE(renewed.session_id != old);
    REQUIRE(named(renewed) == Named{0});
  }
  REQUIRE(client.ask({}, old, 1).error_code == KafkaError::kFetchSessionIdNotFound);
}

TEST_CASE("fetch: no session for nothing, nor for versions without ids in another's") {
  BrokerHarness broker;
  broker.create_topic("t");
  Client client(broker);
  REQUIRE(client.open({}).session_id == 0);
  REQUIRE(client.open({{}}, 7).session_id > 0);
  REQUIRE(client.ask({}, client.session, 1, 7).error_code == KafkaError::kNone);
}

TEST_CASE("fetch: a session says when an error begins, while it lasts, and when it ends") {
  BrokerHarness broker;
  const TopicId id = broker.create_topic("t");
  produce(broker, {.id = id});
  Client client(broker);
  client.open({{.id = id, .offset = 1}});
  REQUIRE(named(client.next()).empty());
  const auto wrong = client.next({{.id = id, .offset = 7}});
  REQUIRE(wrong.responses.at(0).partitions.at(0).error_code == KafkaError::kOffsetOutOfRange);
  REQUIRE(named(client.next()) == Named{0});
  const auto healed = client.next({{.id = id, .offset = 1}});
  REQUIRE(healed.responses.at(0).partitions.at(0).error_code == KafkaError::kNone);
  REQUIRE(named(client.next()).empty());
}

TEST_CASE("fetch: partitions of a session take turns when a response is full") {
  BrokerHarness broker;
  const TopicId id = broker.create_topic("t", 3);
  for (std::int32_t partition = 0; partition < 3; ++partition) {
    produce(broker, {.id = id, .partition = partition}, {.value_bytes = 1'000});
  }
  FetchRequest request =
      fetch_request({{.id = id}, {.id = id, .partition = 1}, {.id = id, .partition = 2}}, kVersion);
  request.max_bytes = 1'000;
  request.session_epoch = 0;
  std::set<std::int32_t> served;
  std::int32_t session = 0;
  for (std::int32_t epoch = 0; epoch < 3; ++epoch) {
    request.session_id = session;
    request.session_epoch = epoch;
    const auto response = broker.ask<FetchResponse>(kVersion, request);
    session = response.session_id;
    for (const auto& one : response.responses.at(0).partitions) {
      if (!one.records->empty()) served.insert(one.partition_index.value());
    }
    request.topics.clear();
  }
  REQUIRE(served == std::set<std::int32_t>{0, 1, 2});
}

}  // namespace
}  // namespace millrace::broker
