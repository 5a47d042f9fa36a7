#include "broker/handlers/22_init_producer_id.h"

#include <set>

#include "controller/metadata/command.h"
#include "tests/support/broker_harness/requests.h"
#include "tests/support/catch.h"

namespace millrace::broker {
namespace {

using kafka::InitProducerIdRequest;
using kafka::InitProducerIdResponse;
using kafka::KafkaError;
using sim::BrokerHarness;

constexpr std::int16_t kVersion = 5;

InitProducerIdRequest request_of(std::optional<std::string> transactional_id = std::nullopt) {
  InitProducerIdRequest request;
  request.transactional_id = std::move(transactional_id);
  request.transaction_timeout_ms = 60'000;
  return request;
}

ProducerId next_id(BrokerHarness& broker, std::size_t shard = 0, std::int16_t version = kVersion) {
  const auto response = broker.ask<InitProducerIdResponse>(version, request_of(), shard);
  REQUIRE(response.error_code == KafkaError::kNone);
  REQUIRE(response.producer_epoch == ProducerEpoch(0));
  REQUIRE(response.producer_id >= ProducerId(0));
  return response.producer_id;
}

TEST_CASE("init producer id: an id of its own for everyone, in every version") {
  BrokerHarness broker({.shards = 2});
  std::set<ProducerId> seen;
  for (std::int16_t version = 0; version <= kVersion; ++version) {
    for (const std::size_t shard : {0, 1}) {
      REQUIRE(seen.insert(next_id(broker, shard, version)).second);
    }
  }
  REQUIRE(broker.commands_seen() == 2);  // a block for each shard
}

TEST_CASE("init producer id: blocks run out and are followed by others, also after a restart") {
  BrokerHarness broker;
  std::set<ProducerId> seen;
  for (std::int64_t i = 0; i < controller::kProducerIdBlock + 1; ++i) {
    REQUIRE(seen.insert(next_id(broker)).second);
  }
  REQUIRE(broker.commands_seen() == 2);
  broker.restart(true);
  REQUIRE(seen.insert(next_id(broker)).second);
}

TEST_CASE("init producer id: many wait for one block") {
  BrokerHarness broker;
  broker.controller_runs = false;
  std::vector<RequestId> requests;
  for (std::int64_t i = 0; i < controller::kProducerIdBlock + 5; ++i) {
    requests.push_back(broker.send(broker.connection_of(0), kVersion, request_of()));
  }
  broker.settle();
  REQUIRE_FALSE(broker.take_reply(requests.front()));
  REQUIRE(broker.commands_seen() == 1);
  broker.controller_runs = true;
  broker.settle();
  REQUIRE(broker.commands_seen() == 2);
  std::set<ProducerId> seen;
  for (const RequestId request : requests) {
    const auto response = broker.response_to<InitProducerIdResponse>(request, kVersion);
    REQUIRE(response.error_code == KafkaError::kNone);
    REQUIRE(seen.insert(response.producer_id).second);
  }
}

TEST_CASE("init producer id: a client that went away does not get one") {
  BrokerHarness broker;
  broker.controller_runs = false;
  const auto gone = broker.connect();
  const auto request = broker.send(gone, kVersion, request_of());
  broker.settle();
  broker.disconnect(gone);
  broker.controller_runs = true;
  broker.settle();
  REQUIRE_FALSE(broker.take_reply(request));
  next_id(broker);
}

TEST_CASE("init producer id: transactional ids are refused at once and finally") {
  BrokerHarness broker;
  broker.controller_runs = false;
  for (std::int16_t version = 0; version <= kVersion; ++version) {
    for (const char* const id : {"tx", ""}) {
      const auto response = broker.ask<InitProducerIdResponse>(version, request_of(id));
      REQUIRE(response.error_code == KafkaError::kUnsupportedVersion);
      REQUIRE(response.producer_id == kNoProducerId);
      REQUIRE(response.producer_epoch == kNoProducerEpoch);
    }
  }
  REQUIRE(broker.commands_seen() == 0);
}

}  // namespace
}  // namespace millrace::broker
