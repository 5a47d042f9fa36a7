#include "broker/handlers/18_api_versions.h"

#include <algorithm>

#include "controller/metadata/codec.h"

namespace millrace::broker {

namespace {

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/// KIP-511: letters and digits, with '-' and '.' between them.
bool is_software_text(std::string_view text) {
  return !text.empty() && is_word(text.front()) && is_word(text.back()) &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return is_word(c) || c == '-' || c == '.'; });
}

kafka::ApiVersionsResponse list_apis(std::string_view software_name) {
  kafka::ApiVersionsResponse response;
  for (const ApiEntry& api : api_table()) {
    if (!is_advertised(api, software_name)) continue;
    const kafka::ApiInfo& info = api.info();
    auto& row = response.api_keys.emplace_back();
    row.api_key = static_cast<std::int16_t>(info.key);
    row.min_version = info.advertised_min;
    row.max_version = info.max;
  }
  return response;
}

/// millrace.version alone: transaction.version would switch clients to transactions of the second
/// kind, group.version to the new group protocol. Java clients cannot read a minimum of 0 in
/// version 3 (KAFKA-17011); ours is 1.
void add_features(const MetadataView& metadata, kafka::ApiVersionsResponse& response) {
  const std::string name(controller::kVersionFeature);
  response.supported_features.push_back(
      {name, 1, static_cast<std::int16_t>(controller::kMetadataVersion), {}});
  if (!metadata.is_there()) return;
  const auto& image = metadata.image();
  // As Kafka has it: the offset of the newest entry, -1 before the first one.
  response.finalized_features_epoch = image.end_offset().value() - 1;
  if (!image.features().contains(name)) return;  // the cluster is not formed
  const auto level = image.version_level();
  response.finalized_features.push_back({name, level, level, {}});
}

}  // namespace

void start_api_versions(Desk& desk, Call call, kafka::ApiVersionsRequest request) {
  if (call.version >= 3) {
    if (!is_software_text(request.client_software_name) ||
        !is_software_text(request.client_software_version)) {
      kafka::ApiVersionsResponse refusal;
      refusal.error_code = kafka::KafkaError::kInvalidRequest;
      desk.reply(call, refusal);
      return;
    }
    desk.software(call.id.connection) = {request.client_software_name,
                                         request.client_software_version};
  }
  kafka::ApiVersionsResponse response = list_apis(desk.software(call.id.connection).name);
  add_features(desk.metadata(), response);
  desk.reply(call, response);
}

void answer_unknown_api_versions(Desk& desk, const Call& call) {
  kafka::ApiVersionsResponse response = list_apis("");
  response.error_code = kafka::KafkaError::kUnsupportedVersion;
  desk.reply_in_version(call, 0, response);
}

}  // namespace millrace::broker
