#include "node/config/node_config.h"

#include "tests/support/catch.h"

namespace millrace::node {

TEST_CASE("without settings a single node runs on loopback") {
  const auto config = make_node_config({});
  REQUIRE_OK(config);
  REQUIRE(config->node_id == NodeId(1));
  REQUIRE(config->data_directory == "./millrace-data");
  REQUIRE(config->listeners.clients.at(0).bind == Endpoint{"127.0.0.1", 9092});
  REQUIRE(config->http == Endpoint{"127.0.0.1", 9644});
  REQUIRE(config->loops >= 1);
  REQUIRE_FALSE(config->connections_max.has_value());
  REQUIRE(config->warnings.empty());
}

TEST_CASE("later settings win, and what has no effect is a warning") {
  const auto config = make_node_config({{"node.id", "2", "f:1"},
                                        {"num.network.threads", "9", "f:2"},
                                        {"log.dir", "/old", "f:3"},
                                        {"millrace.http.listener", "", "f:4"},
                                        {"max.connections", "7", "f:5"},
                                        {"node.id", "5", "--set"}});
  REQUIRE_OK(config);
  REQUIRE(config->node_id == NodeId(5));
  REQUIRE(config->data_directory == "/old");
  REQUIRE_FALSE(config->http.has_value());
  REQUIRE(config->connections_max == 7);
  REQUIRE(config->warnings.size() == 1);
  REQUIRE(config->warnings[0].starts_with("f:2: num.network.threads has no effect"));
}

TEST_CASE("a mistake is named with its place and the nearest key") {
  const auto message_for = [](const char* key, const char* value) {
    const auto config = make_node_config({{key, value, "f:3"}});
    REQUIRE_ERROR(config, ErrorCode::kInvalidConfig);
    return config.error().message;
  };
  REQUIRE(message_for("log.retention.mss", "5") ==
          "f:3: unknown setting 'log.retention.mss', did you mean 'log.retention.ms'?");
  REQUIRE(message_for("log.dirs", "/a,/b").starts_with("f:3: log.dirs: exactly one directory"));
  REQUIRE(message_for("log.dirs", "").starts_with("f:3: log.dirs: exactly one directory"));
  REQUIRE(message_for("listeners", "SSL://:9092").starts_with("f:3: listeners: SSL asks for SSL"));
  REQUIRE(message_for("listeners", "9092").starts_with("f:3: listeners: '9092' is not"));
  REQUIRE(message_for("millrace.http.listener", "x").starts_with("f:3: millrace.http.listener: "));
  REQUIRE(message_for("process.roles", "broker").starts_with("f:3: process.roles: "));
  REQUIRE(message_for("node.id", "-5").starts_with("f:3: '-5' is no value for node.id"));
  REQUIRE(message_for("authorizer.class.name", "x").starts_with("f:3: authorizer.class.name"));
  REQUIRE(message_for("controller.quorum.voters", "1@h:1").starts_with("f:3: controller.quorum"));
}

}  // namespace millrace::node
