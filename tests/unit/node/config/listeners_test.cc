#include "node/config/listeners.h"

#include "tests/support/catch.h"

namespace millrace::node {

TEST_CASE("the listener map joins names, protocols and addresses") {
  const auto map =
      parse_listeners({.listeners = "PLAINTEXT://:9092, CONTROLLER://:9093,INSIDE://[::1]:0",
                       .advertised_listeners = "PLAINTEXT://broker1:19092",
                       .security_protocol_map = "CONTROLLER:PLAINTEXT,INSIDE:PLAINTEXT",
                       .controller_listener_names = "CONTROLLER"});
  REQUIRE_OK(map);
  REQUIRE(map->controllers.size() == 1);
  REQUIRE(map->clients.size() == 2);
  const auto& inside = map->clients[0];
  REQUIRE(inside.name == "INSIDE");
  REQUIRE(inside.bind == Endpoint{"::1", 0});
  REQUIRE(inside.advertised == Endpoint{"::1", 0});
  const auto& plain = map->clients[1];
  REQUIRE(plain.bind == Endpoint{"", 9092});
  REQUIRE(plain.advertised == Endpoint{"broker1", 19092});
}

TEST_CASE("a wildcard listener leaves its advertised host open") {
  for (const auto* text :
       {"PLAINTEXT://:9092", "PLAINTEXT://0.0.0.0:9092", "PLAINTEXT://[::]:9092"}) {
    const auto map = parse_listeners({.listeners = text});
    REQUIRE_OK(map);
    REQUIRE(map->clients[0].advertised == Endpoint{"", 9092});
  }
  REQUIRE_FALSE(default_advertised_host().empty());
}

TEST_CASE("what cannot be is refused in one sentence") {
  struct Case {
    ListenerSettings settings;
    std::string part_of_message;
  };
  const std::vector<Case> cases = {
      {{.listeners = "SSL://:9092"}, "SSL asks for SSL, which this version does not have yet"},
      {{.listeners = "A://:9092", .security_protocol_map = "A:SASL_PLAINTEXT"},
       "does not have yet"},
      {{.listeners = "A://:9092"}, "A has no entry in listener.security.protocol.map"},
      {{.listeners = "A://:9092", .security_protocol_map = "A:TLS"},
       "'A:TLS' is not NAME:PROTOCOL"},
      {{.listeners = "PLAINTEXT://:1,PLAINTEXT://:2"}, "appears twice"},
      {{.listeners = "9092"}, "is not NAME://HOST:PORT"},
      {{.listeners = "PLAINTEXT://host"}, "is not HOST:PORT"},
      {{.listeners = "PLAINTEXT://host:99999"}, "does not end in a port"},
      {{.listeners = ""}, "at least one listener"},
      {{.listeners = "PLAINTEXT://:1", .advertised_listeners = "B://h:1"}, "B is not in listeners"},
      {{.listeners = "PLAINTEXT://:1", .advertised_listeners = "PLAINTEXT://:1"},
       "needs a host that clients can reach"},
  };
  for (const auto& each : cases) {
    const auto map = parse_listeners(each.settings);
    REQUIRE_ERROR(map, ErrorCode::kInvalidConfig);
    INFO(map.error().message);
    REQUIRE(map.error().message.find(each.part_of_message) != std::string::npos);
  }
}

}  // namespace millrace::node
