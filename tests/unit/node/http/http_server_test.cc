#include "node/http/http_server.h"

#include "tests/support/catch.h"
#include "tests/unit/node/net_client.h"

namespace millrace::node {
namespace {

struct Bench {
  Bench() {
    auto socket = ListeningSocket::open({"127.0.0.1", 0});
    REQUIRE_OK(socket);
    REQUIRE_OK(socket->listen());
    port = socket->local().port;
    server = std::make_unique<HttpServer>(
        loop, std::move(*socket), [](const std::string& path, HttpServer::Respond respond) {
          if (path == "/silent") return;
          std::move(respond)({path == "/missing" ? 404 : 200, "text/plain", "path " + path});
        });
    loop.start();
    server->start();
  }
  ~Bench() { loop.stop(); }

  [[nodiscard]] std::string ask(std::string_view request) const {
    const NetClient client(port);
    client.send(request);
    return client.receive(100'000);
  }

  Loop loop{"http"};
  std::unique_ptr<HttpServer> server;
  std::uint16_t port = 0;
};

bool has(const std::string& text, std::string_view part) {
  INFO(text);
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("the server answers GET and HEAD, and nothing else") {
  const Bench bench;
  const auto got = bench.ask("GET /metrics?x=1 HTTP/1.1\r\nConnection: close\r\n\r\n");
  REQUIRE(has(got, "HTTP/1.1 200 OK"));
  REQUIRE(has(got, "\r\n\r\npath /metrics"));
  const auto head = bench.ask("HEAD /metrics HTTP/1.1\r\nConnection: close\r\n\r\n");
  REQUIRE(has(head, "Content-Length: 13"));
  REQUIRE_FALSE(has(head, "path /metrics"));
  REQUIRE(has(bench.ask("GET /missing HTTP/1.0\r\n\r\n"), "404 Not Found"));
  REQUIRE(has(bench.ask("DELETE /x HTTP/1.0\r\n\r\n"), "405 Method Not Allowed"));
  REQUIRE(has(bench.ask("POST /x HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello"), "413"));
}

TEST_CASE("a connection serves several requests") {
  const Bench bench;
  const NetClient client(bench.port);
  for (int i = 0; i < 3; ++i) {
    client.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
    std::string got;
    while (got.find("path /a") == std::string::npos) {
      const auto byte = client.receive(1);
      REQUIRE_FALSE(byte.empty());
      got += byte;
    }
  }
}

TEST_CASE("what is not HTTP or too large ends the connection") {
  const Bench bench;
  REQUIRE_FALSE(has(bench.ask("\x16\x03\x01 garbage\r\n\r\n"), "200"));
  REQUIRE(has(bench.ask("GET /" + std::string(20'000, 'a')), "431"));
  REQUIRE(bench.ask("GET /silent HTTP/1.1\r\n\r\n").empty());
}

TEST_CASE("above the limit of connections the next one is closed") {
  const Bench bench;
  std::vector<std::unique_ptr<NetClient>> clients;
  for (std::size_t i = 0; i < HttpServer::kConnectionsMax; ++i) {
    clients.push_back(std::make_unique<NetClient>(bench.port));
    clients.back()->send("GET / HTTP/1.1\r\n\r\n");
    REQUIRE_FALSE(clients.back()->receive(1).empty());
  }
  REQUIRE(NetClient(bench.port).receive(1).empty());
  clients.pop_back();
  while (bench.ask("GET / HTTP/1.0\r\n\r\n").empty()) {
  }
}

}  // namespace millrace::node
