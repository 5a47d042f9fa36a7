#pragma once

#include <vector>

#include "broker/handlers/call.h"
#include "broker/messages.h"

namespace millrace::broker {

class Desk;

/// A request that was begun and waits for events: a small state machine. Owned by the Desk under a
/// token, which is also what it asks others with. Every function returns true when the request was
/// answered and the object can go.
class Running {
 public:
  explicit Running(Call call) : call_(std::move(call)) {}
  virtual ~Running() = default;
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  // Answers that nobody waits for any more are dropped: a watch may fire while it is cancelled.
  virtual bool on(Desk& /*desk*/, AppendAnswer& /*answer*/) { return false; }
  virtual bool on(Desk& /*desk*/, FetchAnswer& /*answer*/) { return false; }
  virtual bool on(Desk& /*desk*/, WatchFired& /*answer*/) { return false; }
  virtual bool on(Desk& /*desk*/, OffsetAnswer& /*answer*/) { return false; }
  virtual bool on(Desk& /*desk*/, EpochAnswer& /*answer*/) { return false; }
  virtual bool on(Desk& /*desk*/, DeleteRecordsAnswer& /*answer*/) { return false; }
  virtual bool on(Desk& /*desk*/, SizeAnswer& /*answer*/) { return false; }
  virtual bool on(Desk& /*desk*/, CommandDone& /*answer*/) { return false; }
  /// A newer image is there; only for those that asked Desk::await_metadata.
  virtual bool on_metadata(Desk& /*desk*/) { return false; }
  virtual bool on_deadline(Desk& /*desk*/) { return false; }
  /// The connection is gone; what it asked others for must be called off.
  virtual void on_abandoned(Desk& /*desk*/) {}

  [[nodiscard]] const Call& call() const { return call_; }

 protected:
  Call call_;
};

/// A request that asked several partitions, each in a slot, and is answered when all have answered.
template <class Answer>
class Gathering : public Running {
 public:
  using Running::on;

  Gathering(Call call, std::size_t slots) : Running(std::move(call)), answers_(slots) {}

  /// One more answer will come.
  void expect() { ++outstanding_; }
  [[nodiscard]] bool is_complete() const { return outstanding_ == 0; }

  bool on(Desk& desk, Answer& answer) override {
    CHECK(outstanding_ > 0 && answer.slot < answers_.size());
    const std::size_t slot = answer.slot;
    answers_[slot] = std::move(answer);
    if (--outstanding_ > 0) return false;
    finish(desk);
    return true;
  }

  /// Answers the request from `answers_`.
  virtual void finish(Desk& desk) = 0;

 protected:
  /// By slot; those that nobody was asked for are set by the handler.
  std::vector<Answer> answers_;

 private:
  std::size_t outstanding_ = 0;
};

}  // namespace millrace::broker
