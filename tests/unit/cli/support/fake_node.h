#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "proto/kafka/codec/frame.h"
#include "proto/kafka/messages/describe_quorum.h"
#include "proto/kafka/messages/metadata.h"

namespace millrace::cli::test {

class Peer;
class TlsIdentity;

/// A topic's settings that were set on it.
using FakeConfigs = std::map<std::string, std::string>;

/// What a FakeNode says: the cluster as a client would see it, and how it misbehaves.
struct FakeCluster {
  std::string cluster_id = "fake-cluster";
  NodeId controller = NodeId(1);
  /// Without a port a broker advertises the fake node's own.
  std::vector<kafka::MetadataResponse::MetadataResponseBroker> brokers;
  std::vector<kafka::MetadataResponse::MetadataResponseTopic> topics;
  std::map<std::string, FakeConfigs> configs;

  /// Brokers that DescribeCluster calls fenced.
  std::set<NodeId> fenced;
  /// After so many descriptions of the cluster none is fenced any more; -1: they stay.
  int recovers_after = -1;
  /// The metadata quorum. Without a leader it cannot be described.
  kafka::DescribeQuorumResponse::PartitionData quorum;
  /// A voter that is asked to lead does not.
  bool keeps_leader = false;

  /// Topics for which every change is answered with this error.
  std::map<std::string, kafka::KafkaError> refused;
  /// Topics whose first change is answered with NOT_CONTROLLER.
  std::set<std::string> not_controller_once;
  /// Every answer but that of ApiVersions names another request.
  bool wrong_correlation = false;
  /// Created topics get no leaders.
  bool create_without_leaders = false;
  /// APIs that are never answered, and those at which the connection is closed.
  std::set<kafka::ApiKey> silent;
  std::set<kafka::ApiKey> hang_up;
  /// Highest version of an API that is offered; absent: our highest. -1: not offered.
  std::map<kafka::ApiKey, std::int16_t> max_version;
  /// Sent instead of any answer.
  std::string raw_answer;
  /// The node speaks TLS as this; null for plain text.
  const TlsIdentity* tls = nullptr;
};

/// Adds a topic whose partitions are led by the first of `replicas`.
void add_topic(FakeCluster& cluster, const std::string& name, int partitions,
               const std::vector<int>& replicas);

/// A copy of the metadata log, that was heard of `silent_ms` ago, or with -1 never.
void add_voter(FakeCluster& cluster, int node, int directory, int log_end, int silent_ms);
void add_observer(FakeCluster& cluster, int node, int directory, int log_end, int silent_ms);

/// A scripted node on a loopback port that the system chose: it answers the requests of the
/// command's own client from a FakeCluster. Threads: one accepts and serves, one connection after
/// another is served by a thread of its own. State changes (create, delete) are not applied, so
/// that goldens depend on nothing but the script.
class FakeNode {
 public:
  explicit FakeNode(FakeCluster cluster);
  ~FakeNode();
  FakeNode(const FakeNode&) = delete;
  FakeNode& operator=(const FakeNode&) = delete;

  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  /// Requests seen so far: "CreateTopics v7 {...}".
  [[nodiscard]] std::vector<std::string> requests() const;

 private:
  void accept_loop();
  void serve(int socket);
  bool answer(Peer& peer, SharedBytes frame);

  FakeCluster cluster_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> stopping_ = false;
  mutable std::mutex mutex_;  // guards what follows, and the topics of cluster_
  std::vector<int> sockets_;
  std::vector<std::thread> servers_;
  std::vector<std::string> requests_;
  std::thread acceptor_;
};

/// A loopback port on which nobody listens: it was free a moment ago.
int closed_port();

}  // namespace millrace::cli::test
