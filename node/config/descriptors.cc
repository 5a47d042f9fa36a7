#include "node/config/descriptors.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>

namespace millrace::node {
namespace {

// Fewer make every read open its file anew, more are of no use: the rest is for connections.
constexpr std::uint64_t kFilesMin = 64;
constexpr std::uint64_t kFilesMax = 8192;

}  // namespace

std::uint64_t raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  if (limit.rlim_cur < limit.rlim_max) {
    const rlimit raised{limit.rlim_max, limit.rlim_max};
    if (setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
  }
  return limit.rlim_cur;
}

Status check_descriptors(std::uint64_t limit, std::uint64_t partitions) {
  const std::uint64_t need = kDescriptorsPerPartition * partitions + kDescriptorsBase;
  if (limit >= need) return {};
  return fail(ErrorCode::kLimitReached,
              fmt::format("the limit of open files is {}, but {} partitions need {}; raise it with "
                          "ulimit -n or LimitNOFILE=",
                          limit, partitions, need));
}

DescriptorShares share_descriptors(std::uint64_t limit) {
  const std::uint64_t rest = limit > kDescriptorsBase ? limit - kDescriptorsBase : 0;
  const auto files = std::clamp<std::uint64_t>(rest / 3, kFilesMin, kFilesMax);
  return {files, std::max(kConnectionsMin, rest > files ? rest - files : 0)};
}

}  // namespace millrace::node
