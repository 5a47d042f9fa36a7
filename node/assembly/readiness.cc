#include "node/assembly/readiness.h"

#include <nlohmann/json.hpp>

namespace millrace::node {

void Readiness::set_waiting(const std::string& subject, std::string reason) {
  const MutexLock lock(mutex_);
  reasons_[subject] = std::move(reason);
}

void Readiness::set_done(const std::string& subject) {
  const MutexLock lock(mutex_);
  reasons_.erase(subject);
}

bool Readiness::is_ready() const {
  const MutexLock lock(mutex_);
  return reasons_.empty();
}

std::string Readiness::to_json() const {
  const MutexLock lock(mutex_);
  auto reasons = nlohmann::json::array();
  for (const auto& [subject, reason] : reasons_) {
    reasons.push_back({{"subject", subject}, {"reason", reason}});
  }
  return nlohmann::json{{"ready", reasons_.empty()}, {"reasons", std::move(reasons)}}.dump() + "\n";
}

}  // namespace millrace::node
