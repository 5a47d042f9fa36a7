#include "node/kafka_listener/reply_queue.h"

#include "tests/support/catch.h"

namespace millrace::node {
namespace {

broker::Reply text_reply(std::string_view text) {
  return {.frame = BytesChain(SharedBytes::copy_of(as_bytes(text)))};
}

/// What a socket would have got that takes `chunk` bytes at a time.
std::string drain(ReplyQueue& queue, std::size_t chunk) {
  std::string sent;
  while (queue.has_output()) {
    std::array<iovec, 4> into;
    const auto used = queue.gather(into);
    std::size_t taken = 0;
    for (std::size_t i = 0; i < used && taken < chunk; ++i) {
      const auto part = std::min(into[i].iov_len, chunk - taken);
      sent.append(static_cast<const char*>(into[i].iov_base), part);
      taken += part;
    }
    queue.written(taken);
  }
  return sent;
}

}  // namespace

TEST_CASE("replies leave in the order of their requests") {
  for (const std::size_t chunk : {1u, 2u, 3u, 5u, 1000u}) {
    ReplyQueue queue;
    const auto a = queue.open(10);
    const auto b = queue.open(20);
    const auto c = queue.open(30);
    REQUIRE(queue.request_bytes() == 60);
    queue.fill(c, text_reply("third"));
    queue.fill(b, {.kind = broker::Reply::Kind::kNone});
    REQUIRE_FALSE(queue.has_output());
    REQUIRE(queue.in_flight() == 3);
    auto first = text_reply("fir");
    first.frame.append(SharedBytes::copy_of(as_bytes("st")));
    queue.fill(a, std::move(first));
    using namespace std::string_literals;
    REQUIRE(drain(queue, chunk) == "\0\0\0\5first\0\0\0\5third"s);
    REQUIRE(queue.in_flight() == 0);
    REQUIRE(queue.request_bytes() == 0);
    REQUIRE(queue.unwritten_bytes() == 0);
    REQUIRE(queue.open(1) == 3);
  }
}

TEST_CASE("a request is in flight until the last byte of its reply is written") {
  ReplyQueue queue;
  queue.fill(queue.open(1), text_reply("abc"));
  queue.written(6);
  REQUIRE(queue.in_flight() == 1);
  queue.written(1);
  REQUIRE(queue.in_flight() == 0);
}

TEST_CASE("a request without a reply frees its place at once when it is first") {
  ReplyQueue queue;
  queue.fill(queue.open(1), {.kind = broker::Reply::Kind::kNone});
  REQUIRE(queue.in_flight() == 0);
}

}  // namespace millrace::node
