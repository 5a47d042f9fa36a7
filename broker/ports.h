#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/ids.h"
#include "storage/read_plan.h"
#include "storage/write_op.h"

/// The seam between the broker's cores and whatever runs them: `node` with threads and sockets, the
/// simulator with mailboxes. A Shard is the part of a broker that lives on one loop: the
/// partitions, fetch sessions and pending requests of that loop. Shards share nothing; they send
/// messages, which arrive in order per pair of shards.
namespace millrace::controller {
class MetadataImage;
struct Command;
struct QuorumCommand;
using Request = std::variant<Command, QuorumCommand>;
}  // namespace millrace::controller

namespace millrace::broker {

struct ShardMessage;  // broker/messages.h: everything one shard, the writer or the controller tells
                      // a shard

using ShardIndex = Strong<struct ShardIndexTag, std::uint16_t>;

/// The moment an event is handled, read once by the shell.
struct Now {
  MonotonicTime mono;
  TimestampMs wall;
};

using ConnectionId = Strong<struct ConnectionIdTag, std::uint64_t>;

/// Names one request until its reply: unique in the process for ever.
struct RequestId {
  ConnectionId connection;
  std::uint64_t sequence = 0;  // order of arrival on the connection; replies leave in this order

  friend bool operator==(const RequestId&, const RequestId&) = default;
};

/// Who asks, from where. Filled by the listener (and by SASL as it comes to know more), read by the
/// authorizer and the handlers.
struct RequestContext {
  std::string principal = "User:ANONYMOUS";
  std::string listener;     // name in the listener map, e.g. PLAINTEXT
  std::string client_host;  // textual address of the peer
  std::string client_id;
  /// False on a listener that asks for authentication until SASL has succeeded: only ApiVersions
  /// and SASL are answered.
  bool is_authenticated = true;
};

/// What becomes of a request.
struct Reply {
  enum class Kind {
    kSend,   // send `frame`
    kNone,   // nothing to send (produce with acks=0)
    kClose,  // close the connection; `reason` goes to the log
  };
  Kind kind = Kind::kSend;
  BytesChain frame;  // response header and body, without the 4 bytes of length in front
  std::string reason;
};

/// Looks through segments, one after the other, for the first record with at least `timestamp`.
struct FindByTime {
  std::vector<storage::ReadPlan> plans;
  TimestampMs timestamp;
};

/// Work that waits for the disk; carried out on the I/O pool by run_cold, answered by ColdDone.
struct ColdJob {
  std::uint64_t token;
  std::variant<storage::ReadPlan, FindByTime> work;
};
struct ColdDone;  // broker/messages.h
/// Any thread; blocks.
ColdDone run_cold(storage::FileSystem& files, const ColdJob& job, storage::ReadMemory& memory);

/// What a shard may ask of its surroundings. All calls return at once, and none calls back into the
/// shard: answers come later as messages. Only called from the shard's own loop.
class ShardPorts {
 public:
  virtual ~ShardPorts() = default;

  virtual void reply(RequestId request, Reply reply) = 0;
  /// `to` may be the sender itself.
  virtual void send(ShardIndex to, ShardMessage message) = 0;
  /// Hands an operation to the writer of the partition's log directory; order is kept.
  virtual void write(storage::WriteOp op) = 0;
  virtual void run_cold(ColdJob job) = 0;
  /// The partition is deleted or no longer assigned here: its log is destroyed, no further
  /// operation for it comes from this shard, and its directory may go.
  virtual void let_go(TopicPartitionId id) = 0;
  /// Hands a request to the node that leads the quorum; answered by CommandDone with `token`.
  virtual void submit(std::uint64_t token, controller::Request request) = 0;
};

}  // namespace millrace::broker
