#pragma once

#include <absl/functional/any_invocable.h>

#include <map>
#include <optional>
#include <string>

#include "controller/controller.h"
#include "node/metadata/request_router.h"
#include "raft/types.h"

namespace millrace::sim {

/// The metadata of one life of a simulated node: what node/metadata/metadata_host does on a loop,
/// with the real controller and the real router, and without threads, shards and partitions. The
/// world calls the on_ functions in the order in which the real quorum does.
///
/// Owner: the world's node. Ends with its process; whoever waits for an answer then gets none.
class MetadataActor {
 public:
  using Done = node::RequestRouter::Done;
  using Answer = node::RequestRouter::Answer;
  struct Exits {
    /// Appends as the leader.
    absl::AnyInvocable<Result<Offset>(SharedBytes)> propose;
    /// To the node that leads.
    absl::AnyInvocable<void(NodeId, SharedBytes, Duration, Answer)> ask;
    /// The time that this node believes in.
    absl::AnyInvocable<MonotonicTime()> now;
  };

  MetadataActor(NodeId id, controller::ImagePtr image, Random random, Exits exits);

  /// `done` comes when the image here contains what was done.
  void submit(controller::Command command, Done done);
  /// Asked by another node.
  void on_request(const SharedBytes& request, Answer answer) {
    router_.on_request(request, std::move(answer));
  }
  void tick();

  // From the quorum.
  void on_committed(const raft::Entry& entry);
  void on_installed(controller::ImagePtr image);
  void on_leads();
  void on_resigned();
  void on_leader(std::optional<NodeId> leader);
  /// The quorum appended a change of the voters.
  void on_other_entry() { controller_.on_other_entry(); }
  /// After all entries that came at once: answers that waited for this image leave.
  void send_due();

  [[nodiscard]] bool is_active() const { return controller_.is_active(); }
  [[nodiscard]] const controller::ImagePtr& image() const { return controller_.committed(); }
  [[nodiscard]] std::string describe() const { return controller_.describe(); }

 private:
  struct WaitingReply {
    controller::CommandResult result;
    Done send;
  };

  void run_here(const controller::Command& command, Done done);
  void carry_out(controller::Controller::Output output);
  void append(const controller::MetadataTransaction& records);
  void answer(std::vector<controller::Controller::Reply> replies);

  const NodeId id_;
  controller::Controller controller_;
  Exits exits_;
  node::RequestRouter router_;
  std::optional<NodeId> leader_;
  std::uint64_t last_token_ = 0;
  std::vector<controller::Controller::Reply> ready_;     // leave with send_due()
  std::map<std::uint64_t, Done> asked_;                  // the controller, by token
  std::multimap<Offset, WaitingReply> until_committed_;  // by the end that they wait for
};

}  // namespace millrace::sim
