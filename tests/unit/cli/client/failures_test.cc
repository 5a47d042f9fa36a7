// How the command explains a cluster that misbehaves: one golden file for each way.
#include <netdb.h>

#include <string>

#include "tests/support/catch.h"
#include "tests/unit/cli/support/fake_node.h"
#include "tests/unit/cli/support/run_cli.h"
#include "tests/unit/cli/support/tls_identity.h"

namespace millrace::cli::test {
namespace {

using kafka::ApiKey;

FakeCluster one_node() {
  FakeCluster cluster;
  auto& broker = cluster.brokers.emplace_back();
  broker.node_id = NodeId(1);
  broker.host = "127.0.0.1";
  add_topic(cluster, "orders", 1, {1});
  return cluster;
}

// Runs the line with NODE replaced; `hidden` is shown as CLOSED.
void require_failure(const std::string& golden, FakeCluster cluster, const std::string& line,
                     const std::string& hidden = "CLOSED") {
  const FakeNode node(std::move(cluster));
  const auto result = run_cli(split_line(replaced(line, "NODE", node.address())));
  auto text = "$ millrace " + line + "\nexit " + std::to_string(result.exit_code) +
              "\n--- stdout\n" + result.out + "--- stderr\n" + result.err;
  text = replaced(replaced(text, node.address(), "NODE"), hidden, "CLOSED");
  require_golden("failure_" + golden, text);
}

// A root made by debootstrap alone has no /etc/hosts.
bool resolves(const std::string& host) {
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), nullptr, nullptr, &found) != 0) return false;
  freeaddrinfo(found);
  return true;
}

}  // namespace

TEST_CASE("an advertised address that refuses is told apart from the bootstrap server") {
  auto cluster = one_node();
  const int port = closed_port();
  cluster.brokers[0].port = port;
  const auto hidden = "127.0.0.1:" + std::to_string(port);
  require_failure("advertised_refused", cluster, "-b NODE topic create new", hidden);
  require_failure("advertised_refused_produce", cluster, "-b NODE produce orders", hidden);
  require_failure("advertised_refused_consume", cluster, "-b NODE consume orders -o json", hidden);
}

TEST_CASE("an advertised name that does not resolve is named") {
  auto cluster = one_node();
  cluster.brokers[0].node_id = NodeId(2);
  cluster.controller = NodeId(2);
  cluster.brokers[0].host = "b2.invalid";
  cluster.brokers[0].port = 9092;
  require_failure("advertised_unresolved", cluster, "-b NODE topic delete orders --yes");
}

TEST_CASE("questions need no advertised address") {
  auto cluster = one_node();
  cluster.brokers[0].host = "b1.invalid";
  cluster.brokers[0].port = 9092;
  const FakeNode node(cluster);
  REQUIRE(run_cli({"-b", node.address(), "topic", "list"}).exit_code == 0);
  REQUIRE(run_cli({"-b", node.address(), "cluster", "info"}).exit_code == 0);
}

TEST_CASE("a node that does not answer is a time-out of a named step") {
  auto cluster = one_node();
  cluster.silent = {ApiKey::kMetadata};
  require_failure("timeout_question", cluster, "-b NODE topic list --timeout 2s");
  cluster.silent = {ApiKey::kCreateTopics};
  require_failure("timeout_change", cluster, "-b NODE topic create new --timeout 2s -o json");
  cluster.silent = {ApiKey::kApiVersions};
  require_failure("timeout_versions", cluster, "-b NODE topic list --timeout 2s");
}

TEST_CASE("a connection that is closed says so, and a lost change is not known") {
  auto cluster = one_node();
  cluster.hang_up = {ApiKey::kMetadata};
  require_failure("closed_question", cluster, "-b NODE topic list");
  cluster.hang_up = {ApiKey::kDeleteTopics};
  require_failure("closed_change", cluster, "-b NODE topic delete orders --yes");
  cluster.hang_up = {ApiKey::kApiVersions};
  require_failure("closed_versions", cluster, "-b NODE topic list");
}

