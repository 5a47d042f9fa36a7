#include "broker/partition/produce_waiters.h"

#include <algorithm>

namespace millrace::broker {

void ProduceWaiters::add(Waiter waiter) {
  CHECK(waiter.acks >= -1 && waiter.acks <= 1);
  // Only a duplicate of an earlier append is not the last in line.
  Queue& line = queue(waiter.acks);
  const auto place =
      std::upper_bound(line.begin(), line.end(), waiter.end_offset,
                       [](Offset end, const Waiter& other) { return end < other.end_offset; });
  line.insert(place, std::move(waiter));
}

std::size_t ProduceWaiters::size() const {
  return queues_[0].size() + queues_[1].size() + queues_[2].size();
}

void ProduceWaiters::answer_front(Queue& queue, const Answer& answer) {
  Waiter waiter = std::move(queue.front());
  queue.pop_front();
  answer(waiter.asker.shard, std::move(waiter.answer));
}

void ProduceWaiters::complete(const AckProgress& progress, Offset log_start, const Answer& answer) {
  const std::array reached{progress.written_end, progress.durable_end, progress.high_watermark};
  for (std::size_t kind = 0; kind < queues_.size(); ++kind) {
    Queue& line = queues_[kind];
    while (!line.empty() && line.front().end_offset <= reached[kind]) {
      line.front().answer.log_start = log_start;
      answer_front(line, answer);
    }
  }
}

void ProduceWaiters::fail_if(Queue& queue, const std::function<bool(const Waiter&)>& take,
                             const Error& error, const Answer& answer) {
  Queue all = std::exchange(queue, {});
  for (Waiter& waiter : all) {
    if (!take(waiter)) {
      queue.push_back(std::move(waiter));
      continue;
    }
    waiter.answer.error = error;
    answer(waiter.asker.shard, std::move(waiter.answer));
  }
}

void ProduceWaiters::fail_from(Offset from, const Error& error, const Answer& answer) {
  for (Queue& line : queues_) {
    fail_if(line, [&](const Waiter& waiter) { return waiter.end_offset > from; }, error, answer);
  }
}

void ProduceWaiters::fail_replicated(const Error& error, const Answer& answer) {
  fail_if(queue(-1), [](const Waiter&) { return true; }, error, answer);
}

void ProduceWaiters::expire(MonotonicTime now, const Answer& answer) {
  const Error error{ErrorCode::kTimedOut,
                    "the records are stored but were not acknowledged within the timeout"};
  for (Queue& line : queues_) {
    fail_if(line, [&](const Waiter& waiter) { return waiter.deadline <= now; }, error, answer);
  }
}

}  // namespace millrace::broker
