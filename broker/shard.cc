#include "broker/shard.h"

#include <fmt/format.h>

#include <deque>

#include "broker/authorizer.h"
#include "broker/handlers/desk.h"
#include "broker/metadata_view.h"
#include "broker/partition/partition_host.h"

namespace millrace::broker {

/// Joins the request side (Desk) and the partition side (PartitionHost). What one of them tells the
/// other on this shard goes through `mail_`, which is empty whenever a call returns: no call comes
/// back into an object that is still busy, and the order is that of a mailbox without its cost.
class Shard::Impl {
 public:
  Impl(ShardIndex index, ShardConfig config, ShardPorts& ports)
      : index_(index),
        config_(std::move(config)),
        ports_(ports),
        metadata_(config_.node_id, *config_.settings),
        desk_(index, config_, metadata_),
        host_(index, config_.node_id, config_.shard_count, *config_.read_memory) {}

  template <class Action>
  void handle(Now now, Action action) {
    now_ = now;
    desk_.begin(now);
    action();
    pass_on();
    while (!mail_.empty()) {
      ShardMessage message = std::move(mail_.front());
      mail_.pop_front();
      std::visit([this](auto& body) { this->on(body); }, message.body);
      pass_on();
    }
  }

  void post(ShardMessage message) { mail_.push_back(std::move(message)); }

  Desk& desk() { return desk_; }
  PartitionHost& host() { return host_; }
  void close() { host_.close(); }

  const ShardCounters& counters() {
    counters_ = desk_.counters();
    counters_.pending_produce = host_.waiting_appends();
    return counters_;
  }

  std::vector<PartitionStats> partition_stats() const {
    std::vector<PartitionStats> stats;
    for (const auto& [id, partition] : host_.partitions()) stats.push_back(partition->stats());
    std::sort(stats.begin(), stats.end(), [](const auto& a, const auto& b) {
      return std::tie(a.topic, a.id.partition) < std::tie(b.topic, b.id.partition);
    });
    return stats;
  }

  std::string describe() const {
    return fmt::format("shard {}: {}\n{}", index_.value(), desk_.describe(), host_.describe());
  }

 private:
  // For the partitions of this shard.
  void on(AppendAsk& ask) { host_.on_ask(now_, std::move(ask)); }
  template <class Ask>
    requires requires(PartitionHost& host, Ask ask) { host.on_ask(std::move(ask)); }
  void on(Ask& ask) {
    host_.on_ask(std::move(ask));
  }
  void on(WriterReport& report) { host_.on_report(report); }
  void on(ColdDone& done) { host_.on_cold_done(std::move(done)); }

  // For requests of this shard's connections.
  template <class Answer>
    requires requires(Running& running, Desk& desk, Answer& answer) { running.on(desk, answer); }
  void on(Answer& answer) {
    desk_.on_answer(answer.token, answer);
  }
  void on(CommandDone& done) { desk_.on_command_done(std::move(done)); }

  // For both.
  void on(OfflineChanged& changed) { metadata_.take_offline(changed); }
  void on(MetadataPublished& published) {
    metadata_.take(std::move(published.image));
    host_.on_metadata(metadata_.hosted_by(index_, config_.shard_count),
                      std::move(published.opened));
    desk_.on_metadata();
  }

  void pass_on() {
    DeskOutput from_desk = desk_.take_output();
    for (auto& [to, message] : from_desk.messages) send(to, std::move(message));
    for (auto& [token, command] : from_desk.commands) ports_.submit(token, std::move(command));
    for (auto& [request, reply] : from_desk.replies) ports_.reply(request, std::move(reply));
    Outbox from_host = host_.take_outbox();
    for (auto& op : from_host.writes) ports_.write(std::move(op));
    for (auto& job : from_host.cold_jobs) ports_.run_cold(std::move(job));
    for (auto& [to, message] : from_host.messages) send(to, std::move(message));
    for (const auto& id : from_host.let_go) ports_.let_go(id);
  }

  void send(ShardIndex to, ShardMessage message) {
    if (to == index_) {
      mail_.push_back(std::move(message));
    } else {
      ports_.send(to, std::move(message));
    }
  }

  const ShardIndex index_;
  const ShardConfig config_;
  ShardPorts& ports_;
  Now now_;
  MetadataView metadata_;
  Desk desk_;
  PartitionHost host_;
  std::deque<ShardMessage> mail_;
  ShardCounters counters_;
};

Shard::Shard(ShardIndex index, ShardConfig config, ShardPorts& ports)
    : impl_(std::make_unique<Impl>(index, std::move(config), ports)) {}
Shard::~Shard() = default;

void Shard::on_request(Now now, RequestId id, const RequestContext& context, SharedBytes frame) {
  impl_->handle(now, [&] { impl_->desk().on_request(id, context, std::move(frame)); });
}

void Shard::on_connection_closed(Now now, ConnectionId connection) {
  impl_->handle(now, [&] { impl_->desk().on_connection_closed(connection); });
}

void Shard::on_message(Now now, ShardMessage message) {
  impl_->handle(now, [&] { impl_->post(std::move(message)); });
}

void Shard::on_tick(Now now) {
  impl_->handle(now, [&] {
    impl_->host().on_tick(now);
    impl_->desk().on_tick();
  });
}

std::optional<MonotonicTime> Shard::next_deadline() const {
  return impl_->desk().next_deadline();
}

void Shard::close(Now now) {
  impl_->handle(now, [&] { impl_->close(); });
}

const ShardCounters& Shard::counters() const {
  return impl_->counters();
}

std::vector<PartitionStats> Shard::partition_stats() const {
  return impl_->partition_stats();
}

std::string Shard::describe() const {
  return impl_->describe();
}

}  // namespace millrace::broker
