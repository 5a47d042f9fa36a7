#pragma once

#include <memory>

#include "broker/handlers/desk.h"
#include "broker/handlers/error_map.h"

namespace millrace::broker {

/// A request that is one command to the controller or the quorum: waits for its result, then until
/// this shard has seen what it did, so that the client's next request finds it. Where nothing was
/// done there is no image to wait for.
class Commanding : public Running {
 public:
  using Running::on;

  explicit Commanding(Call call) : Running(std::move(call)) {}

  bool on(Desk& desk, CommandDone& done) final {
    result_ = std::move(done.result);
    if (try_finish(desk)) return true;
    return false;
  }
  bool on_metadata(Desk& desk) final { return result_ != nullptr && try_finish(desk); }
  bool on_deadline(Desk& desk) final {
    controller::CommandResult late;
    late.error =
        Error{ErrorCode::kTimedOut, "not done within the request's timeout; it may still happen"};
    finish(desk, late);
    return true;
  }

  /// Answers the request. With `result.error` nothing is known of the single items.
  virtual void finish(Desk& desk, const controller::CommandResult& result) = 0;

 private:
  bool try_finish(Desk& desk) {
    const Offset end = result_->metadata_end;
    if (end != kNoOffset && desk.metadata().image().end_offset() < end) return false;
    finish(desk, *result_);
    return true;
  }

  std::shared_ptr<const controller::CommandResult> result_;
};

/// The error of one item of a command, or nothing.
inline const Error* error_of(const controller::CommandResult& result, std::size_t item) {
  if (result.error) return &*result.error;
  CHECK(item < result.items.size());
  return result.items[item].error ? &*result.items[item].error : nullptr;
}

/// Submits a command and keeps the request until it is done, or its timeout has passed.
inline void submit_and_keep(Desk& desk, std::unique_ptr<Commanding> running,
                            controller::Request command, std::int32_t timeout_ms) {
  const Token token = desk.next_token();
  const auto patience =
      std::min<Duration>(std::chrono::milliseconds(std::max(0, timeout_ms)), kCommandWaitMax);
  desk.submit(token, std::move(command));
  desk.keep(token, std::move(running), desk.now().mono + patience);
  desk.await_metadata(token);
}

/// For requests that bring no timeout of their own.
inline constexpr std::int32_t kCommandTimeoutMs = 30'000;

}  // namespace millrace::broker
