#pragma once

#include <absl/container/flat_hash_map.h>

#include <optional>
#include <string>

#include "node/loops/mutex.h"

namespace millrace::node {

/// Counts connections against max.connections and max.connections.per.ip. A refusal names the
/// limit.
///
/// Any thread: connections are admitted on the acceptor's loop and leave on their own.
class Admission {
 public:
  Admission(std::size_t connections_max, std::size_t connections_per_ip_max)
      : connections_max_(connections_max), per_ip_max_(connections_per_ip_max) {}

  /// Nothing when admitted, which leave() must follow; else the name of the limit.
  [[nodiscard]] std::optional<std::string> admit(const std::string& ip);
  void leave(const std::string& ip);
  [[nodiscard]] std::size_t count() const;

 private:
  const std::size_t connections_max_;
  const std::size_t per_ip_max_;
  mutable Mutex mutex_;  // guards the two below
  std::size_t count_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::flat_hash_map<std::string, std::size_t> by_ip_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace millrace::node
