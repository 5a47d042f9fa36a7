#include "tests/unit/cli/support/fake_node.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"
#include "tests/unit/cli/support/fake_answers.h"
#include "tests/unit/cli/support/tls_identity.h"

namespace millrace::cli::test {
namespace {

// A listening socket and the port that the system gave it.
std::pair<int, int> listen_on_loopback() {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  CHECK(socket >= 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* const raw = reinterpret_cast<sockaddr*>(&address);
  CHECK(::bind(socket, raw, size) == 0);
  CHECK(::listen(socket, 16) == 0);
  CHECK(::getsockname(socket, raw, &size) == 0);
  return {socket, ntohs(address.sin_port)};
}

}  // namespace

// One accepted connection, in plain text or TLS.
class Peer {
 public:
  Peer(int socket, const TlsIdentity* identity) : socket_(socket) {
    if (identity == nullptr) return;
    tls_.reset(SSL_new(identity->server_context()));
    SSL_set_fd(tls_.get(), socket);
    open_ = SSL_accept(tls_.get()) == 1;
  }
  ~Peer() { ::shutdown(socket_, SHUT_RDWR); }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  bool read(MutableByteView into) {
    while (open_ && !into.empty()) {
      const auto got = tls_ ? SSL_read(tls_.get(), into.data(), static_cast<int>(into.size()))
                            : ::recv(socket_, into.data(), into.size(), 0);
      open_ = got > 0;
      if (open_) into = into.subspan(static_cast<std::size_t>(got));
    }
    return open_;
  }

  bool write(ByteView bytes) {
    while (open_ && !bytes.empty()) {
      const auto sent = tls_ ? SSL_write(tls_.get(), bytes.data(), static_cast<int>(bytes.size()))
                             : ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      open_ = sent > 0;
      if (open_) bytes = bytes.subspan(static_cast<std::size_t>(sent));
    }
    return open_;
  }

  bool write_frame(const BytesChain& frame) {
    std::uint8_t prefix[4];
    store_be<std::int32_t>(prefix, static_cast<std::int32_t>(frame.size()));
    return write(prefix) && write(frame.flatten());
  }

 private:
  int socket_;
  std::unique_ptr<SSL, decltype(&SSL_free)> tls_{nullptr, SSL_free};
  bool open_ = true;
};

void add_topic(FakeCluster& cluster, const std::string& name, int partitions,
               const std::vector<int>& replicas) {
  auto& topic = cluster.topics.emplace_back();
  topic.name = name;
  std::array<std::uint8_t, Uuid::kBytes> id{};
  id.back() = static_cast<std::uint8_t>(cluster.topics.size());
  topic.topic_id = TopicId(Uuid(id));
  for (int i = 0; i < partitions; ++i) {
    auto& partition = topic.partitions.emplace_back();
    partition.partition_index = PartitionIndex(i);
    partition.leader_id = NodeId(replicas.front());
    partition.leader_epoch = LeaderEpoch(3);
    for (const int replica : replicas) partition.replica_nodes.emplace_back(replica);
    partition.isr_nodes = partition.replica_nodes;
  }
}

namespace {

// When the leader of a fake quorum answers.
constexpr TimestampMs kNow{1'700'000'000'000};

kafka::DescribeQuorumResponse::ReplicaState replica_of(int node, int directory, int log_end,
                                                       int silent_ms) {
  kafka::DescribeQuorumResponse::ReplicaState replica;
  replica.replica_id = NodeId(node);
  std::array<std::uint8_t, Uuid::kBytes> id{};
  id.back() = static_cast<std::uint8_t>(directory);
  replica.replica_directory_id = DirectoryId(Uuid(id));
  replica.log_end_offset = Offset(log_end);
  if (silent_ms < 0) return replica;
  replica.last_fetch_timestamp = kNow - silent_ms;
  replica.last_caught_up_timestamp = kNow - silent_ms;
  return replica;
}

}  // namespace

void add_voter(FakeCluster& cluster, int node, int directory, int log_end, int silent_ms) {
  cluster.quorum.current_voters.push_back(replica_of(node, directory, log_end, silent_ms));
}

void add_observer(FakeCluster& cluster, int node, int directory, int log_end, int silent_ms) {
  cluster.quorum.observers.push_back(replica_of(node, directory, log_end, silent_ms));
}

FakeNode::FakeNode(FakeCluster cluster) : cluster_(std::move(cluster)) {
  std::tie(listener_, port_) = listen_on_loopback();
  acceptor_ = std::thread([this] { accept_loop(); });
}

FakeNode::~FakeNode() {
  stopping_ = true;
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  ::close(listener_);
  {
    const std::lock_guard lock(mutex_);
    for (const int socket : sockets_) ::shutdown(socket, SHUT_RDWR);
  }
  for (auto& server : servers_) server.join();
  for (const int socket : sockets_) ::close(socket);
}

std::vector<std::string> FakeNode::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

void FakeNode::accept_loop() {
  while (!stopping_) {
    const int socket = ::accept(listener_, nullptr, nullptr);
    if (socket < 0) return;
    const std::lock_guard lock(mutex_);
    sockets_.push_back(socket);
    servers_.emplace_back([this, socket] { serve(socket); });
  }
}

void FakeNode::serve(int socket) {
  Peer peer(socket, cluster_.tls);
  std::uint8_t prefix[4];
  while (peer.read(prefix)) {
    if (!cluster_.raw_answer.empty()) {
      peer.write(as_bytes(cluster_.raw_answer));
      return;
    }
    const auto length = load_be<std::uint32_t>(prefix);
    if (length > (1U << 20)) return;  // as a real node does with a TLS greeting
    std::vector<std::uint8_t> frame(length);
    if (!peer.read(frame) || !answer(peer, SharedBytes::own(std::move(frame)))) return;
  }
}

// False ends the connection.
bool FakeNode::answer(Peer& peer, SharedBytes frame) {
  kafka::Reader reader(std::move(frame));
  const auto start = kafka::decode_request_start(reader);
  CHECK(start.has_value() && start->api != nullptr);
  std::string seen =
      std::string(start->api->name) + " v" + std::to_string(start->header.request_api_version);
  if (cluster_.hang_up.contains(start->api->key)) return false;
  const bool silent = cluster_.silent.contains(start->api->key);
  std::optional<BytesChain> reply;
  {
    const std::lock_guard lock(mutex_);
    reply = fake_answer(cluster_, port_, *start, reader, seen);
    requests_.push_back(seen);
  }
  if (silent) return true;
  return reply && peer.write_frame(*reply);
}

int closed_port() {
  const auto [socket, port] = listen_on_loopback();
  ::close(socket);
  return port;
}

}  // namespace millrace::cli::test
