#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "node/kafka_listener/acceptor.h"
#include "node/kafka_listener/connection_set.h"

namespace millrace::node {

/// One entry of `listeners`, bound.
struct BoundListener {
  std::string name;  // as in the listener map, e.g. PLAINTEXT
  bool requires_authentication = false;
  ListeningSocket socket;
};

/// The Kafka protocol's connections: acceptors on the first loop, a ConnectionSet on every loop. A
/// new connection goes to the loop that has the fewest.
///
/// Owner: the assembly. Create it and destroy it while the loops do not run; the calls in between
/// say where they belong.
class KafkaListener {
 public:
  struct Options {
    ConnectionLimits limits;
    std::size_t connections_max = 10'000;
    std::size_t connections_per_ip_max = 2'147'483'647;
    std::uint64_t memory_bytes = 256 << 20;  // see MemoryBudget
  };
  /// A loop and who handles the requests of its connections.
  struct Part {
    Loop* loop;
    RequestHandler* handler;
  };
  struct Stats {
    std::size_t connections;
    std::uint64_t created;
    std::uint64_t closed_for_error;
    std::uint64_t memory_used;
  };

  /// Takes the memory of frames from `pool`.
  KafkaListener(const Clock& clock, Options options, std::shared_ptr<BlockPool> pool,
                const std::vector<Part>& parts);
  ~KafkaListener();

  /// Any thread: begins to accept on these sockets and to keep time.
  void start(std::vector<BoundListener> listeners);
  /// Only on the loop of `part`.
  void reply(std::size_t part, broker::RequestId request, broker::Reply reply);
  /// Any thread: no further connections, no further requests; connections close as their replies
  /// are written.
  void drain();
  /// Any thread: closes what is left.
  void close_all();

  /// Any thread.
  [[nodiscard]] Stats stats() const;

 private:
  struct LoopPart;

  void keep_time(LoopPart& part);
  void resume_soon(LoopPart& part);
  void adopt(const BoundListener& listener, int descriptor, std::string ip);
  LoopPart& emptiest();

  const Clock& clock_;
  const Options options_;
  const std::shared_ptr<Admission> admission_;
  const std::shared_ptr<BlockPool> pool_;
  const std::shared_ptr<MemoryBudget> budget_;
  std::vector<std::unique_ptr<LoopPart>> parts_;
  std::vector<std::unique_ptr<Acceptor>> acceptors_;  // on the first part's loop
  std::atomic<std::uint64_t> connections_created_ = 0;
};

}  // namespace millrace::node
