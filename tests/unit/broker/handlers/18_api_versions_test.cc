#include "broker/handlers/18_api_versions.h"

#include "controller/metadata/codec.h"
#include "tests/support/broker_harness/broker_harness.h"
#include "tests/support/catch.h"

namespace millrace::broker {
namespace {

using kafka::ApiVersionsRequest;
using kafka::ApiVersionsResponse;
using kafka::KafkaError;
using sim::BrokerHarness;

constexpr std::int16_t kApiVersions = 18;
constexpr std::int16_t kVersion = 4;

ApiVersionsRequest request_of(const std::string& name = "test-client",
                              const std::string& version = "1.0") {
  return {name, version, {}};
}

/// A frame whose version nobody knows: what follows the client id is the future's.
SharedBytes frame_of(std::int16_t key, std::int16_t version, std::int8_t rest = -1) {
  kafka::Writer writer;
  writer.int16(key);
  writer.int16(version);
  writer.int32(77);
  writer.int16(4);
  for (const char c : {'t', 'e', 's', 't'}) writer.int8(static_cast<std::int8_t>(c));
  for (int i = 0; i < 9; ++i) writer.int8(rest);
  return SharedBytes::own(writer.take().flatten());
}

using Range = std::pair<std::int16_t, std::int16_t>;

std::map<std::int16_t, Range> ranges_in(const ApiVersionsResponse& response) {
  std::map<std::int16_t, Range> ranges;
  for (const auto& row : response.api_keys) {
    ranges[row.api_key] = {row.min_version, row.max_version};
  }
  REQUIRE(ranges.size() == response.api_keys.size());
  return ranges;
}

/// As Kafka 4.3 has them.
const std::map<std::int16_t, Range> kRanges{
    {0, {0, 13}}, {1, {4, 18}}, {2, {1, 11}}, {3, {0, 13}}, {10, {0, 6}}, {18, {0, 4}},
    {19, {2, 7}}, {20, {1, 6}}, {21, {0, 2}}, {22, {0, 5}}, {23, {2, 4}}, {32, {1, 4}},
    {33, {0, 2}}, {35, {1, 5}}, {37, {0, 3}}, {44, {0, 1}}, {55, {0, 2}}, {57, {0, 2}},
    {60, {0, 2}}, {64, {0, 0}}, {74, {0, 1}}, {75, {0, 0}}, {80, {0, 1}}, {81, {0, 0}}};

TEST_CASE("api versions: the same list in every version") {
  BrokerHarness broker;
  for (std::int16_t version = 0; version <= kVersion; ++version) {
    const auto response = broker.ask<ApiVersionsResponse>(
        version, version >= 3 ? request_of() : ApiVersionsRequest{});
    REQUIRE(response.error_code == KafkaError::kNone);
    REQUIRE(ranges_in(response) == kRanges);
  }
}

TEST_CASE("api versions: what is advertised is served, but for the old versions of Produce") {
  std::size_t own = 0;
  for (const ApiEntry& api : api_table()) {
    const bool is_own = static_cast<std::int16_t>(api.key) >= kOwnKeysFrom;
    own += is_own ? 1 : 0;
    REQUIRE(kRanges.contains(static_cast<std::int16_t>(api.key)) != is_own);
    REQUIRE(api.info().advertised_min == (api.key == kafka::ApiKey::kProduce ? 0 : api.info().min));
  }
  REQUIRE(kRanges.size() == api_table().size() - own);
}

TEST_CASE("api versions: an unknown version gets version 0, error 35 and the list") {
  BrokerHarness broker;
  for (const std::int16_t version : {5, 99, 32'767, -1}) {
    const auto id = broker.send_frame(broker.connect(), frame_of(kApiVersions, version));
    const auto reply = broker.take_reply(id);
    REQUIRE(reply);
    const auto response = broker.decode<ApiVersionsResponse>(*reply, 0);
    REQUIRE(response.error_code == KafkaError::kUnsupportedVersion);
    REQUIRE(static_cast<std::int16_t>(response.error_code) == 35);
    REQUIRE(ranges_in(response) == kRanges);
    // Correlation id, error, count, rows of 3 numbers: no byte more.
    REQUIRE(reply->frame.size() == 4 + 2 + 4 + 6 * kRanges.size());
  }
}

TEST_CASE("api versions: unknown versions of the others cost the connection, as unknown APIs do") {
  BrokerHarness broker;
  const auto reason = [&](std::int16_t key, std::int16_t version) {
    const auto reply =
        broker.take_reply(broker.send_frame(broker.connect(), frame_of(key, version)));
    REQUIRE(reply);
    REQUIRE(reply->kind == Reply::Kind::kClose);
    return reply->reason;
  };
  for (const ApiEntry& api : api_table()) {
    if (api.key == kafka::ApiKey::kApiVersions) continue;
    const auto after = static_cast<std::int16_t>(api.info().max + 1);
    const std::string text = reason(static_cast<std::int16_t>(api.key), after);
    REQUIRE(text.find("UNSUPPORTED_VERSION") != std::string::npos);
    REQUIRE(text.find(std::string(api.info().name)) != std::string::npos);
  }
  REQUIRE(reason(11, 0).find("11") != std::string::npos);  // JoinGroup
  REQUIRE(reason(30'000, 0).find("30000") != std::string::npos);
}

TEST_CASE("api versions: the response's header never has tags") {
  BrokerHarness broker;
  for (const std::int16_t version : {3, 4}) {
    const auto id = broker.send(broker.connect(), version, request_of());
    const auto bytes = broker.take_reply(id)->frame.flatten();
    // Right after the correlation id come the error and the compact count of rows.
    REQUIRE(bytes.at(4) == 0);
    REQUIRE(bytes.at(5) == 0);
    REQUIRE(bytes.at(6) == kRanges.size() + 1);
  }
}

TEST_CASE("api versions: millrace.version is the only feature, supported and finalised") {
  BrokerHarness broker;
  for (const std::int16_t version : {3, 4}) {
    const auto response = broker.ask<ApiVersionsResponse>(version, request_of());
    // transaction.version or group.version would switch clients to what is not there.
    REQUIRE(response.supported_features.size() == 1);
    const auto& supported = response.supported_features[0];
    REQUIRE(supported.name == "millrace.version");
    REQUIRE(supported.min_version == 1);  // never 0: KAFKA-17011
    REQUIRE(supported.max_version == static_cast<std::int16_t>(controller::kMetadataVersion));
    REQUIRE(response.finalized_features.size() == 1);
    const auto& finalized = response.finalized_features[0];
    REQUIRE(finalized.name == "millrace.version");
    REQUIRE(finalized.min_version_level == broker.image().version_level());
    REQUIRE(finalized.max_version_level == broker.image().version_level());
    REQUIRE(response.finalized_features_epoch == broker.image().end_offset().value() - 1);
    REQUIRE_FALSE(response.zk_migration_ready);
  }
}

TEST_CASE("api versions: versions before 3 have no features") {
  BrokerHarness broker;
  const auto response = broker.ask<ApiVersionsResponse>(2, ApiVersionsRequest{});
  REQUIRE(response.error_code == KafkaError::kNone);
  REQUIRE(response.supported_features.empty());
  REQUIRE(response.finalized_features.empty());
}

TEST_CASE("api versions: the epoch of the features grows with the metadata") {
  BrokerHarness broker;
  const auto epoch = [&] {
    return broker.ask<ApiVersionsResponse>(4, request_of()).finalized_features_epoch;
  };
  const auto before = epoch();
  broker.create_topic("a");
  REQUIRE(epoch() > before);
}

TEST_CASE("api versions: what clients may call themselves") {
  BrokerHarness broker;
  const auto code = [&](const std::string& name, const std::string& version) {
    const auto response = broker.ask<ApiVersionsResponse>(3, request_of(name, version));
    REQUIRE(response.api_keys.empty() == (response.error_code != KafkaError::kNone));
    return response.error_code;
  };
  for (const char* const good : {"a", "apache-kafka-java", "librdkafka", "v2.0.2", "X-1.y"}) {
    REQUIRE(code(good, "1") == KafkaError::kNone);
    REQUIRE(code("a", good) == KafkaError::kNone);
  }
  for (const char* const bad :
       {"", " ", "a b", "-a", "a-", ".a", "a.", "a_b", "a\nb", "\xc3\xa4"}) {
    CAPTURE(bad);
    REQUIRE(code(bad, "1") == KafkaError::kInvalidRequest);
    REQUIRE(code("a", bad) == KafkaError::kInvalidRequest);
  }
}

TEST_CASE("api versions: answered before authentication, and nothing else is") {
  BrokerHarness broker;
  const auto connection = broker.connect();
  broker.context(connection).is_authenticated = false;
  const auto answered = broker.send(connection, 3, request_of());
  REQUIRE(broker.response_to<ApiVersionsResponse>(answered, 3).error_code == KafkaError::kNone);
  for (const ApiEntry& api : api_table()) {
    if (api.key == kafka::ApiKey::kApiVersions) continue;
    const auto id = broker.send_frame(
        connection, frame_of(static_cast<std::int16_t>(api.key), api.info().min, 0));
    const auto reply = broker.take_reply(id);
    REQUIRE(reply);
    REQUIRE(reply->kind == Reply::Kind::kClose);
    REQUIRE(reply->reason.find("before authentication") != std::string::npos);
  }
}

}  // namespace
}  // namespace millrace::broker
