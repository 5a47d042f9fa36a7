#include "node/assembly/node.h"

#include <fmt/format.h>

#include <atomic>
#include <future>
#include <thread>

#include "broker/authorizer.h"
#include "node/assembly/cluster_member.h"
#include "node/assembly/foundation.h"
#include "node/assembly/gather.h"
#include "node/config/descriptors.h"
#include "node/http/pages.h"
#include "node/loops/system_clock.h"
#include "node/loops/threads.h"
#include "node/partitions/directory_host.h"
#include "node/partitions/open_directory.h"
#include "node/shard/shard_host.h"
#include "node/writer/run_all.h"
#include "storage/posix/posix_file_system.h"

namespace millrace::node {
namespace {

/// How long in-flight requests may take to end when the node stops.
constexpr auto kDrainTime = std::chrono::seconds(5);
constexpr auto kDrainPoll = std::chrono::milliseconds(5);
/// Memory that requests and reads use again and again: the share of a quiet node.
constexpr std::size_t kPooledBytesMax = 64 << 20;
/// Recovery says how far it is this often.
constexpr auto kProgressInterval = std::chrono::seconds(2);

constexpr const char* kRecovery = "partitions";
constexpr const char* kRegistration = "registration";
constexpr const char* kDirectory = "log directory";
constexpr const char* kStopping = "stop";

/// Waits until everything that was posted to the loop before has run.
void settle(Loop& loop) {
  std::promise<void> reached;
  loop.post([&reached] { reached.set_value(); });
  reached.get_future().wait();
}

}  // namespace

/// The members are in the order of their making; the threads among them are ended by stop(), not by
/// destructors.
struct Node::Impl {
  Impl(NodeConfig from, StopSignal& signal) : config(std::move(from)), stop_signal(signal) {}

  Status open_environment();
  Status open_directory();
  Status open_member();
  [[nodiscard]] Status check_metadata_end() const;
  Status serve_pages();
  Status join();
  Status recover();
  void make_loops();
  void connect();
  MetadataHost::PublishExits publish_exits();
  Status begin();
  Status serve();
  void report_ready();
  bool stop();
  void stop_threads();
  bool wait_for_connections();

  void deliver(std::vector<storage::WriterEvent> events);
  void publish(const controller::ImagePtr& image, LogsByShard logs);
  void report_progress(std::size_t done, std::size_t all);
  void sample(absl::AnyInvocable<void(NodeSample) &&> done);
  void describe(absl::AnyInvocable<void(std::string) &&> done);
  [[nodiscard]] std::size_t shard_count() const { return config.loops; }

  const NodeConfig config;
  StopSignal& stop_signal;
  const SystemClock clock;
  const MonotonicTime started = clock.now();
  const TimestampMs started_wall = clock.wall_now();
  Random random{random_seed()};
  const broker::AllowAll authorizer;
  Readiness readiness;

  Sockets sockets;
  DescriptorShares descriptors;
  std::unique_ptr<storage::FileSystem> files;
  std::unique_ptr<IoPool> pool;
  Loop http_loop{"http"};
  Loop metadata_loop{"metadata"};
  std::vector<std::unique_ptr<Loop>> loops;

