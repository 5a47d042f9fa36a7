#include "node/config/quorum_config.h"

#include "node/config/node_config.h"
#include "tests/support/catch.h"

namespace millrace::node {
namespace {

const std::vector<Property> kListener = {
    {"listeners", "PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093", "f:1"},
    {"controller.listener.names", "CONTROLLER", "f:2"}};
const std::vector<Property> kPlaintext = {{"millrace.peer.plaintext", "allow", "f:3"}};
const std::vector<Property> kTls = {{"millrace.peer.tls.certificate.file", "/n.crt", "f:3"},
                                    {"millrace.peer.tls.key.file", "/n.key", "f:4"},
                                    {"millrace.peer.tls.ca.file", "/ca.crt", "f:5"}};

std::vector<Property> all(std::initializer_list<std::vector<Property>> parts) {
  std::vector<Property> properties;
  for (const auto& part : parts) properties.insert(properties.end(), part.begin(), part.end());
  return properties;
}

std::string refusal(std::initializer_list<std::vector<Property>> parts) {
  const auto config = make_node_config(all(parts));
  REQUIRE_ERROR(config, ErrorCode::kInvalidConfig);
  return config.error().message;
}

}  // namespace

TEST_CASE("without quorum settings a node is a cluster of its own") {
  const auto config = make_node_config({});
  REQUIRE_OK(config);
  REQUIRE_FALSE(config->quorum.is_configured());
  REQUIRE_FALSE(config->quorum.listener.has_value());
}

TEST_CASE("voters and servers to ask are read as Kafka writes them") {
  const auto config =
      make_node_config(all({kListener,
                            kTls,
                            {{"controller.quorum.voters", "1@a.example:9093, 2@[::1]:9093", "f:6"},
                             {"controller.quorum.bootstrap.servers", "c:1,d:2", "f:7"},
                             {"controller.quorum.auto.join.enable", "true", "f:8"}}}));
  REQUIRE_OK(config);
  const auto& quorum = config->quorum;
  REQUIRE(quorum.is_configured());
  REQUIRE(quorum.voters.size() == 2);
  REQUIRE(quorum.voters.at(NodeId(1)) == Endpoint{"a.example", 9093});
  REQUIRE(quorum.voters.at(NodeId(2)) == Endpoint{"::1", 9093});
  REQUIRE(quorum.bootstrap_servers.at(1) == Endpoint{"d", 2});
  REQUIRE(quorum.auto_join);
  REQUIRE(quorum.listener->bind == Endpoint{"127.0.0.1", 9093});
  REQUIRE(quorum.tls->ca_file == "/ca.crt");
  REQUIRE(config->listeners.clients.size() == 1);
}

TEST_CASE("nodes talk in plaintext only where that is allowed by name") {
  REQUIRE(refusal({kListener}).find("millrace tls init-ca") != std::string::npos);
  const auto allowed = make_node_config(all({kListener, kPlaintext}));
  REQUIRE_OK(allowed);
  REQUIRE_FALSE(allowed->quorum.tls.has_value());
  REQUIRE(refusal({kListener, kPlaintext, kTls}).find("contradicts") != std::string::npos);
  REQUIRE(refusal({kListener, {kTls[0]}}).find("millrace.peer.tls.key.file") != std::string::npos);
}

TEST_CASE("mistakes in quorum settings are named") {
  const auto with = [](const char* key, const char* value) {
    return refusal({kListener, kPlaintext, {{key, value, "f:9"}}});
  };
  REQUIRE(with("controller.quorum.voters", "a:9093").starts_with("f:9: controller.quorum.voters"));
  REQUIRE(with("controller.quorum.voters", "x@a:9093").find("ID@HOST:PORT") != std::string::npos);
  REQUIRE(with("controller.quorum.voters", "1@a:1,1@b:2").find("twice") != std::string::npos);
  REQUIRE(with("controller.quorum.voters", "1@:9093").find("reached") != std::string::npos);
  REQUIRE(with("controller.quorum.bootstrap.servers", "a").starts_with("f:9: controller.quorum.b"));
  REQUIRE(with("controller.quorum.bootstrap.servers", "a:0").find("reached") != std::string::npos);
  const std::vector<Property> voters = {{"controller.quorum.voters", "1@a:9093", "f:1"}};
  REQUIRE(refusal({voters}).find("controller.listener.names=CONTROLLER") != std::string::npos);
  REQUIRE(refusal({{{"listeners", "PLAINTEXT://:1,A://:2,B://:3", "f:1"},
                    {"controller.listener.names", "A,B", "f:2"}}})
              .find("name one") != std::string::npos);
}

}  // namespace millrace::node
