#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "broker/authorizer.h"
#include "broker/shard.h"
#include "controller/controller.h"
#include "controller/metadata/apply.h"
#include "proto/kafka/codec/frame.h"
#include "storage/directory_writer.h"
#include "storage/log_directory.h"
#include "tests/support/sim_file_system.h"

/// One node's shards with real logs, directory writer and controller over the simulated disk,
/// driven by hand and without threads: the same calls always give the same run.
namespace millrace::sim {

struct BrokerOptions {
  std::size_t shards = 1;
  std::map<std::string, std::string> settings;
  const broker::Authorizer* authorizer = nullptr;  // not set: everything is allowed
  std::uint64_t seed = 1;
};

class BrokerHarness {
 public:
  static constexpr const char* kListener = "PLAINTEXT";
  static constexpr const char* kDirectory = "/data";
  static constexpr NodeId kNode{1};

  explicit BrokerHarness(BrokerOptions options = {});
  ~BrokerHarness();

  // Clients.

  /// A new connection that lives on `shard`.
  broker::ConnectionId connect(std::size_t shard = 0);
  /// The context of later requests of this connection.
  broker::RequestContext& context(broker::ConnectionId connection);
  void disconnect(broker::ConnectionId connection);
  broker::RequestId send_frame(broker::ConnectionId connection, SharedBytes frame);
  template <class Request>
  broker::RequestId send(broker::ConnectionId connection, std::int16_t version,
                         const Request& request) {
    auto frame = kafka::encode_request(kCorrelation, "test", version, request);
    CHECK_MSG(frame, to_string(frame.error()));
    return send_frame(connection, SharedBytes::own(frame->flatten()));
  }
  /// What became of a request; nothing while it waits.
  std::optional<broker::Reply> take_reply(broker::RequestId request);
  /// Decodes a reply that must have been sent.
  template <class Response>
  Response decode(const broker::Reply& reply, std::int16_t version) const {
    CHECK_MSG(reply.kind == broker::Reply::Kind::kSend, "closed: " + reply.reason);
    kafka::Reader reader(SharedBytes::own(reply.frame.flatten()));
    const auto header =
        kafka::decode_response_header(reader, kafka::api_info(Response::kApiKey), version);
    CHECK(header && header->correlation_id == kCorrelation);
    auto response = Response::decode(reader, version);
    CHECK_MSG(response, to_string(response.error()));
    CHECK(reader.remaining() == 0);
    return std::move(*response);
  }
  /// The response that must have come for `request`.
  template <class Response>
  Response response_to(broker::RequestId request, std::int16_t version) {
    const auto reply = take_reply(request);
    CHECK_MSG(reply, "no reply yet\n" + describe());
    return decode<Response>(*reply, version);
  }
  /// Sends on a connection of its own, lets everything happen that needs no time, and decodes the
  /// reply that must have come.
  template <class Response, class Request>
  Response ask(std::int16_t version, const Request& request, std::size_t shard = 0) {
    const auto id = send(connection_of(shard), version, request);
    settle();
    return response_to<Response>(id, version);
  }
  /// The connection that ask() uses.
  broker::ConnectionId connection_of(std::size_t shard);

  // Time and order.

  /// Everything that can happen without time passing, except what is held back below.
  void settle();
  /// Lets time pass, tick by tick.
  void pass(std::chrono::milliseconds time);
  bool writer_runs = true;      // writes reach the disk
  bool rounds_run = true;       // ... and become durable
  bool cold_reads_run = true;   // reads that wait for the disk
  bool controller_runs = true;  // commands are carried out
  /// What the quorum's leader says to a question about the quorum itself.
  std::function<controller::CommandResult(const controller::QuorumCommand&)> answer_quorum =
      [](const controller::QuorumCommand&) { return controller::CommandResult(); };
  /// Answers a command instead of the controller, unless it returns nothing.
  std::function<std::optional<controller::CommandResult>(const controller::Command&)>
      answer_command = [](const controller::Command&) { return std::nullopt; };
  [[nodiscard]] std::size_t held_cold_reads() const { return cold_.size(); }

  // Surroundings.

  /// Topic `name` with so many partitions, created by command.
  TopicId create_topic(const std::string& name, std::int32_t partitions = 1,
                       std::map<std::string, std::string> configs = {});
  /// Changes metadata as if another node had.
  void commit(const controller::MetadataTransaction& records);
  [[nodiscard]] const controller::MetadataImage& image() const { return *controller_->committed(); }
  [[nodiscard]] const controller::Topic& topic(const std::string& name) const;
  /// Ends the process; with `power_cut` what was not synced may be lost. Starts it again.
  void restart(bool power_cut);
  /// Partitions whose log is not opened at the next start or publication.
  std::set<TopicPartitionId> lost;

  SimFileSystem& disk() { return disk_; }
  broker::Shard& shard(std::size_t index) { return *shards_[index]; }
  [[nodiscard]] broker::Now now() const { return now_; }
  [[nodiscard]] std::size_t commands_seen() const { return commands_seen_; }
  [[nodiscard]] const std::set<TopicPartitionId>& let_go() const { return let_go_; }
  [[nodiscard]] std::string describe() const;

 private:
  static constexpr std::int32_t kCorrelation = 77;
  class Ports;
  struct Connection {
    std::size_t shard;
    broker::RequestContext context;
    std::uint64_t next_sequence = 0;
  };

  void start();
  void form_cluster();
  controller::CommandResult run_request(const controller::Request& request);
  controller::CommandResult run_command(const controller::Command& command);
  void publish();
  std::unique_ptr<storage::Log> open_log(const controller::Topic& topic, TopicPartitionId id);
  bool run_writer();
  bool run_mail();
  bool run_cold_reads();
  bool run_commands();
  void deliver_events();
  void tell(std::size_t shard, broker::ShardMessage message);

  const BrokerOptions options_;
  const broker::AllowAll allow_all_;
  Settings settings_;
  SimFileSystem disk_;
  storage::HeapMemory read_memory_;
  broker::Now now_;
  std::unique_ptr<controller::Controller> controller_;
  std::unique_ptr<storage::LogDirectory> directory_;
  std::unique_ptr<storage::DirectoryWriter> writer_;
  std::vector<std::unique_ptr<Ports>> ports_;
  std::vector<std::unique_ptr<broker::Shard>> shards_;
  std::set<TopicPartitionId> opened_;
  std::set<TopicPartitionId> let_go_;
  std::deque<std::pair<std::size_t, broker::ShardMessage>> mail_;
  std::deque<storage::WriteOp> writes_;
  std::deque<std::pair<std::size_t, broker::ColdJob>> cold_;
  struct Submitted {
    std::size_t shard;
    std::uint64_t token;
    controller::Request request;
  };
  std::deque<Submitted> commands_;
  std::size_t commands_seen_ = 0;
  std::map<broker::ConnectionId, Connection> connections_;
  std::map<std::size_t, broker::ConnectionId> ask_connections_;
  std::map<std::pair<std::uint64_t, std::uint64_t>, broker::Reply> replies_;
  std::uint64_t last_connection_ = 0;
};

}  // namespace millrace::sim
