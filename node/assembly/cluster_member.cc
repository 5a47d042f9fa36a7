#include "node/assembly/cluster_member.h"

#include <fmt/format.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <future>

#include "base/check.h"
#include "controller/metadata/codec.h"
#include "node/log/log.h"
#include "node/metadata_log/recorded_cluster.h"

namespace millrace::node {
namespace {

constexpr auto kTickInterval = std::chrono::milliseconds(50);
/// Between two attempts to do what the cluster could not do now.
constexpr auto kRetryPause = std::chrono::milliseconds(200);
/// How long the place of a process before this one may stay taken: twice a session and a little
/// more.
constexpr auto kTakeOverTime = std::chrono::seconds(7);
/// An observer that wants a vote asks for it this often.
constexpr auto kVoteRequestInterval = std::chrono::seconds(5);
/// How long others may take to take over what this node leads.
constexpr auto kLeaveTime = std::chrono::seconds(5);
/// ... and how long nobody may lead the quorum meanwhile: an election and a little more.
constexpr auto kLeaderlessTime = std::chrono::milliseconds(1500);
constexpr auto kHandOverTime = std::chrono::seconds(1);
constexpr auto kPoll = std::chrono::milliseconds(10);

/// Errors that pass by themselves.
bool is_temporary(ErrorCode code) {
  return code == ErrorCode::kNotController || code == ErrorCode::kTimedOut ||
         code == ErrorCode::kReplicaNotAvailable || code == ErrorCode::kLimitReached ||
         code == ErrorCode::kNoSpace;
}

raft::Config raft_config(const ClusterMember::Options& options) {
  raft::Config config;
  config.self = {options.node_id, options.directory_id};
  return config;
}

}  // namespace

struct ClusterMember::Timer {
  explicit Timer(boost::asio::io_context& context) : timer(context) {}
  boost::asio::steady_timer timer;
};

Result<std::unique_ptr<ClusterMember>> ClusterMember::open(storage::FileSystem& files,
                                                           const std::string& log_dir, Loop& loop,
                                                           const Clock& clock, Readiness& readiness,
                                                           StopSignal& stop, Options options) {
  ASSIGN_OR_RETURN(auto store, QuorumStore::open(files, log_dir, clock.wall_now(), {}));
  ASSIGN_OR_RETURN(const auto recorded, recorded_cluster(*store));
  if (recorded && *recorded != options.cluster_id) {
    return fail(
        ErrorCode::kInvalidArgument,
        fmt::format("{0}/meta.properties names cluster {1}, but the metadata in {0} is that "
                    "of cluster {2}; put back the file that belongs here",
                    log_dir, options.cluster_id.to_string(), recorded->to_string()));
  }
  return std::unique_ptr<ClusterMember>(
      new ClusterMember(loop, clock, readiness, stop, std::move(options), std::move(store)));
}

ClusterMember::ClusterMember(Loop& loop, const Clock& clock, Readiness& readiness, StopSignal& stop,
                             Options options, std::unique_ptr<QuorumStore> store)
    : loop_(loop),
      clock_(clock),
      readiness_(readiness),
      stop_(stop),
      options_(std::move(options)),
      log_end_(store->end()),
      quorum_(loop, clock, raft_config(options_), std::move(store), options_.seed),
      metadata_(loop, clock, options_.node_id, quorum_,
                controller::Controller(quorum_.first_image(), *options_.settings,
                                       Random(options_.seed + 1)),
                {.ask =
                     [this](NodeId node, SharedBytes bytes, Duration timeout,
                            RequestRouter::Answer answer) {
                       if (has_peers())
                         return peers_->ask(node, std::move(bytes), timeout, std::move(answer));
                       std::move(answer)(fail(ErrorCode::kWouldBlock,
                                              "this node has no listener for other nodes"));
                     },
                 .image = [this](const controller::ImagePtr& image) { on_image(image); },
                 .failed = [this](Error error) { on_failed(error); }}),
      timer_(std::make_unique<Timer>(loop.context())) {}

ClusterMember::~ClusterMember() = default;

// --- Starting ---

/// In one turn of the loop: what other nodes say finds everything in its place.
Status ClusterMember::start() {
  started_ = true;
  return run_on_loop([this]() -> Status {
    if (options_.quorum.listener) RETURN_IF_ERROR(start_peers());
    start_quorum();
    return Status();
  });
}

Status ClusterMember::start_peers() {
  const auto& listener = *options_.quorum.listener;
  Peers::Options options;
  options.cluster_id = options_.cluster_id;
  options.self = {options_.node_id,
                  options_.directory_id,
                  options_.incarnation,
                  listener.advertised,
                  {1, controller::kMetadataVersion}};
  options.bind = listener.bind;
  options.random_seed = options_.seed;
  options.tls = options_.quorum.tls;
  if (!options.tls) {
    log_warn("nodes talk in plaintext: whoever reaches the port is taken for a node",
             {{"listener", to_string(listener.bind)}});
  }
  auto peers = Peers::start(loop_, std::move(options), peer_handlers());
  if (!peers) return fail_in("listeners: " + listener.name, peers.error());
  peers_ = std::move(*peers);
  return {};
}

Peers::Handlers ClusterMember::peer_handlers() {
  return {.admit = [this](const PeerIdentity& peer) { return admit(peer); },
          .connected =
              [this](const PeerIdentity& peer) { quorum_.on_contact({peer.node, peer.directory}); },
          .lost = [this](const PeerIdentity& peer) { on_lost(peer); },
          .message = [this](const raft::Message& message) { quorum_.receive(message); },
          .request =
              [this](const PeerIdentity&, const SharedBytes& request, Peers::Answer answer) {
                metadata_.on_request(request, std::move(answer));
              }};
}

void ClusterMember::start_quorum() {
  if (peers_) {
    peers_->set_seeds(options_.quorum.bootstrap_servers);
    for (const auto& [id, address] : options_.quorum.voters)
      if (id != options_.node_id) peers_->set_address(id, address);
    on_image(metadata_.image());
  }
  quorum_.start(
      {.send =
           [this](raft::Message message) {
             if (has_peers()) peers_->send(std::move(message));
           },
       .committed =
           [this](const std::vector<raft::Entry>& entries) { metadata_.on_committed(entries); },
       .installed =
           [this](controller::ImagePtr image) { metadata_.on_installed(std::move(image)); },
       .leads =
           [this](raft::Term term) {
             metadata_.on_leads(term);
             for (const auto& [id, peer] : lost_) look_for(peer);
           },
       .resigned = [this] { metadata_.on_resigned(); },
       .leader_changed = [this](std::optional<NodeId> id) { metadata_.on_leader(id); },
       .failed = [this](const Error& error) { on_failed(error); }});
  metadata_.start();
  tick();
}

// --- Other nodes ---

Status ClusterMember::admit(const PeerIdentity& peer) {
  if (peer.node == options_.node_id) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("node {} is this node: two nodes have the same node.id, give one "
                            "another and format its directory anew",
                            peer.node.value()));
  }
  const auto level = metadata_.image()->version_level();
  if (level < peer.versions.min || level > peer.versions.max) {
    return fail(ErrorCode::kUnsupportedVersion,
                fmt::format("node {} supports {} {} to {}, the cluster is at {}: start another "
                            "release of the program there",
                            peer.node.value(), controller::kVersionFeature, peer.versions.min,
                            peer.versions.max, level));
  }
  lost_.erase(peer.node);
  peers_->set_address(peer.node, peer.advertised);
  return {};
}

