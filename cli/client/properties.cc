#include "cli/client/properties.h"

#include <fmt/format.h>

#include <algorithm>

namespace millrace::cli {
namespace {

std::string lowered(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

Problem wrong_value(const std::string& name, const std::string& value) {
  std::string allowed;
  for (const auto& spec : client_properties()) {
    if (spec.name == name) allowed = spec.values;
  }
  return usage_problem("-X", fmt::format("-X {}={}: not one of {}", name, value, allowed));
}

Answer<void> set_protocol(const std::string& value, ConnectionSettings& settings) {
  const auto protocol = lowered(value);
  if (protocol != "plaintext" && protocol != "ssl" && protocol != "sasl_plaintext" &&
      protocol != "sasl_ssl") {
    return problem(wrong_value("security.protocol", value));
  }
  settings.tls.enabled = protocol.ends_with("ssl");
  settings.sasl = protocol.starts_with("sasl");
  return {};
}

Answer<void> set_one(const std::string& name, const std::string& value,
                     ConnectionSettings& settings) {
  auto& tls = settings.tls;
  if (name == "security.protocol") return set_protocol(value, settings);
  if (name == "client.id") settings.client_id = value;
  if (name == "ssl.ca.location") tls.ca_file = value;
  if (name == "ssl.certificate.location") tls.certificate_file = value;
  if (name == "ssl.key.location") tls.key_file = value;
  if (name == "ssl.key.password") tls.key_password = value;
  if (name == "enable.ssl.certificate.verification") {
    if (value != "true" && value != "false") return problem(wrong_value(name, value));
    tls.verify_certificate = value == "true";
  }
  if (name == "ssl.endpoint.identification.algorithm") {
    if (value != "https" && value != "none") return problem(wrong_value(name, value));
    tls.verify_host = value == "https";
  }
  return {};
}

}  // namespace

const std::vector<PropertySpec>& client_properties() {
  static const std::vector<PropertySpec> specs = {
      {"client.id", "text", "the name that nodes see in their logs and quotas"},
      {"security.protocol", "plaintext, ssl, sasl_plaintext or sasl_ssl",
       "how connections are secured; SASL so far for produce and consume only"},
      {"ssl.ca.location", "a PEM file", "certificates to trust instead of the system's"},
      {"ssl.certificate.location", "a PEM file", "the certificate to show to nodes"},
      {"ssl.key.location", "a PEM file", "its private key"},
      {"ssl.key.password", "text", "the private key's password"},
      {"enable.ssl.certificate.verification", "true or false",
       "false accepts any certificate: for tests only"},
      {"ssl.endpoint.identification.algorithm", "https or none",
       "none accepts a certificate that names another host"},
  };
  return specs;
}

Answer<ConnectionSettings> connection_settings(const Properties& properties) {
  ConnectionSettings settings;
  for (const auto& [name, value] : properties) CLI_TRY(set_one(name, value, settings));
  return settings;
}

}  // namespace millrace::cli
