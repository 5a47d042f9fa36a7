#include "broker/handlers/desk.h"

#include "proto/kafka/messages/init_producer_id.h"
#include "tests/support/broker_harness/broker_harness.h"
#include "tests/support/catch.h"

namespace millrace::broker {
namespace {

using kafka::InitProducerIdRequest;
using kafka::InitProducerIdResponse;
using sim::BrokerHarness;

TEST_CASE("desk: with too many requests running one more costs its connection") {
  BrokerHarness broker;
  broker.controller_runs = false;
  InitProducerIdRequest request;
  request.transactional_id.reset();
  const auto connection = broker.connect();
  const auto ask = [&] { return broker.send(connection, 5, request); };
  RequestId last = ask();
  for (std::size_t i = 1; i < kRunningRequestsMax; ++i) last = ask();
  REQUIRE_FALSE(broker.take_reply(last));
  const auto refused = broker.take_reply(ask());
  REQUIRE(refused);
  REQUIRE(refused->kind == Reply::Kind::kClose);
  REQUIRE(refused->reason.find("200000 requests") != std::string::npos);
  // With the client its requests go, and there is room again.
  broker.disconnect(last.connection);
  broker.controller_runs = true;
  REQUIRE(broker.ask<InitProducerIdResponse>(5, request).error_code == kafka::KafkaError::kNone);
}

TEST_CASE("desk: what cannot be understood costs the connection") {
  BrokerHarness broker;
  const auto reason = [&](std::vector<std::uint8_t> bytes) {
    const auto reply =
        broker.take_reply(broker.send_frame(broker.connect(), SharedBytes::own(std::move(bytes))));
    REQUIRE(reply);
    REQUIRE(reply->kind == Reply::Kind::kClose);
    return reply->reason;
  };
  REQUIRE(reason({}).find("malformed request header") != std::string::npos);
  REQUIRE(reason({0, 3, 0}).find("malformed request header") != std::string::npos);
  // Metadata 1 whose array announces more than there is.
  REQUIRE(reason({0, 3, 0, 1, 0, 0, 0, 7, 0xff, 0xff, 0, 0, 0, 9}).find("malformed") !=
          std::string::npos);
}

}  // namespace
}  // namespace millrace::broker
