#include "broker/handlers/57_update_features.h"

#include "tests/support/broker_harness/broker_harness.h"
#include "tests/support/catch.h"

namespace millrace::broker {
namespace {

using controller::CommandResult;
using controller::FeatureUpgrade;
using kafka::KafkaError;
using kafka::UpdateFeaturesRequest;
using kafka::UpdateFeaturesResponse;
using sim::BrokerHarness;

constexpr std::int16_t kVersion = 2;

UpdateFeaturesRequest request_of(const std::vector<std::string>& features = {"millrace.version"}) {
  UpdateFeaturesRequest request;
  request.timeout_ms = 1'000;
  for (const auto& feature : features) {
    request.feature_updates.emplace_back().feature = feature;
    request.feature_updates.back().max_version_level = 3;
  }
  return request;
}

/// Keeps what the controller was asked, and answers with `result`.
struct Script {
  explicit Script(BrokerHarness& broker) {
    broker.answer_command = [this](const controller::Command& command) {
      asked = std::get<controller::UpdateFeatures>(command.body);
      return std::optional(result);
    };
  }
  CommandResult result;
  controller::UpdateFeatures asked;
};

TEST_CASE("update features: one row for each until version 2") {
  BrokerHarness broker;
  Script script(broker);
  for (std::int16_t version = 0; version <= kVersion; ++version) {
    CAPTURE(version);
    const auto response = broker.ask<UpdateFeaturesResponse>(version, request_of({"a", "b"}));
    REQUIRE(response.error_code == KafkaError::kNone);
    REQUIRE_FALSE(response.error_message);
    REQUIRE(script.asked.changes.size() == 2);
    REQUIRE(script.asked.changes[1].name == "b");
    REQUIRE(script.asked.changes[1].level == 3);
    REQUIRE(response.results.size() == (version < 2 ? 2 : 0));
    for (const auto& row : response.results) REQUIRE(row.error_code == KafkaError::kNone);
  }
}

TEST_CASE("update features: kinds of upgrades, as each version says them") {
  BrokerHarness broker;
  Script script(broker);
  auto request = request_of();
  const auto kind_in = [&](std::int16_t version) {
    REQUIRE(broker.ask<UpdateFeaturesResponse>(version, request).error_code == KafkaError::kNone);
    return script.asked.changes.at(0).kind;
  };
  REQUIRE(kind_in(0) == FeatureUpgrade::kUpgrade);
  request.feature_updates[0].allow_downgrade = true;
  REQUIRE(kind_in(0) == FeatureUpgrade::kSafeDowngrade);
  request.feature_updates[0].allow_downgrade = false;
  REQUIRE(kind_in(1) == FeatureUpgrade::kUpgrade);
  for (const auto kind : {FeatureUpgrade::kUpgrade, FeatureUpgrade::kSafeDowngrade,
                          FeatureUpgrade::kUnsafeDowngrade}) {
    request.feature_updates[0].upgrade_type = static_cast<std::int8_t>(kind);
    REQUIRE(kind_in(kVersion) == kind);
  }
  REQUIRE_FALSE(script.asked.validate_only);
  request.validate_only = true;
  kind_in(kVersion);
  REQUIRE(script.asked.validate_only);
}

TEST_CASE("update features: what no controller could make sense of is refused at once") {
  BrokerHarness broker;
  auto twice = request_of({"a", "b", "a"});
  REQUIRE(broker.ask<UpdateFeaturesResponse>(kVersion, twice).error_code ==
          KafkaError::kInvalidRequest);
  for (const std::int8_t type : {0, 4, -1}) {
    auto odd = request_of();
    odd.feature_updates[0].upgrade_type = type;
    const auto response = broker.ask<UpdateFeaturesResponse>(kVersion, odd);
    REQUIRE(response.error_code == KafkaError::kInvalidUpdateVersion);
    REQUIRE(response.error_message);
  }
  REQUIRE(broker.commands_seen() == 0);
}

TEST_CASE("update features: errors of the command and of one of its items") {
  const std::vector<std::pair<ErrorCode, KafkaError>> cases{
      {ErrorCode::kInvalidArgument, KafkaError::kInvalidUpdateVersion},
      {ErrorCode::kInvalidRequest, KafkaError::kInvalidUpdateVersion},
      {ErrorCode::kNotFound, KafkaError::kInvalidUpdateVersion},
      {ErrorCode::kUnsupported, KafkaError::kInvalidUpdateVersion},
      {ErrorCode::kUnsupportedVersion, KafkaError::kInvalidUpdateVersion},
      {ErrorCode::kPolicyViolation, KafkaError::kFeatureUpdateFailed},
      {ErrorCode::kNotController, KafkaError::kNotController},
  };
  BrokerHarness broker;
  Script script(broker);
  for (const bool is_item : {false, true}) {
    for (const auto& [code, expected] : cases) {
      script.result = CommandResult();
      if (is_item) {
        script.result.items.resize(2);
        script.result.items[1].error = Error{code, "why"};
      } else {
        script.result.error = Error{code, "why"};
      }
      const auto response = broker.ask<UpdateFeaturesResponse>(1, request_of({"a", "b"}));
      REQUIRE(response.error_code == expected);
      REQUIRE(response.error_message == "why");
      REQUIRE(response.results.empty());
    }
  }
}

TEST_CASE("update features: one that takes too long") {
  BrokerHarness broker;
  broker.controller_runs = false;
  const auto id = broker.send(broker.connect(), kVersion, request_of());
  broker.pass(std::chrono::milliseconds(1'010));
  REQUIRE(broker.response_to<UpdateFeaturesResponse>(id, kVersion).error_code ==
          KafkaError::kRequestTimedOut);
}

}  // namespace
}  // namespace millrace::broker
