#pragma once

#include <array>
#include <deque>
#include <functional>

#include "broker/messages.h"

namespace millrace::broker {

/// How far the log and its replicas have come, for the question who may be answered.
struct AckProgress {
  Offset written_end;
  Offset durable_end;  // or written, with durability=memory
  Offset high_watermark;
};

/// Appends of one partition that are stored and wait for their acks. Owned by the Partition.
/// Each is answered exactly once.
class ProduceWaiters {
 public:
  using Answer = std::function<void(ShardIndex, AppendAnswer)>;

  struct Waiter {
    Asker asker;
    AppendAnswer answer;  // what it gets when all is well
    Offset end_offset;    // after its last record
    std::int16_t acks = -1;
    MonotonicTime deadline;
  };

  void add(Waiter waiter);
  [[nodiscard]] bool empty() const { return size() == 0; }
  [[nodiscard]] std::size_t size() const;

  /// Answers whoever has what it waits for.
  void complete(const AckProgress& progress, Offset log_start, const Answer& answer);
  /// Those that reach to or beyond `from` get the error.
  void fail_from(Offset from, const Error& error, const Answer& answer);
  void fail_all(const Error& error, const Answer& answer) { fail_from(kNoOffset, error, answer); }
  /// Those that wait for all in-sync replicas get the error.
  void fail_replicated(const Error& error, const Answer& answer);
  void expire(MonotonicTime now, const Answer& answer);

 private:
  using Queue = std::deque<Waiter>;  // in order of end offsets

  [[nodiscard]] Queue& queue(std::int16_t acks) { return queues_[acks == -1 ? 2 : acks]; }
  static void answer_front(Queue& queue, const Answer& answer);
  /// Takes out those for which `take` says so, and gives them the error.
  static void fail_if(Queue& queue, const std::function<bool(const Waiter&)>& take,
                      const Error& error, const Answer& answer);

  std::array<Queue, 3> queues_;  // by acks: 0, 1, all
};

}  // namespace millrace::broker
