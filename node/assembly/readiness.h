#pragma once

#include <map>
#include <string>

#include "node/loops/mutex.h"

namespace millrace::node {

/// Why the node is not ready, by subject. It is ready when nothing is left.
///
/// Any thread.
class Readiness {
 public:
  /// Sets or replaces the reason of a subject, e.g. "partitions": "12 of 40 recovered".
  void set_waiting(const std::string& subject, std::string reason);
  void set_done(const std::string& subject);

  [[nodiscard]] bool is_ready() const;
  /// {"ready":false,"reasons":[{"subject":"partitions","reason":"12 of 40 recovered"}]}
  [[nodiscard]] std::string to_json() const;

 private:
  mutable Mutex mutex_;  // guards reasons_
  std::map<std::string, std::string> reasons_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace millrace::node
