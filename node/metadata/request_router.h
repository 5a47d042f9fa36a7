#pragma once

#include <absl/functional/any_invocable.h>

#include <deque>
#include <optional>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "controller/metadata/command.h"

namespace millrace::node {

/// Requests of one node that wait for a leader; one more is refused.
inline constexpr std::size_t kWaitingRequestsMax = 1'000;
/// How long a request waits for one.
inline constexpr Duration kLeaderPatience = std::chrono::seconds(8);
/// How long the leader's node may take for a request.
inline constexpr Duration kForwardTimeout = std::chrono::seconds(30);

/// Brings each request to the node that leads the quorum, and its result back. While nobody leads,
/// requests wait. A request goes to another node again only when the first one said that it did
/// nothing; where that is not known, the result says so. What comes from another node is carried
/// out here or refused, never passed on: no request goes in circles.
///
/// Owned by the metadata host; lives on its loop.
class RequestRouter {
 public:
  using Done = absl::AnyInvocable<void(controller::CommandResult) &&>;
  using Answer = absl::AnyInvocable<void(Result<SharedBytes>) &&>;
  struct Exits {
    /// Only while this node's controller is active.
    absl::AnyInvocable<void(controller::Request, Done)> run_here;
    /// Errors: kWouldBlock (nothing was done); kTimedOut, kReplicaNotAvailable (not known what
    /// became of it); kUnsupportedVersion.
    absl::AnyInvocable<void(NodeId, SharedBytes, Duration, Answer)> ask;
  };

  explicit RequestRouter(Exits exits) : exits_(std::move(exits)) {}

  void submit(controller::Request request, Done done, MonotonicTime now);
  /// Asked by another node.
  void on_request(const SharedBytes& bytes, Answer answer);

  /// Who leads, as far as is known; `active_here`: this node does, and takes requests.
  void on_leader(std::optional<NodeId> leader, bool active_here);
  /// Sends what waits, gives up on what waited too long; at least every 100 ms.
  void tick(MonotonicTime now);

  [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }

 private:
  struct Waiting {
    controller::Request request;
    Done done;
    MonotonicTime deadline;
  };

  void send_waiting();
  void forward(Waiting waiting);
  void take_answer(Waiting waiting, Result<SharedBytes> answer);
  void wait(Waiting waiting);

  Exits exits_;
  std::optional<NodeId> leader_;
  bool active_here_ = false;
  std::deque<Waiting> waiting_;
};

}  // namespace millrace::node
