#include "controller/placement/voter_racks.h"

#include <fmt/format.h>

#include <map>
#include <set>
#include <string>

namespace millrace::controller {
namespace {

/// Empty: unknown.
std::string rack_of(const MetadataImage& image, NodeId id) {
  const auto* broker = image.broker(id);
  return broker == nullptr ? std::string() : broker->rack;
}

}  // namespace

Status check_voter_racks(const MetadataImage& image, const std::vector<NodeId>& voters) {
  std::set<std::string> racks;
  for (const auto& [id, broker] : image.brokers()) {
    if (!broker.rack.empty()) racks.insert(broker.rack);
  }
  if (racks.size() < 2) return {};
  std::map<std::string, std::size_t> voters_in;
  for (const NodeId id : voters) {
    const auto rack = rack_of(image, id);
    if (!rack.empty()) ++voters_in[rack];
  }
  for (const auto& [rack, count] : voters_in) {
    // A quorum of one has nowhere to spread to, and two voters need both in any case.
    if (voters.size() < 3 || count <= voters.size() / 2) continue;
    return fail(ErrorCode::kPolicyViolation,
                fmt::format("{} of {} voters would be in {}, whose loss would leave no majority: "
                            "choose a node in another rack",
                            count, voters.size(), rack));
  }
  return {};
}

}  // namespace millrace::controller
