#pragma once

#include <absl/container/flat_hash_map.h>
#include <fmt/format.h>

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "base/random.h"
#include "broker/fetch/session_cache.h"
#include "broker/handlers/access.h"
#include "broker/handlers/producer_ids.h"
#include "broker/handlers/running.h"
#include "broker/handlers/table.h"
#include "broker/limits.h"
#include "broker/messages.h"
#include "broker/metadata_view.h"
#include "broker/shard_config.h"
#include "controller/metadata/command.h"
#include "proto/kafka/codec/frame.h"

namespace millrace::broker {

/// What comes out of the request side of a shard while one event is handled, in order.
struct DeskOutput {
  std::vector<std::pair<RequestId, Reply>> replies;
  std::vector<std::pair<ShardIndex, ShardMessage>> messages;
  std::vector<std::pair<std::uint64_t, controller::Request>> commands;
};

/// Names one running request on this shard; never 0.
using Token = std::uint64_t;

/// What handlers have of their shard: metadata, authorizer, ways to ask and to answer, and the
/// requests that wait. Owned by the Shard, lives on its loop.
///
/// Invariants: every request is answered exactly once, unless its connection is gone; a Running
/// exists exactly while its request waits.
class Desk {
 public:
  Desk(ShardIndex self, const ShardConfig& config, MetadataView& metadata);

  // For handlers.

  [[nodiscard]] Now now() const { return now_; }
  [[nodiscard]] MetadataView& metadata() { return metadata_; }
  [[nodiscard]] const ShardConfig& config() const { return config_; }
  [[nodiscard]] SessionCache& sessions() { return sessions_; }
  [[nodiscard]] ShardCounters& counters() { return counters_; }
  [[nodiscard]] TopicCounters& topic_counters(const std::string& topic) {
    return counters_.topics[topic];
  }
  [[nodiscard]] Access access(const Call& call) const {
    return {*config_.authorizer, call.context};
  }
  /// What the client of this connection called itself in ApiVersions.
  struct Software {
    std::string name;
    std::string version;
  };
  Software& software(ConnectionId connection) { return connections_[connection].software; }

  [[nodiscard]] ShardIndex owner_of(const TopicPartitionId& id) const {
    return shard_of(id, config_.shard_count);
  }
  [[nodiscard]] Asker asker(Token token) const { return {self_, token}; }
  template <class Ask>
  void ask(ShardIndex shard, Ask ask) {
    output_.messages.emplace_back(shard, ShardMessage{std::move(ask)});
  }
  /// Hands a command to the controller; CommandDone comes back to the running request.
  void submit(Token token, controller::Request command) {
    output_.commands.emplace_back(token, std::move(command));
  }

  Token next_token() { return ++last_token_; }
  /// Keeps a request until it is answered.
  void keep(Token token, std::unique_ptr<Running> running,
            std::optional<MonotonicTime> deadline = std::nullopt);
  [[nodiscard]] std::size_t running_count() const { return running_.size(); }
  void set_deadline(Token token, std::optional<MonotonicTime> deadline);
  /// on_metadata will be called for every new image.
  void await_metadata(Token token) { awaiting_metadata_.insert(token); }
  [[nodiscard]] ProducerIds& producer_ids() { return producer_ids_; }
  /// CommandDone will come to this request once: with an error, or when there is an id for it.
  void await_producer_ids(Token token);
  /// False at kWaitingFetchesMax.
  bool try_wait_for_data();
  void stop_waiting_for_data() { --counters_.pending_fetch; }

  template <class Response>
  void reply(const Call& call, const Response& response) {
    send_frame(call, kafka::encode_response(call.correlation_id, call.version, response));
  }
  /// In another version than the request's: ApiVersions answers unknown ones in version 0.
  template <class Response>
  void reply_in_version(const Call& call, std::int16_t version, const Response& response) {
    send_frame(call, kafka::encode_response(call.correlation_id, version, response));
  }
  /// The request asked for no answer.
  void reply_nothing(const Call& call) { send(call, {Reply::Kind::kNone, {}, {}}); }
  void close(const Call& call, std::string reason);

  // For the Shard.

  void begin(Now now) { now_ = now; }
  /// Takes one request of a connection.
  void on_request(RequestId id, const RequestContext& context, SharedBytes frame);
  void on_connection_closed(ConnectionId connection);
  template <class Answer>
  void on_answer(Token token, Answer& answer) {
    const auto found = running_.find(token);
    if (found == running_.end()) return;  // answered or abandoned meanwhile
    if (found->second.running->on(*this, answer)) forget(token);
  }
  void on_command_done(CommandDone done);
  void on_metadata();
  void on_tick();
  [[nodiscard]] std::optional<MonotonicTime> next_deadline() const;
  DeskOutput take_output() { return std::exchange(output_, {}); }
  [[nodiscard]] const ShardCounters& counters() const { return counters_; }
  [[nodiscard]] std::string describe() const;

 private:
  struct Kept {
    std::unique_ptr<Running> running;
    std::optional<MonotonicTime> deadline;
  };
  struct Connection {
    Software software;
    std::set<Token> running;
  };

  void dispatch(Call call, kafka::Reader& body);
  void refuse(RequestId id, std::string reason);
  void send(const Call& call, Reply reply);
  void send_frame(const Call& call, Result<BytesChain> frame);
  void forget(Token token);
  void ask_for_producer_ids();

  const ShardIndex self_;
  const ShardConfig& config_;
  MetadataView& metadata_;
  Now now_;
  SessionCache sessions_;
  ShardCounters counters_;
  std::map<ConnectionId, Connection> connections_;
  absl::flat_hash_map<Token, Kept> running_;  // never iterated
  std::set<std::pair<MonotonicTime, Token>> deadlines_;
  std::set<Token> awaiting_metadata_;
  Token last_token_ = 0;
  ProducerIds producer_ids_;
  Token producer_ids_asked_ = 0;  // the command that is under way
  std::set<Token> awaiting_producer_ids_;
  DeskOutput output_;
};

}  // namespace millrace::broker