  std::string http_address = "none";
  std::unique_ptr<Pages> pages;
  std::unique_ptr<HttpServer> http;
  std::unique_ptr<PartitionStore> store;  // until the directory host takes it over
  std::string cluster_id;
  DirectoryId directory_id;
  std::unique_ptr<ClusterMember> member;
  controller::ImagePtr first_image;  // by which partitions are recovered
  LogsByShard first_logs;
  std::size_t log_count = 0;
  std::unique_ptr<DirectoryHost> directory;
  std::atomic<bool> is_fenced = false;
  const std::shared_ptr<BlockPool> blocks = std::make_shared<BlockPool>(kPooledBytesMax);
  std::vector<std::unique_ptr<ShardHost>> shards;
  std::unique_ptr<KafkaListener> listener;
  MonotonicTime last_progress = started;
  bool running = false;  // the loops have begun
  bool stopped = false;
};

Status Node::Impl::open_environment() {
  readiness.set_waiting(kRegistration, "the node is starting");
  const auto limit = raise_descriptor_limit();
  RETURN_IF_ERROR(check_descriptors(limit, 0));
  descriptors = share_descriptors(limit);
  ASSIGN_OR_RETURN(sockets, open_sockets(config));
  files = storage::make_posix_file_system(descriptors.files);
  return {};
}

/// Metadata that ends before what the directory has already carried out is not this directory's:
/// its topics would look deleted, and a vote that was given may be forgotten.
Status Node::Impl::check_metadata_end() const {
  if (member->log_end().value() > store->directory().materialised_offset()) return {};
  return fail(
      ErrorCode::kCorrupt,
      fmt::format("the metadata in {0}/__cluster_metadata-0 ends at offset {1}, but {0} was "
                  "used up to offset {2}: metadata is missing; put that directory back",
                  config.data_directory, member->log_end().value(),
                  store->directory().materialised_offset()));
}

Status Node::Impl::open_directory() {
  pool = std::make_unique<IoPool>("io", config.io_threads);
  ASSIGN_OR_RETURN(auto opened, open_or_form(*files, config.data_directory, config.node_id,
                                             !config.quorum.is_configured(), random,
                                             clock.wall_now(), run_all_on(*pool)));
  if (opened->journal_damage()) {
    log_error("the journal is damaged: records of the last moments may be missing",
              {{"what", *opened->journal_damage()}});
  }
  for (const auto& path : opened->unreadable())
    log_error("a file that names its partition cannot be read", {{"file", path}});
  cluster_id = opened->identity().cluster_id;
  directory_id = opened->identity().directory_id;
  store = std::make_unique<PartitionStore>(
      *files, std::move(opened), clock, *pool,
      PartitionStore::Options{config.node_id, shard_count(), &config.settings,
                              config.journal_bytes});
  return open_member();
}

Status Node::Impl::open_member() {
  ClusterMember::Options options;
  options.node_id = config.node_id;
  ASSIGN_OR_RETURN(options.cluster_id, Uuid::parse(cluster_id));
  options.directory_id = directory_id;
  options.incarnation = IncarnationId(Uuid::random(random));
  options.rack = config.settings.text("broker.rack");
  options.quorum = config.quorum;
  if (auto& listener = options.quorum.listener; listener && listener->advertised.host.empty())
    listener->advertised.host = default_advertised_host();
  options.advertised = sockets.advertised;
  options.settings = &config.settings;
  options.seed = random.next();
  ASSIGN_OR_RETURN(member, ClusterMember::open(*files, config.data_directory, metadata_loop, clock,
                                               readiness, stop_signal, std::move(options)));
  return check_metadata_end();
}

/// From here on /readyz says what the node is waiting for.
Status Node::Impl::serve_pages() {
  if (!sockets.http) return {};
  RETURN_IF_ERROR(sockets.http->listen());
  http_address = to_string(sockets.http->local());
  pages = std::make_unique<Pages>(readiness);
  http = std::make_unique<HttpServer>(http_loop, std::move(*sockets.http),
                                      [this](const std::string& path, HttpServer::Respond respond) {
                                        pages->handle(path, std::move(respond));
                                      });
  http->start();
  http_loop.start();
  return {};
}

/// The new incarnation; it leads nothing until it is unfenced.
Status Node::Impl::join() {
  metadata_loop.start([] { raise_priority_of_this_thread(); });
  RETURN_IF_ERROR(member->start());
  ASSIGN_OR_RETURN(first_image, member->join());
  return check_descriptors(raise_descriptor_limit(), first_image->partition_count());
}

void Node::Impl::report_progress(std::size_t done, std::size_t all) {
  readiness.set_waiting(kRecovery, fmt::format("{} of {} recovered", done, all));
  if (clock.now() - last_progress < kProgressInterval) return;
  last_progress = clock.now();
  log_info("recovering partitions", {{"done", done}, {"all", all}});
}

Status Node::Impl::recover() {
  ASSIGN_OR_RETURN(auto opened,
                   store->open_all(*first_image, [this](std::size_t done, std::size_t all) {
                     report_progress(done, all);
                   }));
  log_count = opened.log_count;
  first_logs = std::move(opened.logs);
  directory = std::make_unique<DirectoryHost>(
      std::move(store), std::move(opened.writer), *pool,
      [this](std::vector<storage::WriterEvent> events) { deliver(std::move(events)); });
  readiness.set_done(kRecovery);
  return {};
}

void Node::Impl::make_loops() {
  std::vector<KafkaListener::Part> parts;
  for (std::size_t i = 0; i < shard_count(); ++i) {
    loops.push_back(std::make_unique<Loop>("loop-" + std::to_string(i)));
    const broker::ShardConfig shard{config.node_id,   cluster_id,  shard_count(),
                                    &config.settings, &authorizer, directory->path(),
                                    random.next(),    blocks.get()};
    shards.push_back(std::make_unique<ShardHost>(broker::ShardIndex(static_cast<std::uint16_t>(i)),
                                                 shard, *loops[i], clock, *pool, *files));
    parts.push_back({loops[i].get(), shards[i].get()});
  }
  const auto number = [&](const char* name) {
    return static_cast<std::uint64_t>(config.settings.get_long(name));
  };
  KafkaListener::Options options;
  options.limits.request_bytes_max = number("socket.request.max.bytes");
  options.limits.in_flight_bytes_max = number("millrace.connection.inflight.bytes");
  options.limits.idle_timeout = std::chrono::milliseconds(number("connections.max.idle.ms"));
  options.connections_max = config.connections_max.value_or(descriptors.connections);
  options.connections_per_ip_max = config.connections_per_ip_max;
  options.memory_bytes = number("millrace.inflight.bytes");
  listener = std::make_unique<KafkaListener>(clock, options, blocks, parts);
}

void Node::Impl::connect() {
  std::vector<ShardHost*> all;
  for (const auto& each : shards) all.push_back(each.get());
  for (std::size_t i = 0; i < shards.size(); ++i) {
    shards[i]->connect(
        {.reply = [this, i](broker::RequestId request,
                            broker::Reply reply) { listener->reply(i, request, std::move(reply)); },
         .write = [this](std::vector<storage::WriteOp> ops) { directory->write(std::move(ops)); },
         .let_go = [this](TopicPartitionId id) { directory->let_go(id); },
         .submit =
             [this](broker::ShardIndex shard, std::uint64_t token, controller::Request request) {
               member->submit(shard, token, std::move(request));
             }},
        all);
  }
}

MetadataHost::PublishExits Node::Impl::publish_exits() {
  return {
      .create =
          [this](controller::ImagePtr image, Offset from, MetadataHost::Created done) {
            directory->create(
                std::move(image), from, [this, done = std::move(done)](LogsByShard logs) mutable {
                  metadata_loop.post([done = std::move(done), logs = std::move(logs)]() mutable {
                    std::move(done)(std::move(logs));
                  });
                });
          },
      .publish = [this](controller::ImagePtr image,
                        LogsByShard logs) { publish(image, std::move(logs)); },
      .reply =
          [this](broker::ShardIndex shard, broker::CommandDone done) {
            std::vector<broker::ShardMessage> messages;
            messages.push_back({std::move(done)});
            shards[shard.value()]->post(std::move(messages));
          }};
}

Status Node::Impl::begin() {
  for (auto& each : sockets.clients) RETURN_IF_ERROR(each.socket.listen());
  running = true;
  directory->start();
  publish(std::exchange(first_image, nullptr), std::exchange(first_logs, {}));
  member->start_publishing(publish_exits());
  for (std::size_t i = 0; i < loops.size(); ++i) {
    loops[i]->post([shard = shards[i].get()] { shard->start(); });
    loops[i]->start();
  }
  return serve();
}

/// Clients come when this node has what it leads: until then the others of the cluster serve them.
Status Node::Impl::serve() {
  RETURN_IF_ERROR(member->serve());
  // The image is ahead of every connection: it is in all mailboxes before accepting begins.
  listener->start(std::move(sockets.clients));
  if (pages) {
    http_loop.post([this] {
      pages->set_sources({.sample = [this](auto done) { sample(std::move(done)); },
                          .describe = [this](auto done) { describe(std::move(done)); }});
    });
  }
  for (auto& each : loops) settle(*each);
  readiness.set_done(kRegistration);
  return {};
}

void Node::Impl::report_ready() {
  std::string kafka;
  for (const auto& each : sockets.advertised) {
    kafka +=
        fmt::format("{}{}://{}:{}", kafka.empty() ? "" : ",", each.listener, each.host, each.port);
  }
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(clock.now() - started);
  log_info("ready", {{"node", config.node_id.value()},
                     {"kafka", kafka},
                     {"http", http_address},
                     {"cluster", cluster_id},
                     {"directory", config.data_directory},
                     {"partitions", log_count},
                     {"loops", loops.size()},
                     {"took_ms", took.count()}});
}

void Node::Impl::publish(const controller::ImagePtr& image, LogsByShard logs) {
  logs.resize(shards.size());
  for (std::size_t i = 0; i < shards.size(); ++i) {
    std::vector<broker::ShardMessage> messages;
    messages.push_back({broker::MetadataPublished{image, std::move(logs[i])}});
    shards[i]->post(std::move(messages));
  }
}

/// On the writer thread.
void Node::Impl::deliver(std::vector<storage::WriterEvent> events) {
  std::vector<broker::WriterReport> reports(shards.size());
  for (auto& event : events) {
    if (const auto* fenced = std::get_if<storage::DirectoryFenced>(&event)) {
      is_fenced = true;
      readiness.set_waiting(kDirectory, fenced->error.message);
      log_error("the log directory is out of use: nothing is written any more",
                {{"reason", fenced->error.message}});
      for (auto& report : reports) report.events.push_back(event);
      continue;
    }
    const auto id = std::visit(
        [](const auto& each) {
          if constexpr (requires { each.log; }) return each.log.id;
          return TopicPartitionId{};
        },
        event);
    reports[broker::shard_of(id, shards.size()).value()].events.push_back(std::move(event));
  }
  for (std::size_t i = 0; i < shards.size(); ++i) {
    if (reports[i].events.empty()) continue;
    std::vector<broker::ShardMessage> messages;
    messages.push_back({std::move(reports[i])});
    shards[i]->post(std::move(messages));
  }
}

void Node::Impl::sample(absl::AnyInvocable<void(NodeSample) &&> done) {
  std::vector<Loop*> from;
  std::vector<absl::AnyInvocable<NodeSample()>> questions;
  for (const auto& each : shards) {
    from.push_back(&each->loop());
    questions.push_back([shard = &each->shard()] {
      NodeSample part;
      part.shards.push_back({shard->counters(), shard->partition_stats()});
      return part;
    });
  }
  from.push_back(&metadata_loop);
  questions.push_back([this] {
    NodeSample part;
    part.controller = member->sample();
    part.quorum = member->quorum_sample();
    return part;
  });
  gather<NodeSample>(http_loop, from, std::move(questions),
                     [this, done = std::move(done)](std::vector<NodeSample> parts) mutable {
                       NodeSample all = std::move(parts.back());
                       parts.pop_back();
                       for (auto& each : parts) all.shards.push_back(std::move(each.shards[0]));
                       all.listener = listener->stats();
                       all.peers = member->peer_sample();
                       all.writer = directory->counters();
                       all.is_log_directory_offline = is_fenced;
                       if (const auto space = files->space(directory->path())) all.disk = *space;
                       all.start_time_seconds = static_cast<double>(started_wall.value()) / 1000;
                       std::move(done)(std::move(all));
                     });
}

void Node::Impl::describe(absl::AnyInvocable<void(std::string) &&> done) {
  std::vector<Loop*> from;
  std::vector<absl::AnyInvocable<std::string()>> questions;
  for (const auto& each : shards) {
    from.push_back(&each->loop());
    questions.push_back([shard = &each->shard()] { return shard->describe(); });
  }
  from.push_back(&metadata_loop);
  questions.push_back([this] { return member->describe(); });
  gather<std::string>(http_loop, from, std::move(questions),
                      [done = std::move(done)](std::vector<std::string> parts) mutable {
                        std::string text;
                        for (const auto& each : parts) text += each + "\n";
                        std::move(done)(std::move(text));
                      });
}

/// Whether all connections have ended in time.
bool Node::Impl::wait_for_connections() {
  const auto deadline = clock.now() + kDrainTime;
  while (listener->stats().connections > 0) {
    if (clock.now() >= deadline) return false;
    std::this_thread::sleep_for(kDrainPoll);
  }
  return true;
}

bool Node::Impl::stop() {
  if (std::exchange(stopped, true)) return true;
  readiness.set_waiting(kStopping, "the node is stopping");
  if (!running) {
    stop_threads();
    return true;
  }
  log_info("stopping", {{"connections", listener->stats().connections}});
  member->leave();
  listener->drain();
  if (!wait_for_connections()) {
    log_warn("closing connections whose requests did not end in time",
             {{"connections", listener->stats().connections}});
  }
  listener->close_all();
  for (const auto& each : shards) {
    each->loop().post([shard = each.get()] { shard->close(); });
  }
  // Twice: what a shard wants written leaves at the end of its turn.
  for (int i = 0; i < 2; ++i) {
    for (auto& each : loops) settle(*each);
  }
  settle(metadata_loop);
  const auto finished = directory->finish();
  stop_threads();
  if (!finished) log_error("the next start has to recover", {{"reason", finished.error().message}});
  return finished.has_value();
}

void Node::Impl::stop_threads() {
  if (http) http->stop();
  http_loop.stop();
  if (member) member->stop_peers();
  metadata_loop.stop();
  if (member) member->stop_disk();
  for (auto& each : loops) each->stop();
  if (pool) pool->stop();
}

Node::Node(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Node::~Node() {
  if (impl_) stop();
}

bool Node::stop() {
  return impl_->stop();
}

Result<std::unique_ptr<Node>> Node::start(NodeConfig config, StopSignal& stop) {
  std::unique_ptr<Node> node(new Node(std::make_unique<Impl>(std::move(config), stop)));
  auto& impl = *node->impl_;
  RETURN_IF_ERROR(impl.open_environment());
  RETURN_IF_ERROR(impl.open_directory());
  RETURN_IF_ERROR(impl.serve_pages());
  RETURN_IF_ERROR(impl.join());
  RETURN_IF_ERROR(impl.recover());
  impl.make_loops();
  impl.connect();
  RETURN_IF_ERROR(impl.begin());
  impl.report_ready();
  return node;
}

}  // namespace millrace::node
