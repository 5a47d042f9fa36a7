#include "tests/unit/cli/support/fake_node.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"
#include "tests/unit/cli/support/fake_answers.h"

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

bool read_exactly(int socket, std::uint8_t* into, std::size_t bytes) {
  while (bytes > 0) {
    const auto got = ::recv(socket, into, bytes, 0);
    if (got <= 0) return false;
    into += got;
    bytes -= static_cast<std::size_t>(got);
  }
  return true;
}

bool write_all(int socket, ByteView bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(sent));
  }
  return true;
}

bool write_frame(int socket, const BytesChain& frame) {
  std::vector<std::uint8_t> bytes(4);
  store_be<std::int32_t>(bytes.data(), static_cast<std::int32_t>(frame.size()));
  const auto body = frame.flatten();
  bytes.insert(bytes.end(), body.begin(), body.end());
  return write_all(socket, bytes);
}

}  // namespace

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
  std::uint8_t prefix[4];
  while (read_exactly(socket, prefix, sizeof(prefix))) {
    if (!cluster_.raw_answer.empty()) {
      write_all(socket, as_bytes(cluster_.raw_answer));
      break;
    }
    const auto length = load_be<std::uint32_t>(prefix);
    if (length > (1U << 20)) break;  // as a real node does with a TLS greeting
    std::vector<std::uint8_t> frame(length);
    if (!read_exactly(socket, frame.data(), length)) break;
    if (!answer(socket, SharedBytes::own(std::move(frame)))) break;
  }
  ::shutdown(socket, SHUT_RDWR);
}

// False ends the connection.
bool FakeNode::answer(int socket, SharedBytes frame) {
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
  return reply && write_frame(socket, *reply);
}

int closed_port() {
  const auto [socket, port] = listen_on_loopback();
  ::close(socket);
  return port;
}

}  // namespace millrace::cli::test