TEST_CASE("TLS, HTTP and other protocols are recognised") {
  auto cluster = one_node();
  cluster.raw_answer = std::string("\x15\x03\x03\x00\x02\x02\x28", 7);
  require_failure("port_speaks_tls", cluster, "-b NODE topic list");
  cluster.raw_answer = "HTTP/1.1 400 Bad Request\r\n\r\n";
  require_failure("port_speaks_http", cluster, "-b NODE topic list");
  cluster.raw_answer = "SSH-2.0-OpenSSH_9.2\r\n";
  require_failure("port_speaks_other", cluster, "-b NODE topic list");
  cluster.raw_answer = std::string("\x00\x00\x00\x02hi", 6);
  require_failure("port_answers_short", cluster, "-b NODE topic list");
  cluster.raw_answer.clear();
  require_failure("port_speaks_plain", cluster, "-b NODE -X security.protocol=ssl topic list");
}

TEST_CASE("a frame beyond the limit is refused before it is read") {
  auto cluster = one_node();
  cluster.raw_answer = std::string("\x06\x40\x00\x01", 4);  // 100 MiB and one byte
  require_failure("frame_too_long", cluster, "-b NODE topic list");
}

TEST_CASE("an answer to another request is not taken for ours") {
  auto cluster = one_node();
  cluster.wrong_correlation = true;
  require_failure("wrong_correlation", cluster, "-b NODE topic list");
}

TEST_CASE("clusters that lack an API are told so") {
  auto cluster = one_node();
  cluster.max_version[ApiKey::kIncrementalAlterConfigs] = -1;
  require_failure("api_missing", cluster, "-b NODE topic alter orders -c a=b");
}

TEST_CASE("the certificate files that cannot be read are named") {
  require_failure("tls_ca_missing", one_node(),
                  "-b NODE -X security.protocol=ssl -X ssl.ca.location=/nonexistent/ca.pem "
                  "topic list");
}

TEST_CASE("TLS needs a certificate that is trusted and names the host") {
  const TlsIdentity identity;
  auto cluster = one_node();
  cluster.tls = &identity;
  const FakeNode node(cluster);
  const auto port = std::to_string(node.port());
  const auto run_with = [&](const std::string& host, const std::string& extra) {
    return run_cli(split_line("-b " + host + ":" + port + " -X security.protocol=ssl topic list " +
                              "-o name " + extra));
  };
  const auto trusted = "-X ssl.ca.location=" + identity.certificate_file();
  REQUIRE(run_with("127.0.0.1", trusted).out == "orders\n");
  if (resolves("localhost")) {
    REQUIRE(run_with("localhost", trusted).out == "orders\n");
  } else {
    WARN("localhost does not resolve here: a certificate by DNS name is not tried");
  }
  const auto other_name = run_with("127.1", trusted);
  REQUIRE(other_name.exit_code == 3);
  REQUIRE(other_name.err.find("its certificate is not accepted") != std::string::npos);
  const auto no_name_check = trusted + " -X ssl.endpoint.identification.algorithm=none";
  REQUIRE(run_with("127.1", no_name_check).exit_code == 0);
  const auto untrusted = run_with("127.0.0.1", "");
  REQUIRE(untrusted.exit_code == 3);
  REQUIRE(untrusted.err.find("self-signed certificate") != std::string::npos);
  REQUIRE(run_with("127.0.0.1", "-X enable.ssl.certificate.verification=false").exit_code == 0);
  const auto plain = run_cli({"-b", node.address(), "topic", "list"});
  REQUIRE(plain.exit_code == 3);
  REQUIRE(plain.err.find("try -X security.protocol=ssl") != std::string::npos);
}

TEST_CASE("versions are negotiated with older clusters") {
  auto cluster = one_node();
  cluster.max_version = {{ApiKey::kApiVersions, 2},
                         {ApiKey::kMetadata, 5},
                         {ApiKey::kCreateTopics, 3},
                         {ApiKey::kDeleteTopics, 2},
                         {ApiKey::kDescribeConfigs, 1}};
  const FakeNode node(cluster);
  REQUIRE(run_cli({"-b", node.address(), "topic", "describe", "orders"}).exit_code == 0);
  REQUIRE(
      run_cli({"-b", node.address(), "topic", "create", "new", "-p", "1", "-r", "1"}).exit_code ==
      0);
  REQUIRE(run_cli({"-b", node.address(), "topic", "delete", "orders", "--yes"}).exit_code == 0);
  std::string all;
  for (const auto& request : node.requests()) all += request + "\n";
  CAPTURE(all);
  REQUIRE(all.find("Metadata v5") != std::string::npos);
  REQUIRE(all.find("CreateTopics v3") != std::string::npos);
  REQUIRE(all.find("DeleteTopics v2") != std::string::npos);
  REQUIRE(all.find("DescribeConfigs v1") != std::string::npos);
}

