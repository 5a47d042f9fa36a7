#include "cli/context.h"

#include "cli/client/endpoint.h"
#include "cli/client/properties.h"
#include "cli/records/property_names.h"

namespace millrace::cli {

Answer<Client*> Context::client() {
  if (client_ != nullptr) return client_.get();
  CLI_TRY(check_property_names(globals().properties));
  auto endpoints = parse_endpoints(globals().bootstrap, globals().bootstrap_origin);
  if (!endpoints) return problem(std::move(endpoints).error());
  auto settings = connection_settings(globals().properties);
  if (!settings) return problem(std::move(settings).error());
  if (settings->sasl) {
    return problem({ExitCode::kFailed, "UNSUPPORTED", "security.protocol",
                    "this command does not speak SASL yet; only produce and consume do",
                    "use a listener without SASL, if the cluster has one"});
  }
  client_ = std::make_unique<Client>(ClientOptions{
      std::move(*endpoints), globals().bootstrap_origin, std::move(*settings), globals().timeout});
  return client_.get();
}

}  // namespace millrace::cli
