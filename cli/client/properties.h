#pragma once

#include <string>
#include <utility>
#include <vector>

#include "cli/client/tls_options.h"
#include "cli/problem.h"

namespace millrace::cli {

using Properties = std::vector<std::pair<std::string, std::string>>;

/// A property that the command itself understands; produce and consume hand every property on to
/// librdkafka, which knows many more.
struct PropertySpec {
  std::string name;
  std::string values;
  std::string text;
};
const std::vector<PropertySpec>& client_properties();

/// What -X says about our own connections.
struct ConnectionSettings {
  std::string client_id = "millrace";
  TlsOptions tls;
  /// security.protocol names SASL, which only produce and consume (through librdkafka) speak.
  bool sasl = false;
};

/// Problems: a value that is not one of the property's. Names are not judged here.
Answer<ConnectionSettings> connection_settings(const Properties& properties);

}  // namespace millrace::cli
