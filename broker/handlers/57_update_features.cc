#include "broker/handlers/57_update_features.h"

#include <algorithm>
#include <set>

#include "broker/handlers/one_answer.h"

namespace millrace::broker {

namespace {

using controller::FeatureUpgrade;
using kafka::KafkaError;
using kafka::UpdateFeaturesRequest;
using kafka::UpdateFeaturesResponse;

/// All updates are made or none. Until version 2 the answer lists them nevertheless.
class UpdatingFeatures final : public Commanding {
 public:
  using Commanding::Commanding;

  std::vector<std::string> features;

  void finish(Desk& desk, const controller::CommandResult& result) override {
    if (const Error* const error = first_error(result)) {
      refuse<UpdateFeaturesResponse>(desk, call_, name_error(error->code), error->message);
      return;
    }
    UpdateFeaturesResponse response;
    response.error_message.reset();
    if (call_.version < 2) {
      for (auto& feature : features) {
        auto& row = response.results.emplace_back();
        row.feature = std::move(feature);
        row.error_message.reset();
      }
    }
    desk.reply(call_, response);
  }

 private:
  static KafkaError name_error(ErrorCode code) {
    switch (code) {
      case ErrorCode::kInvalidArgument:
      case ErrorCode::kInvalidRequest:
      case ErrorCode::kNotFound:
      case ErrorCode::kUnsupported:
      case ErrorCode::kUnsupportedVersion:  // of the feature, not of the request
        return KafkaError::kInvalidUpdateVersion;
      case ErrorCode::kPolicyViolation:
        return KafkaError::kFeatureUpdateFailed;
      default:
        return to_kafka(code);
    }
  }
  static const Error* first_error(const controller::CommandResult& result) {
    if (result.error) return &*result.error;
    const auto refused = std::find_if(result.items.begin(), result.items.end(),
                                      [](const auto& item) { return item.error.has_value(); });
    return refused == result.items.end() ? nullptr : &*refused->error;
  }
};

FeatureUpgrade upgrade_of(const UpdateFeaturesRequest::FeatureUpdateKey& update,
                          std::int16_t version) {
  if (version > 0) return static_cast<FeatureUpgrade>(update.upgrade_type);
  return update.allow_downgrade ? FeatureUpgrade::kSafeDowngrade : FeatureUpgrade::kUpgrade;
}

/// Refuses what no controller could make sense of.
bool check_updates(Desk& desk, const Call& call, const UpdateFeaturesRequest& request) {
  std::set<std::string> seen;
  for (const auto& update : request.feature_updates) {
    if (!seen.insert(update.feature).second) {
      refuse<UpdateFeaturesResponse>(desk, call, KafkaError::kInvalidRequest,
                                     fmt::format("feature {} is named twice", update.feature));
      return false;
    }
    const auto type = static_cast<std::int8_t>(upgrade_of(update, call.version));
    if (type < 1 || type > 3) {
      refuse<UpdateFeaturesResponse>(
          desk, call, KafkaError::kInvalidUpdateVersion,
          fmt::format("feature {}: there is no type of upgrade {}; 1 is an upgrade, 2 a downgrade "
                      "without loss, 3 one with loss",
                      update.feature, type));
      return false;
    }
  }
  return true;
}

}  // namespace

void start_update_features(Desk& desk, Call call, UpdateFeaturesRequest request) {
  if (!check_alters_this_cluster<UpdateFeaturesResponse>(desk, call)) return;
  if (!check_updates(desk, call, request)) return;
  auto updating = std::make_unique<UpdatingFeatures>(call);
  controller::UpdateFeatures command;
  command.validate_only = request.validate_only;
  for (const auto& update : request.feature_updates) {
    updating->features.push_back(update.feature);
    command.changes.push_back(
        {update.feature, update.max_version_level, upgrade_of(update, call.version)});
  }
  submit_and_keep(desk, std::move(updating), controller::Command{std::move(command)},
                  request.timeout_ms);
}

}  // namespace millrace::broker