void ClusterMember::on_lost(const PeerIdentity& peer) {
  lost_[peer.node] = peer;
  look_for(peer);
}

/// The controller's node looks whether the process is gone for certain; a new one looks for those
/// that were lost before it led, the last leader among them.
void ClusterMember::look_for(const PeerIdentity& peer) {
  if (!metadata_.is_active() || !has_peers()) return;
  peers_->probe(peer.node, [this, peer](bool all_refused) {
    if (!all_refused || !metadata_.is_active()) return;
    metadata_.submit(
        controller::Command{controller::ReportBrokerDeath{peer.node, peer.incarnation}},
        [peer](const controller::CommandResult& result) {
          if (!result.error) return;
          log_info("a broker whose process is gone was not fenced at once",
                   {{"node", peer.node.value()}, {"reason", result.error->message}});
        });
  });
}

void ClusterMember::on_image(const controller::ImagePtr& image) {
  if (!has_peers()) return;
  for (const auto& [id, broker] : image->brokers()) {
    if (id == options_.node_id || !broker.peer) continue;
    auto& known = addresses_[id];
    if (known == *broker.peer) continue;
    known = *broker.peer;
    peers_->set_address(id, {known.host, known.port});
  }
}

void ClusterMember::on_failed(const Error& error) {
  readiness_.set_waiting("metadata log", error.message);
  log_error("this node cannot go on: its metadata log is out of use", {{"reason", error.message}});
  stop_.request_after_failure();
}

