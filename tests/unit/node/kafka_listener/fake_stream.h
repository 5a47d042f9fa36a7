#pragma once

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>

#include "base/bytes.h"
#include "base/check.h"
#include "node/kafka_listener/byte_stream.h"

namespace millrace::node {

/// The client's end of a FakeStream, which the test holds.
struct FakePeer {
  std::string to_node;         // sent by the client, not read yet
  std::string from_node;       // written by the node
  std::size_t room = 1 << 30;  // bytes the node may still write
  bool finished = false;       // the client has shut down its side
  bool reset = false;
  bool node_closed = false;
  bool wants_read = false;
  bool wants_write = false;
  ByteStream::Events* events = nullptr;

  /// Delivers what was waited for, as a loop would.
  void run() {
    while (!node_closed) {
      if (wants_read && (!to_node.empty() || finished || reset)) {
        wants_read = false;
        events->on_readable();
      } else if (wants_write && (room > 0 || reset)) {
        wants_write = false;
        events->on_writable();
      } else {
        return;
      }
    }
  }
};

class FakeStream final : public ByteStream {
 public:
  explicit FakeStream(FakePeer& peer) : peer_(peer) {}
  ~FakeStream() override { FakeStream::close(); }

  void set_events(Events* events) override { peer_.events = events; }

  IoOutcome read(std::span<iovec> into) override {
    CHECK(!peer_.node_closed);
    if (peer_.reset) return {IoOutcome::Kind::kFailed, 0, ECONNRESET};
    std::size_t moved = 0;
    for (auto& each : into) {
      const auto part = std::min(each.iov_len, peer_.to_node.size() - moved);
      std::memcpy(each.iov_base, peer_.to_node.data() + moved, part);
      moved += part;
    }
    peer_.to_node.erase(0, moved);
    if (moved > 0) return {IoOutcome::Kind::kBytes, moved};
    return {peer_.finished ? IoOutcome::Kind::kEnd : IoOutcome::Kind::kWouldBlock};
  }

  IoOutcome write(std::span<const iovec> from) override {
    CHECK(!peer_.node_closed);
    if (peer_.reset) return {IoOutcome::Kind::kFailed, 0, EPIPE};
    if (peer_.room == 0) return {IoOutcome::Kind::kWouldBlock};
    std::size_t moved = 0;
    for (const auto& each : from) {
      const auto part = std::min(each.iov_len, peer_.room);
      peer_.from_node.append(static_cast<const char*>(each.iov_base), part);
      peer_.room -= part;
      moved += part;
    }
    return {IoOutcome::Kind::kBytes, moved};
  }

  void wait_readable() override {
    CHECK(!peer_.wants_read);
    peer_.wants_read = true;
  }
  void wait_writable() override {
    CHECK(!peer_.wants_write);
    peer_.wants_write = true;
  }
  void close() override { peer_.node_closed = true; }

 private:
  FakePeer& peer_;
};

}  // namespace millrace::node
