#include "tests/support/broker_harness/broker_harness.h"

#include <algorithm>

#include "broker/topic_traits.h"
#include "storage/recovery.h"

namespace millrace::sim {

using broker::ConnectionId;
using broker::ShardIndex;
using broker::ShardMessage;

class BrokerHarness::Ports final : public broker::ShardPorts {
 public:
  Ports(BrokerHarness& harness, std::size_t shard) : harness_(harness), shard_(shard) {}

  void reply(broker::RequestId request, broker::Reply reply) override {
    const bool is_new =
        harness_.replies_
            .emplace(std::pair(request.connection.value(), request.sequence), std::move(reply))
            .second;
    CHECK_MSG(is_new, "a request was answered twice");
  }
  void send(ShardIndex to, ShardMessage message) override {
    harness_.mail_.emplace_back(to.value(), std::move(message));
  }
  void write(storage::WriteOp op) override { harness_.writes_.push_back(std::move(op)); }
  void run_cold(broker::ColdJob job) override {
    harness_.cold_.emplace_back(shard_, std::move(job));
  }
  void let_go(TopicPartitionId id) override {
    harness_.writer_->remove_log(id);
    CHECK(harness_.directory_->delete_partition(id) || harness_.lost.contains(id));
    harness_.opened_.erase(id);
    harness_.let_go_.insert(id);
  }
  void submit(std::uint64_t token, controller::Request request) override {
    ++harness_.commands_seen_;
    harness_.commands_.push_back({shard_, token, std::move(request)});
  }

