#include "node/metadata/request_router.h"

#include <algorithm>

#include "controller/metadata/command_codec.h"

namespace millrace::node {
namespace {

controller::CommandResult failure(ErrorCode code, std::string message) {
  controller::CommandResult result;
  result.error = Error{code, std::move(message)};
  return result;
}

controller::CommandResult nobody_leads() {
  return failure(ErrorCode::kNotController,
                 "no node leads the metadata quorum; nothing was done: look at millrace quorum "
                 "describe, and try again");
}

/// The node did nothing: it does not lead any more, or not yet.
bool is_refusal(const controller::CommandResult& result) {
  return result.error && result.error->code == ErrorCode::kNotController;
}

}  // namespace

void RequestRouter::submit(controller::Request request, Done done, MonotonicTime now) {
  wait({std::move(request), std::move(done), now + kLeaderPatience});
  send_waiting();
}

void RequestRouter::on_request(const SharedBytes& bytes, Answer answer) {
  auto request = controller::decode_request(bytes.view());
  if (!request) return std::move(answer)(fail(request.error()));
  auto done = [answer = std::move(answer)](controller::CommandResult result) mutable {
    std::move(answer)(controller::encode(result));
  };
  if (active_here_) return exits_.run_here(std::move(*request), std::move(done));
  done(nobody_leads());
}

void RequestRouter::on_leader(std::optional<NodeId> leader, bool active_here) {
  leader_ = leader;
  active_here_ = active_here;
  send_waiting();
}

/// First those whose time is over: what is sent may come back refused, again and again.
void RequestRouter::tick(MonotonicTime now) {
  while (!waiting_.empty() && waiting_.front().deadline <= now) {
    auto late = std::move(waiting_.front());
    waiting_.pop_front();
    std::move(late.done)(nobody_leads());
  }
  send_waiting();
}

/// Kept in order of their deadlines.
void RequestRouter::wait(Waiting waiting) {
  if (waiting_.size() >= kWaitingRequestsMax) {
    return std::move(waiting.done)(failure(
        ErrorCode::kLimitReached, "too many requests wait for the metadata quorum; try again"));
  }
  const auto place = std::upper_bound(
      waiting_.begin(), waiting_.end(), waiting.deadline,
      [](MonotonicTime deadline, const Waiting& other) { return deadline < other.deadline; });
  waiting_.insert(place, std::move(waiting));
}

/// What is refused on the way waits for the next turn.
void RequestRouter::send_waiting() {
  if (!active_here_ && !leader_) return;
  for (auto& each : std::exchange(waiting_, {})) {
    if (active_here_) {
      exits_.run_here(std::move(each.request), std::move(each.done));
    } else {
      forward(std::move(each));
    }
  }
}

void RequestRouter::forward(Waiting waiting) {
  auto bytes = controller::encode(waiting.request);
  exits_.ask(*leader_, std::move(bytes), kForwardTimeout,
             [this, waiting = std::move(waiting)](Result<SharedBytes> answer) mutable {
               take_answer(std::move(waiting), std::move(answer));
             });
}

void RequestRouter::take_answer(Waiting waiting, Result<SharedBytes> answer) {
  if (!answer && answer.error().code == ErrorCode::kWouldBlock) return wait(std::move(waiting));
  if (!answer) {
    const bool unknown = answer.error().code == ErrorCode::kReplicaNotAvailable;
    return std::move(waiting.done)(failure(unknown ? ErrorCode::kTimedOut : answer.error().code,
                                           "the node that leads the quorum did not answer (" +
                                               answer.error().message +
                                               "): the change may or may not have happened"));
  }
  auto result = controller::decode_result(answer->view());
  if (!result) return std::move(waiting.done)(failure(result.error().code, result.error().message));
  if (is_refusal(*result)) return wait(std::move(waiting));
  std::move(waiting.done)(std::move(*result));
}

}  // namespace millrace::node
