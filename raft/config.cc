#include "raft/config.h"

namespace millrace::raft {

Status Config::validate() const {
  const auto bad = [](const char* what) { return fail(ErrorCode::kInvalidArgument, what); };
  if (self.id.value() < 0) return bad("self: a replica needs a node id of 0 or more");
  if (self.directory.is_zero()) return bad("self: a replica needs a directory id");
  if (heartbeat_interval <= Duration::zero()) return bad("heartbeat_interval must be above 0");
  if (election_timeout < 3 * heartbeat_interval)
    return bad("election_timeout must be at least three times heartbeat_interval");
  if (save_timeout < election_timeout) return bad("save_timeout must be at least election_timeout");
  if (observer_timeout < election_timeout)
    return bad("observer_timeout must be at least election_timeout");
  return {};
}

}  // namespace millrace::raft