 private:
  BrokerHarness& harness_;
  const std::size_t shard_;
};

BrokerHarness::BrokerHarness(BrokerOptions options)
    : options_(std::move(options)), disk_(options_.seed, {}) {
  now_ = {MonotonicTime(std::chrono::seconds(1'000)), TimestampMs(1'700'000'000'000)};
  for (const auto& [name, value] : options_.settings) CHECK(settings_.set(name, value));
  Random random(options_.seed);
  const storage::DirectoryIdentity identity{Uuid::random(random).to_string(), kNode,
                                            DirectoryId(Uuid::random(random))};
  CHECK(disk_.create_directory(kDirectory));
  CHECK(storage::LogDirectory::format(disk_, kDirectory, identity));
  CHECK(disk_.sync_directory("/"));
  controller_ = std::make_unique<controller::Controller>(controller::MetadataImage::empty(),
                                                         settings_, Random(options_.seed + 1));
  controller_->become_active(now_.mono);
  start();
  form_cluster();
  publish();
  settle();
}

BrokerHarness::~BrokerHarness() = default;

void BrokerHarness::start() {
  const auto identity = storage::LogDirectory::identity_of(disk_, kDirectory);
  CHECK(identity && *identity);
  auto directory = storage::LogDirectory::open(disk_, kDirectory, (*identity)->cluster_id, kNode);
  CHECK_MSG(directory, to_string(directory.error()));
  directory_ = std::move(*directory);
  for (std::size_t shard = 0; shard < options_.shards; ++shard) {
    broker::ShardConfig config;
    config.node_id = kNode;
    config.shard_count = options_.shards;
    config.settings = &settings_;
    config.authorizer = options_.authorizer != nullptr ? options_.authorizer : &allow_all_;
    config.log_directory = kDirectory;
    config.seed = options_.seed + shard;
    config.read_memory = &read_memory_;
    ports_.push_back(std::make_unique<Ports>(*this, shard));
    shards_.push_back(std::make_unique<broker::Shard>(ShardIndex(static_cast<std::uint16_t>(shard)),
                                                      config, *ports_.back()));
  }
}

void BrokerHarness::form_cluster() {
  const Uuid cluster = Uuid::parse(directory_->identity().cluster_id).value();
  CHECK(!run_command({controller::FormCluster{cluster}}).error);
  controller::RegisterBroker registration;
  registration.cluster_id = cluster;
  registration.broker.id = kNode;
  registration.broker.rack = "az-a";
  registration.broker.endpoints = {{kListener, "node-1.test", 9092}, {"OTHER", "other.test", 9192}};
  registration.broker.incarnation = IncarnationId(cluster);
  registration.broker.directory = directory_->identity().directory_id;
  CHECK(!run_command({registration}).error);
  CHECK(!run_command({controller::UnfenceBroker{kNode, IncarnationId(cluster)}}).error);
}

controller::CommandResult BrokerHarness::run_request(const controller::Request& request) {
  if (const auto* command = std::get_if<controller::Command>(&request)) {
    auto scripted = answer_command(*command);
    return scripted ? std::move(*scripted) : run_command(*command);
  }
  return answer_quorum(std::get<controller::QuorumCommand>(request));
}

controller::CommandResult BrokerHarness::run_command(const controller::Command& command) {
  auto output = controller_->step(0, command, now_.mono);
  auto replies = std::move(output.replies);
  for (auto& reply : controller_->on_committed(controller_->speculative()->end_offset())) {
    replies.push_back(std::move(reply));
  }
  CHECK(replies.size() == 1);
  return *replies.front().result;
}

std::unique_ptr<storage::Log> BrokerHarness::open_log(const controller::Topic& topic,
                                                      TopicPartitionId id) {
  const auto& found = directory_->found();
  const auto known =
      std::find_if(found.begin(), found.end(), [&](const auto& one) { return one.id == id; });
  const storage::AssignedPartition assigned{id, topic.name, topic.created_at.value()};
  storage::RecoveryInput input;
  input.id = id;
  input.config = broker::log_config_of(settings_, topic.configs, id);
  input.now = now_.wall;
  if (known != found.end()) {
    input.directory = known->path;
    input.recovery_point = known->recovery_point;
    input.recorded_end = known->recorded_end;
    input.log_start = known->log_start;
  } else {
    CHECK(directory_->create_partitions({assigned}));
    input.directory = directory_->path() + "/" + assigned.directory_name();
  }
  auto state = storage::recover_log(disk_, input);
  CHECK_MSG(state, to_string(state.error()));
  return std::make_unique<storage::Log>(std::move(*state), input.config);
}

void BrokerHarness::publish() {
  const auto image = controller_->committed();
  std::vector<std::vector<broker::OpenedLog>> opened(options_.shards);
  std::vector<storage::OpenLog> for_writer;
  for (const controller::Topic* topic : image->topics()) {
    for (std::size_t index = 0; index < topic->partitions.size(); ++index) {
      const TopicPartitionId id{topic->id, PartitionIndex(static_cast<std::int32_t>(index))};
      const auto& replicas = topic->partitions[index].replicas;
      if (std::find(replicas.begin(), replicas.end(), kNode) == replicas.end()) continue;
      if (lost.contains(id) || !opened_.insert(id).second) continue;
      auto log = open_log(*topic, id);
      for_writer.push_back(
          {id, topic->name, log->directory(), log->durable_end(), log->log_start()});
      opened[broker::shard_of(id, options_.shards).value()].push_back(
          {id, topic->name, std::move(log)});
    }
  }
  if (!writer_) {
    auto journal = directory_->create_journal(storage::kJournalBytesMin, for_writer);
    CHECK_MSG(journal, to_string(journal.error()));
    writer_ = std::make_unique<storage::DirectoryWriter>(disk_, kDirectory, std::move(*journal));
  }
  for (const auto& log : for_writer) writer_->add_log(log);
  for (std::size_t shard = 0; shard < options_.shards; ++shard) {
    mail_.emplace_back(shard,
                       ShardMessage{broker::MetadataPublished{image, std::move(opened[shard])}});
  }
}

TopicId BrokerHarness::create_topic(const std::string& name, std::int32_t partitions,
                                    std::map<std::string, std::string> configs) {
  controller::CreateTopics create;
  auto& topic = create.topics.emplace_back();
  topic.name = name;
  topic.partitions = partitions;
  for (auto& [key, value] : configs) topic.configs.emplace_back(key, value);
  const auto result = run_command({create});
  CHECK_MSG(!result.error && !result.items.at(0).error, name);
  publish();
  settle();
  return result.items.at(0).id;
}

void BrokerHarness::commit(const controller::MetadataTransaction& records) {
  auto image = controller::apply_records(*controller_->committed(), records);
  CHECK_MSG(image, to_string(image.error()));
  controller_ = std::make_unique<controller::Controller>(*image, settings_,
                                                         Random(options_.seed + 1 + mail_.size()));
  controller_->become_active(now_.mono);
  publish();
  settle();
}

const controller::Topic& BrokerHarness::topic(const std::string& name) const {
  const controller::Topic* const found = image().topic(name);
  CHECK_MSG(found != nullptr, name);
  return *found;
}

void BrokerHarness::restart(bool power_cut) {
  shards_.clear();
  ports_.clear();
  mail_.clear();
  writes_.clear();
  cold_.clear();
  commands_.clear();
  connections_.clear();
  ask_connections_.clear();
  replies_.clear();
  opened_.clear();
  writer_.reset();
  directory_.reset();
  if (power_cut) disk_.power_cut();
  start();
  publish();
  settle();
}

ConnectionId BrokerHarness::connect(std::size_t shard) {
  const ConnectionId id(++last_connection_);
  Connection connection{shard, {}, 0};
  connection.context.listener = kListener;
  connection.context.client_host = "127.0.0.1";
  connections_.emplace(id, std::move(connection));
  return id;
}

broker::RequestContext& BrokerHarness::context(ConnectionId connection) {
  return connections_.at(connection).context;
}

ConnectionId BrokerHarness::connection_of(std::size_t shard) {
  const auto found = ask_connections_.find(shard);
  if (found != ask_connections_.end()) return found->second;
  return ask_connections_[shard] = connect(shard);
}

void BrokerHarness::disconnect(ConnectionId connection) {
  const std::size_t shard = connections_.at(connection).shard;
  connections_.erase(connection);
  shards_[shard]->on_connection_closed(now_, connection);
}

broker::RequestId BrokerHarness::send_frame(ConnectionId connection, SharedBytes frame) {
  Connection& from = connections_.at(connection);
  const broker::RequestId id{connection, from.next_sequence++};
  shards_[from.shard]->on_request(now_, id, from.context, std::move(frame));
  return id;
}

std::optional<broker::Reply> BrokerHarness::take_reply(broker::RequestId request) {
  const auto found = replies_.find({request.connection.value(), request.sequence});
  if (found == replies_.end()) return std::nullopt;
  broker::Reply reply = std::move(found->second);
  replies_.erase(found);
  return reply;
}

void BrokerHarness::tell(std::size_t shard, ShardMessage message) {
  shards_[shard]->on_message(now_, std::move(message));
}

bool BrokerHarness::run_mail() {
  if (mail_.empty()) return false;
  auto [shard, message] = std::move(mail_.front());
  mail_.pop_front();
  tell(shard, std::move(message));
  return true;
}

void BrokerHarness::deliver_events() {
  auto events = writer_->take_events();
  if (events.empty()) return;
  for (std::size_t shard = 0; shard < options_.shards; ++shard) {
    broker::WriterReport report;
    for (const auto& event : events) {
      const bool is_for_it = std::visit(
          [&](const auto& one) {
            if constexpr (requires { one.log.id; }) {
              return broker::shard_of(one.log.id, options_.shards).value() == shard;
            } else {
              return true;
            }
          },
          event);
      if (is_for_it) report.events.push_back(event);
    }
    if (!report.events.empty()) mail_.emplace_back(shard, ShardMessage{std::move(report)});
  }
}

bool BrokerHarness::run_writer() {
  if (!writer_runs || !writer_) return false;
  const auto run_all = [](std::vector<Task> tasks) {
    for (Task& task : tasks) std::move(task)();
  };
  bool has_worked = !writes_.empty();
  while (!writes_.empty()) {
    writer_->submit(std::move(writes_.front()));
    writes_.pop_front();
  }
  if (rounds_run) {
    if (writer_->wants_checkpoint()) {
      if (auto checkpoint = writer_->start_checkpoint()) {
        checkpoint->run(run_all);
        writer_->finish_checkpoint(std::move(checkpoint));
        has_worked = true;
      }
    }
    if (auto round = writer_->start_round()) {
      round->run(run_all);
      writer_->finish_round(std::move(round));
      has_worked = true;
    }
  }
  deliver_events();
  return has_worked;
}

bool BrokerHarness::run_cold_reads() {
  if (!cold_reads_run || cold_.empty()) return false;
  auto [shard, job] = std::move(cold_.front());
  cold_.pop_front();
  tell(shard, ShardMessage{broker::run_cold(disk_, job, read_memory_)});
  return true;
}

bool BrokerHarness::run_commands() {
  if (!controller_runs || commands_.empty()) return false;
  Submitted submitted = std::move(commands_.front());
  commands_.pop_front();
  auto result = std::make_shared<const controller::CommandResult>(run_request(submitted.request));
  publish();
  mail_.emplace_back(submitted.shard,
                     ShardMessage{broker::CommandDone{submitted.token, std::move(result)}});
  return true;
}

void BrokerHarness::settle() {
  while (run_mail() || run_writer() || run_cold_reads() || run_commands()) {
  }
}

void BrokerHarness::pass(std::chrono::milliseconds time) {
  constexpr std::chrono::milliseconds kTick{10};
  settle();
  for (auto left = time; left.count() > 0; left -= kTick) {
    const auto step = std::min(left, kTick);
    now_.mono += step;
    now_.wall = now_.wall + step.count();
    for (auto& shard : shards_) shard->on_tick(now_);
    settle();
  }
}

std::string BrokerHarness::describe() const {
  std::string text;
  for (const auto& shard : shards_) text += shard->describe() + "\n";
  return text;
}

}  // namespace millrace::sim