// --- Life as a broker ---

void ClusterMember::tick() {
  if (session_) session_->tick(clock_.now(), metadata_.image()->end_offset());
  maybe_ask_for_vote();
  timer_->timer.expires_after(kTickInterval);
  timer_->timer.async_wait([this](const boost::system::error_code& error) {
    if (!error) tick();
  });
}

void ClusterMember::maybe_ask_for_vote() {
  if (!options_.quorum.auto_join || quorum_.is_voter() || clock_.now() < next_vote_request_) return;
  next_vote_request_ = clock_.now() + kVoteRequestInterval;
  metadata_.submit(controller::QuorumCommand{controller::AddVoter{options_.node_id,
                                                                  options_.directory_id, true}},
                   [](const controller::CommandResult& result) {
                     if (result.error)
                       log_info("this node has no vote yet", {{"reason", result.error->message}});
                   });
}

controller::RegisterBroker ClusterMember::registration() const {
  controller::RegisterBroker command;
  command.cluster_id = options_.cluster_id;
  command.broker.id = options_.node_id;
  command.broker.rack = options_.rack;
  command.broker.endpoints = options_.advertised;
  command.broker.incarnation = options_.incarnation;
  command.broker.directory = options_.directory_id;
  if (const auto& listener = options_.quorum.listener) {
    command.broker.peer =
        controller::Endpoint{listener->name, listener->advertised.host, advertised_port()};
  }
  return command;
}

std::uint16_t ClusterMember::advertised_port() const {
  const auto port = options_.quorum.listener->advertised.port;
  return port == 0 ? peers_->port() : port;
}

/// Errors: kShuttingDown, or the command's.
Result<controller::CommandResult> ClusterMember::ask(const controller::Command& command) {
  auto answered = std::make_shared<std::promise<controller::CommandResult>>();
  auto answer = answered->get_future();
  loop_.post([this, command, answered] {
    metadata_.submit(command, [answered](controller::CommandResult result) {
      answered->set_value(std::move(result));
    });
  });
  while (answer.wait_for(kPoll) != std::future_status::ready) {
    if (stop_.requested())
      return fail(ErrorCode::kShuttingDown, "stopped before the node was ready");
  }
  auto result = answer.get();
  if (result.error) return fail(*result.error);
  return result;
}

Result<controller::CommandResult> ClusterMember::ask_until_done(const controller::Command& command,
                                                                const std::string& what) {
  std::string last;
  while (true) {
    auto result = ask(command);
    if (result || !is_temporary(result.error().code)) return result;
    readiness_.set_waiting("registration", result.error().message);
    if (std::exchange(last, result.error().message) != result.error().message)
      log_warn(what, {{"reason", result.error().message}});
    if (stop_.wait_for(kRetryPause))
      return fail(ErrorCode::kShuttingDown, "stopped before the node was ready");
  }
}

/// With a new directory the controller may still believe in the process before this one: until its
/// session is over.
Result<controller::CommandResult> ClusterMember::register_broker() {
  const auto patience = clock_.now() + kTakeOverTime;
  while (true) {
    auto registered = ask_until_done({registration()}, "not registered yet");
    const bool is_taken = !registered && registered.error().code == ErrorCode::kAlreadyExists;
    if (!is_taken || clock_.now() >= patience) return registered;
    readiness_.set_waiting("registration", registered.error().message);
    if (stop_.wait_for(kRetryPause))
      return fail(ErrorCode::kShuttingDown, "stopped before the node was ready");
  }
}

