#pragma once

#include <deque>

#include "node/peer/context.h"

namespace millrace::node {

/// One address that this node dials, again and again, and what waits to leave there.
///
/// Owner: Dialer, shared with its own events. On the loop.
///   waiting -> dialling -> connected -> waiting ...     asleep: nothing to do here
/// A fresh channel for every attempt: the host name is resolved anew, and the back-off is ours.
class Link : public std::enable_shared_from_this<Link> {
 public:
  struct Events {
    /// Both Hellos are said. Whether to keep the stream is the owner's decision: sleep() or
    /// nothing.
    absl::AnyInvocable<void(Link&)> connected;
    absl::AnyInvocable<void(Link&)> disconnected;
  };

  Link(PeerContext& context, Endpoint address, std::optional<NodeId> expected, Events events);

  void dial();
  /// Ends the connection and dials no more until dial().
  void sleep();
  /// For ever: no event comes any more.
  void close();
  /// Who has to answer there. Requires: nobody else was expected before.
  void expect(NodeId node);
  /// Dropped when it finds no room. Requires: connected().
  void send(NodeId to, SharedBytes frame);

  [[nodiscard]] const Endpoint& address() const { return address_; }
  [[nodiscard]] std::optional<NodeId> expected() const { return expected_; }
  [[nodiscard]] bool is_connected() const { return state_ == State::kConnected; }
  [[nodiscard]] bool is_asleep() const { return state_ == State::kAsleep; }
  /// Of the last handshake that succeeded, if there was one.
  [[nodiscard]] const std::optional<PeerIdentity>& remote() const { return remote_; }

 private:
  enum class State { kAsleep, kWaiting, kDialling, kConnected };

  FrameStream::Events stream_events();
  void on_frame(Result<Frame> frame);
  void on_hello(const PeerHello& hello);
  void on_written();
  void give_up(Error why);
  void report(const Error& why);
  void drop_stream();
  void wait_and_dial();
  void write_next();

  PeerContext& context_;
  const Endpoint address_;
  std::optional<NodeId> expected_;
  Events events_;
  State state_ = State::kAsleep;
  LoopTimer timer_;  // of the back-off or of the handshake
  std::shared_ptr<FrameStream> stream_;
  std::optional<PeerIdentity> remote_;
  int failures_ = 0;  // since the last handshake
  std::string reported_;
  std::deque<SharedBytes> queue_;  // without the frame that is being written
  std::size_t queue_bytes_ = 0;
  bool writing_ = false;
  bool closed_ = false;
};

/// Before attempt number `failures` + 1: doubles from kBackOffMin to kBackOffMax, less up to a
/// fifth so that nodes that lost the same one do not come back in step.
Duration back_off(int failures, Random& random);

}  // namespace millrace::node
