#include "node/metadata_log/recorded_cluster.h"

#include "controller/metadata/codec.h"

namespace millrace::node {
namespace {

constexpr std::size_t kReadBytes = 1 << 20;

std::optional<Uuid> cluster_in(const raft::Entry& entry) {
  const auto* command = std::get_if<raft::Command>(&entry.body);
  if (command == nullptr) return std::nullopt;
  const auto records = controller::decode(command->bytes.view());
  if (!records) return std::nullopt;  // applying it will say what is wrong
  for (const auto& record : *records) {
    if (const auto* cluster = std::get_if<controller::ClusterRecord>(&record))
      return cluster->cluster_id;
  }
  return std::nullopt;
}

}  // namespace

Result<std::optional<Uuid>> recorded_cluster(QuorumStore& store) {
  const auto& known = store.image()->cluster_id();
  if (!known.is_zero()) return std::optional(known);
  for (Offset next = store.image()->end_offset(); next < store.end();) {
    ASSIGN_OR_RETURN(const auto entries, store.read(next, kReadBytes));
    for (const auto& entry : entries) {
      if (const auto found = cluster_in(entry)) return found;
    }
    next = entries.back().offset + 1;
  }
  return std::optional<Uuid>();
}

}  // namespace millrace::node
