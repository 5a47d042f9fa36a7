#pragma once

#include <vector>

#include "base/result.h"
#include "controller/metadata/image.h"

namespace millrace::controller {

/// Whether the loss of one rack would leave these voters without a majority although there are more
/// racks to put them in. Brokers without a rack, and voters that never registered, count as a rack
/// of their own. Errors: kPolicyViolation, naming the rack.
Status check_voter_racks(const MetadataImage& image, const std::vector<NodeId>& voters);

}  // namespace millrace::controller