TEST_CASE("the next bootstrap server is asked when the first is down") {
  const FakeNode node(one_node());
  const auto down = "127.0.0.1:" + std::to_string(closed_port());
  const auto result = run_cli({"-b", down + "," + node.address(), "topic", "list", "-o", "name"});
  REQUIRE(result.exit_code == 0);
  REQUIRE(result.out == "orders\n");
}

TEST_CASE("a question is asked again on another server when the first hangs up") {
  auto broken = one_node();
  broken.hang_up = {ApiKey::kMetadata};
  const FakeNode first(broken);
  const FakeNode second(one_node());
  const auto servers = first.address() + "," + second.address();
  REQUIRE(run_cli({"-b", servers, "topic", "list"}).exit_code == 0);
}

TEST_CASE("a change is repeated when the node was not the controller") {
  auto cluster = one_node();
  cluster.not_controller_once = {"new", "orders"};
  const FakeNode node(cluster);
  const auto run_line = [&](const std::string& line) {
    return run_cli(split_line("-b " + node.address() + " " + line)).exit_code;
  };
  REQUIRE(run_line("topic create new") == 0);
  REQUIRE(run_line("topic alter orders -p 3") == 0);
  const FakeNode second(cluster);
  REQUIRE(run_cli({"-b", second.address(), "topic", "alter", "orders", "-c", "a=b"}).exit_code ==
          0);
  const FakeNode third(cluster);
  REQUIRE(run_cli({"-b", third.address(), "topic", "delete", "orders", "--yes"}).exit_code == 0);
}

TEST_CASE("a change is not repeated for ever") {
  auto cluster = one_node();
  cluster.refused["orders"] = kafka::KafkaError::kNotController;
  const FakeNode node(cluster);
  const auto result =
      run_cli(split_line("-b " + node.address() + " topic delete orders --yes --timeout 2s"));
  REQUIRE(result.exit_code == 1);
  REQUIRE(result.err.find("NOT_CONTROLLER") != std::string::npos);
  std::size_t changes = 0;
  for (const auto& request : node.requests())
    changes += request.starts_with("DeleteTopics") ? 1 : 0;
  REQUIRE(changes > 1);
}

TEST_CASE("a topic that gets no leader in time was still created") {
  auto cluster = one_node();
  cluster.create_without_leaders = true;
  const FakeNode node(cluster);
  const auto result =
      run_cli(split_line("-b " + node.address() + " topic create new --timeout 2s -o json"));
  REQUIRE(result.exit_code == 0);
  REQUIRE(result.out.find("\"leader_id\": null") != std::string::npos);
}

TEST_CASE("the software name of ApiVersions is millrace") {
  const FakeNode node(one_node());
  REQUIRE(run_cli({"-b", node.address(), "topic", "list"}).exit_code == 0);
  REQUIRE(node.requests().front() == "ApiVersions v4");
}

TEST_CASE("a flag beats the environment, which beats the default") {
  const FakeNode node(one_node());
  const auto down = "127.0.0.1:" + std::to_string(closed_port());
  CliSetup setup;
  setup.environment["MILLRACE_BOOTSTRAP_SERVERS"] = node.address();
  REQUIRE(run_cli({"topic", "list"}, setup).exit_code == 0);
  const auto flag = run_cli({"topic", "list", "-b", down}, setup);
  REQUIRE(flag.exit_code == 3);
  REQUIRE(flag.err.find("(from -b)") != std::string::npos);
  setup.environment["MILLRACE_BOOTSTRAP_SERVERS"] = down;
  const auto variable = run_cli({"topic", "list"}, setup);
  REQUIRE(variable.err.find("(from MILLRACE_BOOTSTRAP_SERVERS)") != std::string::npos);
}

}  // namespace millrace::cli::test
