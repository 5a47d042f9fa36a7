#pragma once

#include "base/random.h"
#include "controller/metadata/command.h"

namespace millrace::controller {

/// What may travel between nodes, of any kind with any content.
Request random_request(Random& random);
CommandResult random_result(Random& random);

/// A request of each kind, in the order of the numbers in proto/command.proto.
std::vector<Request> one_request_of_each_kind(Random& random);

}  // namespace millrace::controller