Result<controller::ImagePtr> ClusterMember::join() {
  readiness_.set_waiting("registration", "waits for the metadata quorum");
  const auto formed = ask_until_done({controller::FormCluster{options_.cluster_id}},
                                     "the metadata quorum does not answer yet");
  if (!formed && formed.error().code != ErrorCode::kAlreadyExists) return fail(formed.error());
  ASSIGN_OR_RETURN(const auto registered, register_broker());
  std::promise<controller::ImagePtr> held;
  loop_.post([&] {
    begin_session(registered.broker_epoch);
    held.set_value(metadata_.hold());
  });
  return held.get_future().get();
}

void ClusterMember::begin_session(BrokerEpoch epoch) {
  const auto interval =
      std::chrono::milliseconds(options_.settings->get_long("broker.heartbeat.interval.ms"));
  session_ = std::make_unique<BrokerSession>(
      options_.node_id, options_.incarnation, epoch, interval,
      BrokerSession::Exits{
          .submit =
              [this](controller::Command command, BrokerSession::Done done) {
                metadata_.submit(std::move(command), std::move(done));
              },
          .replaced =
              [this](const Error& error) {
                log_error("this process is not the broker any more that it registered as: it ends",
                          {{"reason", error.message}});
                stop_.request_after_failure();
              },
          .unfenced = [this] { unfenced_.set(); },
          .may_stop = [this] { may_stop_.set(); }});
}

void ClusterMember::start_publishing(MetadataHost::PublishExits exits) {
  std::promise<void> done;
  loop_.post([&] {
    metadata_.start_publishing(std::move(exits));
    done.set_value();
  });
  done.get_future().wait();
}

/// Requires: the loop runs.
Status ClusterMember::run_on_loop(absl::AnyInvocable<Status() &&> work) {
  std::promise<Status> done;
  loop_.post([&] { done.set_value(std::move(work)()); });
  return done.get_future().get();
}

Status ClusterMember::wait_for(const Event& event) {
  while (!event.wait_for(kPoll)) {
    if (stop_.requested())
      return fail(ErrorCode::kShuttingDown, "stopped before the node was ready");
  }
  return {};
}

Status ClusterMember::serve() {
  loop_.post([this] {
    session_->serve();
    session_->tick(clock_.now(), metadata_.image()->end_offset());
  });
  RETURN_IF_ERROR(wait_for(unfenced_));
  auto published = std::make_shared<Event>();
  loop_.post([this, published] { metadata_.when_published([published] { published->set(); }); });
  return wait_for(*published);
}

// --- Stopping ---

/// Whether there is no other broker to take anything over.
bool ClusterMember::is_alone() {
  bool alone = false;
  const auto asked = run_on_loop([&] {
    alone = metadata_.image()->brokers().size() <= 1;
    return Status();
  });
  return asked && alone;
}

/// False when nobody answered in time, or nobody leads whom to ask: the others stop too, or are cut
/// off.
bool ClusterMember::wait_to_leave() {
  const auto deadline = clock_.now() + kLeaveTime;
  auto last_led = clock_.now();
  if (stop_.failed() || is_alone()) return true;
  while (!may_stop_.wait_for(kPoll)) {
    std::promise<bool> led;
    loop_.post([&] { led.set_value(quorum_.core().leader().has_value()); });
    const auto now = clock_.now();
    if (led.get_future().get()) last_led = now;
    if (now >= deadline || now - last_led >= kLeaderlessTime) return false;
  }
  return true;
}

void ClusterMember::leave() {
  loop_.post([this] {
    if (session_) session_->leave();
  });
  if (!wait_to_leave()) log_warn("others have not taken over all that this node leads", {});
  const auto deadline = clock_.now() + kHandOverTime;
  while (clock_.now() < deadline) {
    std::promise<bool> leads;
    loop_.post([&] { leads.set_value(quorum_.hand_over()); });
    if (!leads.get_future().get()) return;
    std::this_thread::sleep_for(kPoll);
  }
}

/// On the loop, which uses the connections.
void ClusterMember::stop_peers() {
  if (!started_) return;
  const auto stopped = run_on_loop([this] {
    if (peers_) peers_->stop();
    peers_stopped_ = true;
    return Status();
  });
  CHECK(stopped.has_value());
}

std::optional<PeerSample> ClusterMember::peer_sample() const {
  if (!peers_) return std::nullopt;
  return PeerSample{peers_->counters(), peers_->certificate_expires_at()};
}

std::string ClusterMember::describe() const {
  return quorum_.describe() + "\n" + metadata_.describe();
}

}  // namespace millrace::node
