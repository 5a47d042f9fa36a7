#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cli/problem.h"

namespace millrace::cli {

inline constexpr std::uint16_t kDefaultKafkaPort = 9092;
/// Longest list of bootstrap servers.
inline constexpr std::size_t kBootstrapServersMax = 64;

struct Endpoint {
  std::string host;
  std::uint16_t port = kDefaultKafkaPort;

  /// "host:port", "[::1]:port"
  [[nodiscard]] std::string text() const;

  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

/// "a:9092,b,[::1]:9093"; without a port it is 9092. `origin` says in a problem where the text
/// came from.
Answer<std::vector<Endpoint>> parse_endpoints(std::string_view text, std::string_view origin);

}  // namespace millrace::cli
