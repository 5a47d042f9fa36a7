#pragma once

#include <absl/functional/any_invocable.h>

#include <deque>
#include <map>
#include <memory>

#include "broker/messages.h"
#include "controller/controller.h"
#include "node/http/node_metrics.h"
#include "node/loops/loop.h"
#include "node/metadata_log/metadata_log.h"
#include "node/partitions/partition_store.h"

namespace millrace::node {

/// Runs the controller on the metadata loop: commands in, committed entries to the metadata log,
/// images out to the shards. An answer leaves when the image that contains what it speaks of has
/// been published, so whoever gets it finds it.
///
/// Owner: the assembly. Lives on its loop, except submit(). Before the loop runs, run_now() may be
/// used.
class MetadataHost {
 public:
  using Created = absl::AnyInvocable<void(LogsByShard) &&>;
  /// The ways out, called on the loop; they must not wait.
  struct Exits {
    /// Makes the partitions of `image` created at `from` or later, then runs `done` on the loop.
    absl::AnyInvocable<void(controller::ImagePtr image, Offset from, Created done)> create;
    /// Gives the image to every shard, each with its new logs.
    absl::AnyInvocable<void(controller::ImagePtr image, LogsByShard logs)> publish;
    absl::AnyInvocable<void(broker::ShardIndex, broker::CommandDone)> reply;
  };

  MetadataHost(Loop& loop, const Clock& clock, NodeId node_id, std::unique_ptr<MetadataLog> log,
               controller::Controller controller);

  /// Carries out one command at once. Only before start(). Errors: the command's, or the log's.
  Result<controller::CommandResult> run_now(const controller::Command& command);
  [[nodiscard]] const controller::ImagePtr& image() const { return controller_.committed(); }

  /// The image so far has been published by the caller.
  void start(Exits exits);
  /// Any thread.
  void submit(broker::ShardIndex shard, std::uint64_t token, controller::Request request);

  /// On the loop.
  [[nodiscard]] ControllerSample sample() const;
  [[nodiscard]] std::string describe() const;

 private:
  struct Asker {
    broker::ShardIndex shard;
    std::uint64_t token;
  };

  void run(Asker asker, const controller::Command& command);
  /// What the log says to a step; the replies that are due.
  std::vector<controller::Controller::Reply> commit(controller::Controller::Output output);
  void take_replies(std::vector<controller::Controller::Reply> replies);
  void send_published_replies();
  void publish_next();
  void take_snapshot();
  controller::ImagePtr take_publishable();
  void publish(const controller::ImagePtr& image, LogsByShard logs);

  Loop& loop_;
  const Clock& clock_;
  const NodeId node_id_;
  const std::unique_ptr<MetadataLog> log_;
  controller::Controller controller_;
  Exits exits_;
  std::uint64_t last_token_ = 0;
  std::map<std::uint64_t, Asker> askers_;
  std::deque<controller::Controller::Reply> waiting_;  // until their image is out
  std::deque<controller::ImagePtr> queue_;             // committed, not published
  controller::ImagePtr published_;
  bool publishing_ = false;
};

}  // namespace millrace::node
