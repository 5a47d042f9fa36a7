#pragma once

#include <absl/functional/any_invocable.h>

#include <memory>
#include <optional>
#include <vector>

#include "base/random.h"
#include "node/assembly/readiness.h"
#include "node/assembly/stop_signal.h"
#include "node/config/node_config.h"
#include "node/metadata/broker_session.h"
#include "node/metadata/metadata_host.h"
#include "node/peer/peers.h"
#include "node/quorum/quorum_host.h"

namespace millrace::node {

/// This node's place in the cluster: its replica of the metadata log, its controller, its
/// connections to other nodes and its life as a broker, all on the metadata loop, put together.
///
/// Owner: the assembly. Its functions are for main's thread, but where they say so.
class ClusterMember {
 public:
  struct Options {
    NodeId node_id;
    Uuid cluster_id;
    DirectoryId directory_id;
    IncarnationId incarnation;
    std::string rack;
    QuorumConfig quorum;
    std::vector<controller::Endpoint> advertised;  // to clients
    const Settings* settings = nullptr;            // outlives the member
    std::uint64_t seed = 0;
  };

  /// Opens the metadata log in the locked directory. Errors: those of QuorumStore::open, and
  /// kInvalidArgument when it is that of another cluster.
  static Result<std::unique_ptr<ClusterMember>> open(storage::FileSystem& files,
                                                     const std::string& log_dir, Loop& loop,
                                                     const Clock& clock, Readiness& readiness,
                                                     StopSignal& stop, Options options);
  ~ClusterMember();

  /// Metadata offset up to which the log goes on this disk.
  [[nodiscard]] Offset log_end() const { return log_end_; }

  /// Begins to take part. Requires: the loop has begun. Errors: of the listener for other nodes.
  Status start();
  /// Registers this process as the broker; waits until the cluster lets it, however long. The
  /// result is the image that partitions are to be recovered by. Errors: kShuttingDown, and what
  /// the controller said when it is final.
  Result<controller::ImagePtr> join();
  /// The image of join() has been given to the shards.
  void start_publishing(MetadataHost::PublishExits exits);
  /// Waits until this broker may lead partitions. Errors: kShuttingDown.
  Status serve();
  /// Moves leaderships away, of partitions and of the quorum, as far as others can take them, for a
  /// bounded time.
  void leave();
  /// No connection is used from now on. Requires: the loop runs.
  void stop_peers();
  /// No disk is used from now on. Requires: the loop has ended, or never begun.
  void stop_disk() { quorum_.stop_disk(); }

  /// Any thread.
  void submit(broker::ShardIndex shard, std::uint64_t token, controller::Request request) {
    metadata_.submit(shard, token, std::move(request));
  }

  /// Any thread, after start(). Nothing without a listener for other nodes.
  [[nodiscard]] std::optional<PeerSample> peer_sample() const;

  // On the loop.
  [[nodiscard]] ControllerSample sample() const { return metadata_.sample(); }
  [[nodiscard]] QuorumSample quorum_sample() const { return quorum_.sample(); }
  [[nodiscard]] std::string describe() const;

 private:
  ClusterMember(Loop& loop, const Clock& clock, Readiness& readiness, StopSignal& stop,
                Options options, std::unique_ptr<QuorumStore> store);

  [[nodiscard]] bool has_peers() const { return peers_ != nullptr && !peers_stopped_; }
  Status run_on_loop(absl::AnyInvocable<Status() &&> work);
  bool is_alone();
  Status start_peers();
  void start_quorum();
  Peers::Handlers peer_handlers();
  Status admit(const PeerIdentity& peer);
  void on_lost(const PeerIdentity& peer);
  void look_for(const PeerIdentity& peer);
  void on_image(const controller::ImagePtr& image);
  void on_failed(const Error& error);
  void tick();
  void maybe_ask_for_vote();

  Result<controller::CommandResult> ask(const controller::Command& command);
  Result<controller::CommandResult> ask_until_done(const controller::Command& command,
                                                   const std::string& what);
  Result<controller::CommandResult> register_broker();
  void begin_session(BrokerEpoch epoch);
  Status wait_for(const Event& event);
  bool wait_to_leave();
  [[nodiscard]] controller::RegisterBroker registration() const;
  [[nodiscard]] std::uint16_t advertised_port() const;

  struct Timer;

  Loop& loop_;
  const Clock& clock_;
  Readiness& readiness_;
  StopSignal& stop_;
  const Options options_;
  const Offset log_end_;
  QuorumHost quorum_;
  MetadataHost metadata_;
  std::unique_ptr<Peers> peers_;  // null: a cluster of its own
  std::unique_ptr<BrokerSession> session_;
  std::unique_ptr<Timer> timer_;
  std::map<NodeId, PeerIdentity> lost_;               // and not heard of again
  std::map<NodeId, controller::Endpoint> addresses_;  // given to peers_, from the metadata
  MonotonicTime next_vote_request_;
  Event unfenced_;
  Event may_stop_;
  bool started_ = false;
  bool peers_stopped_ = false;  // on the loop
};

}  // namespace millrace::node
