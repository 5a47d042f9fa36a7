#include "node/kafka_listener/admission.h"

#include "base/check.h"

namespace millrace::node {

std::optional<std::string> Admission::admit(const std::string& ip) {
  const MutexLock lock(mutex_);
  if (count_ >= connections_max_) return "max.connections";
  auto& of_ip = by_ip_[ip];
  if (of_ip >= per_ip_max_) {
    if (of_ip == 0) by_ip_.erase(ip);
    return "max.connections.per.ip";
  }
  ++of_ip;
  ++count_;
  return std::nullopt;
}

void Admission::leave(const std::string& ip) {
  const MutexLock lock(mutex_);
  const auto found = by_ip_.find(ip);
  CHECK(found != by_ip_.end() && count_ > 0);
  if (--found->second == 0) by_ip_.erase(found);
  --count_;
}

std::size_t Admission::count() const {
  const MutexLock lock(mutex_);
  return count_;
}

}  // namespace millrace::node
