#pragma once

#include <absl/functional/any_invocable.h>

#include <memory>
#include <vector>

#include "broker/shard.h"
#include "node/kafka_listener/request_handler.h"
#include "node/loops/io_pool.h"
#include "node/loops/loop.h"

namespace millrace::node {

/// Runs one Shard on its loop: gives it the time, and carries out what it asks for. What a turn of
/// the loop brings forth leaves together at its end: one post to each other shard, one to the
/// writer.
///
/// Owner: the assembly. Lives on its loop, except post(), which any thread may call. connect()
/// comes before the loop runs.
class ShardHost final : public RequestHandler, private broker::ShardPorts {
 public:
  /// The ways out. All are called on the loop and must not wait.
  struct Exits {
    absl::AnyInvocable<void(broker::RequestId, broker::Reply)> reply;
    absl::AnyInvocable<void(std::vector<storage::WriteOp>)> write;
    /// See ShardPorts::let_go; after the writes that came before.
    absl::AnyInvocable<void(TopicPartitionId)> let_go;
    /// A request for the node that leads the quorum, from the shard, to be answered by CommandDone
    /// with the token.
    absl::AnyInvocable<void(broker::ShardIndex, std::uint64_t token, controller::Request)> submit;
  };

  ShardHost(broker::ShardIndex index, broker::ShardConfig config, Loop& loop, const Clock& clock,
            IoPool& pool, storage::FileSystem& files);
  ~ShardHost() override;

  /// `shards` has the hosts of all shards, this one included, by index.
  void connect(Exits exits, std::vector<ShardHost*> shards);
  /// Begins to tick. On the loop.
  void start();
  /// Delivers messages to the shard, in order per caller. Any thread.
  void post(std::vector<broker::ShardMessage> messages);
  /// Closes the shard's logs: see Shard::close. On the loop.
  void close();

  void on_request(broker::RequestId id, const broker::RequestContext& context,
                  SharedBytes frame) override;
  void on_connection_closed(broker::ConnectionId connection) override;

  /// On the loop.
  [[nodiscard]] const broker::Shard& shard() const { return *shard_; }
  [[nodiscard]] Loop& loop() { return loop_; }

 private:
  struct Timer;

  void reply(broker::RequestId request, broker::Reply reply) override;
  void send(broker::ShardIndex to, broker::ShardMessage message) override;
  void write(storage::WriteOp op) override;
  void run_cold(broker::ColdJob job) override;
  void let_go(TopicPartitionId id) override;
  void submit(std::uint64_t token, controller::Request request) override;

  [[nodiscard]] broker::Now now() const { return {clock_.now(), clock_.wall_now()}; }
  void after_shard();
  void end_turn_later();
  void end_turn();
  void receive(std::vector<broker::ShardMessage> messages);
  void tick();
  void tick_at(MonotonicTime when);

  const broker::ShardIndex index_;
  Loop& loop_;
  const Clock& clock_;
  IoPool& pool_;
  storage::FileSystem& files_;
  storage::ReadMemory& read_memory_;
  Exits exits_;
  std::vector<ShardHost*> shards_;
  std::unique_ptr<broker::Shard> shard_;
  std::unique_ptr<Timer> timer_;
  // Gathered until the shard has returned, or until the end of the turn:
  std::vector<std::pair<broker::RequestId, broker::Reply>> replies_;
  std::vector<std::vector<broker::ShardMessage>> outboxes_;  // by shard
  std::vector<storage::WriteOp> writes_;
  std::vector<TopicPartitionId> let_go_;
  bool end_turn_scheduled_ = false;
};

}  // namespace millrace::node
