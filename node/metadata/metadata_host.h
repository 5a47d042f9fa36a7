#pragma once

#include <absl/functional/any_invocable.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "broker/messages.h"
#include "controller/controller.h"
#include "node/http/node_metrics.h"
#include "node/loops/loop.h"
#include "node/metadata/image_queue.h"
#include "node/metadata/quorum_port.h"
#include "node/metadata/request_router.h"
#include "node/partitions/partition_store.h"
#include "raft/types.h"

namespace millrace::node {

/// The metadata of the cluster on this node: committed entries become images, images go out to the
/// shards, and requests go to the node that leads, which may be this one. An answer to a shard
/// leaves when the image that contains what it speaks of has been published here, so whoever gets
/// it finds it.
///
/// Owner: the assembly. Lives on the metadata loop, except submit(). The quorum calls the on_
/// functions, in its order.
class MetadataHost {
 public:
  using Created = absl::AnyInvocable<void(LogsByShard) &&>;
  using Done = RequestRouter::Done;
  /// The ways out, called on the loop; they must not wait.
  struct Exits {
    /// To the node that leads.
    absl::AnyInvocable<void(NodeId, SharedBytes, Duration, RequestRouter::Answer)> ask;
    /// A newer image is committed here.
    absl::AnyInvocable<void(const controller::ImagePtr&)> image;
    /// An entry that this release does not understand: the node must not go on.
    absl::AnyInvocable<void(Error)> failed;
  };
  /// The ways out to partitions and clients, once there are some.
  struct PublishExits {
    /// Makes the partitions of `image` created at `from` or later, then runs `done` on the loop.
    absl::AnyInvocable<void(controller::ImagePtr image, Offset from, Created done)> create;
    /// Gives the image to every shard, each with its new logs.
    absl::AnyInvocable<void(controller::ImagePtr image, LogsByShard logs)> publish;
    absl::AnyInvocable<void(broker::ShardIndex, broker::CommandDone)> reply;
  };

  MetadataHost(Loop& loop, const Clock& clock, NodeId node_id, QuorumPort& quorum,
               controller::Controller controller, Exits exits);
  ~MetadataHost();

  /// Begins to let time pass.
  void start();
  /// The image that partitions are recovered by, and the first that shards get. Those after it are
  /// kept until start_publishing().
  controller::ImagePtr hold();
  /// The held image has been given to the shards; from now on the newer ones follow.
  void start_publishing(PublishExits exits);

  /// When all that is committed here so far has been given to the shards.
  void when_published(Task done);

  /// Any thread.
  void submit(broker::ShardIndex shard, std::uint64_t token, controller::Request request);
  /// For this node itself: `done` comes when the image here contains what was done.
  void submit(controller::Request request, Done done);
  /// Asked by another node.
  void on_request(const SharedBytes& request, RequestRouter::Answer answer) {
    router_.on_request(request, std::move(answer));
  }

  // From the quorum.
  void on_committed(const std::vector<raft::Entry>& entries);
  void on_installed(controller::ImagePtr image);
  void on_leads(raft::Term term);
  void on_resigned();
  void on_leader(std::optional<NodeId> leader);

  [[nodiscard]] bool is_active() const { return controller_.is_active(); }
  [[nodiscard]] const controller::ImagePtr& image() const { return controller_.committed(); }
  [[nodiscard]] ControllerSample sample() const;
  [[nodiscard]] std::string describe() const;

 private:
  struct Timer;
  struct WaitingReply {
    controller::CommandResult result;
    absl::AnyInvocable<void(controller::CommandResult) &&> send;
  };
  /// By the end of the image that they wait for.
  using WaitingReplies = std::multimap<Offset, WaitingReply>;

  void tick();
  void run_here(controller::Request request, Done done);
  void run(const controller::Command& command, Done done);
  void run(const controller::QuorumCommand& command, Done done);
  void run_one(const controller::DescribeQuorum&, Done done);
  void run_one(const controller::AddVoter& command, Done done);
  void run_one(const controller::RemoveVoter& command, Done done);
  void run_one(const controller::TransferLeadership& command, Done done);
  [[nodiscard]] std::vector<NodeId> voter_ids() const;
  void follow_change(Result<Offset> offset, bool when_committed, Done done);
  void carry_out(controller::Controller::Output output);
  void append(const controller::MetadataTransaction& records);
  void answer(std::vector<controller::Controller::Reply> replies);
  void confirm(Offset offset);
  void apply(const raft::Entry& entry);
  void queue_image(const std::vector<std::string>& created);
  void tell_image();
  void send_due(WaitingReplies& waiting, Offset end);
  void publish_next();
  void publish(const controller::ImagePtr& image, LogsByShard logs);

  Loop& loop_;
  const Clock& clock_;
  const NodeId node_id_;
  QuorumPort& quorum_;
  controller::Controller controller_;
  Exits exits_;
  RequestRouter router_;
  std::unique_ptr<Timer> timer_;
  std::optional<NodeId> leader_;
  bool failed_ = false;

  std::uint64_t last_token_ = 0;
  std::map<std::uint64_t, Done> asked_;  // the controller, by token
  WaitingReplies until_committed_;       // of this node itself
  WaitingReplies until_published_;       // of shards

  std::map<Offset, std::vector<std::string>> created_;  // topics, by entries appended here
  std::optional<PublishExits> publishing_exits_;
  std::optional<ImageQueue> queue_;  // since hold()
  controller::ImagePtr published_;   // null before hold()
  bool publishing_ = false;
};

}  // namespace millrace::node
