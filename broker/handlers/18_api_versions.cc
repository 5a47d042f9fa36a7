#include "broker/handlers/18_api_versions.h"

#include <algorithm>

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
  // No feature is finalised: transaction.version would switch clients to transactions of the second
  // kind, group.version to the new group protocol. The epoch says that this is known, not unknown.
  if (desk.metadata().is_there()) {
    response.finalized_features_epoch = desk.metadata().image().end_offset().value();
  }
  desk.reply(call, response);
}

void answer_unknown_api_versions(Desk& desk, const Call& call) {
  kafka::ApiVersionsResponse response = list_apis("");
  response.error_code = kafka::KafkaError::kUnsupportedVersion;
  desk.reply_in_version(call, 0, response);
}

}  // namespace millrace::broker
