#include "node/config/descriptors.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>

namespace millrace::node {

std::uint64_t raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  if (limit.rlim_cur < limit.rlim_max) {
    const rlimit raised{limit.rlim_max, limit.rlim_max};
    if (setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
  }
  return limit.rlim_cur;
}

Result<std::uint64_t> connections_for(std::uint64_t descriptors, std::uint64_t partitions) {
  const std::uint64_t need = kDescriptorsPerPartition * partitions + kDescriptorsBase;
  if (descriptors < need) {
    return fail(
        ErrorCode::kLimitReached,
        fmt::format("the limit of open files is {}, but {} partitions need {}; raise it with "
                    "ulimit -n or LimitNOFILE=",
                    descriptors, partitions, need));
  }
  return std::max(kConnectionsMin, descriptors - need);
}

}  // namespace millrace::node
