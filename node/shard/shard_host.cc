#include "node/shard/shard_host.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "controller/metadata/command.h"

namespace millrace::node {
struct ShardHost::Timer {
  explicit Timer(Loop& loop) : timer(loop.context()) {}
  boost::asio::steady_timer timer;
  MonotonicTime expiry{};
};

ShardHost::ShardHost(broker::ShardIndex index, broker::ShardConfig config, Loop& loop,
                     const Clock& clock, IoPool& pool, storage::FileSystem& files)
    : index_(index),
      loop_(loop),
      clock_(clock),
      pool_(pool),
      files_(files),
      read_memory_(*config.read_memory),
      timer_(std::make_unique<Timer>(loop)) {
  broker::ShardPorts& ports = *this;
  shard_ = std::make_unique<broker::Shard>(index, std::move(config), ports);
}

ShardHost::~ShardHost() = default;

void ShardHost::connect(Exits exits, std::vector<ShardHost*> shards) {
  exits_ = std::move(exits);
  shards_ = std::move(shards);
  outboxes_.resize(shards_.size());
}

void ShardHost::start() {
  tick();
}

void ShardHost::tick() {
  const auto at = now();
  timer_->expiry = at.mono + broker::kShardTickMax;
  shard_->on_tick(at);
  after_shard();
  tick_at(timer_->expiry);
}

void ShardHost::tick_at(MonotonicTime when) {
  timer_->expiry = when;
  timer_->timer.expires_at(std::chrono::steady_clock::time_point(when.time_since_epoch()));
  timer_->timer.async_wait([this](const boost::system::error_code& error) {
    if (!error) tick();
  });
}

void ShardHost::on_request(broker::RequestId id, const broker::RequestContext& context,
                           SharedBytes frame) {
  shard_->on_request(now(), id, context, std::move(frame));
  after_shard();
}

void ShardHost::on_connection_closed(broker::ConnectionId connection) {
  shard_->on_connection_closed(now(), connection);
  after_shard();
}

void ShardHost::post(std::vector<broker::ShardMessage> messages) {
  loop_.post([this, messages = std::move(messages)]() mutable { receive(std::move(messages)); });
}

void ShardHost::receive(std::vector<broker::ShardMessage> messages) {
  for (auto& message : messages) {
    shard_->on_message(now(), std::move(message));
    after_shard();
  }
}

void ShardHost::close() {
  shard_->close(now());
  after_shard();
}

/// Replies leave here rather than from inside the shard: one that closes its connection makes the
/// listener call the shard.
void ShardHost::after_shard() {
  while (!replies_.empty()) {
    for (auto& [request, reply] : std::exchange(replies_, {})) {
      exits_.reply(request, std::move(reply));
    }
  }
  const auto deadline = shard_->next_deadline();
  if (deadline && *deadline < timer_->expiry) tick_at(*deadline);
}

void ShardHost::reply(broker::RequestId request, broker::Reply reply) {
  replies_.emplace_back(request, std::move(reply));
}

void ShardHost::send(broker::ShardIndex to, broker::ShardMessage message) {
  outboxes_[to.value()].push_back(std::move(message));
  end_turn_later();
}

void ShardHost::write(storage::WriteOp op) {
  writes_.push_back(std::move(op));
  end_turn_later();
}

void ShardHost::let_go(TopicPartitionId id) {
  let_go_.push_back(id);
  end_turn_later();
}

void ShardHost::run_cold(broker::ColdJob job) {
  pool_.post([this, job = std::move(job)] {
    std::vector<broker::ShardMessage> done;
    done.push_back({broker::run_cold(files_, job, read_memory_)});
    post(std::move(done));
  });
}

void ShardHost::submit(std::uint64_t token, controller::Request request) {
  exits_.submit(index_, token, std::move(request));
}

void ShardHost::end_turn_later() {
  if (std::exchange(end_turn_scheduled_, true)) return;
  boost::asio::post(loop_.context(), [this] { end_turn(); });
}

void ShardHost::end_turn() {
  end_turn_scheduled_ = false;
  if (!writes_.empty()) exits_.write(std::exchange(writes_, {}));
  for (const auto& id : std::exchange(let_go_, {})) exits_.let_go(id);
  for (std::size_t to = 0; to < outboxes_.size(); ++to) {
    if (outboxes_[to].empty()) continue;
    auto messages = std::exchange(outboxes_[to], {});
    if (shards_[to] == this) {
      receive(std::move(messages));
    } else {
      shards_[to]->post(std::move(messages));
    }
  }
}

}  // namespace millrace::node
