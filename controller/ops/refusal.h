#pragma once

#include <string>

#include "controller/ops/ops.h"

/// Answers that refuse a whole command, in one sentence each.
namespace millrace::controller {

Plan refuse(ErrorCode code, std::string message);

/// Another process has registered as this broker since, or none ever did.
Plan not_this_incarnation(NodeId id);
Plan no_such_broker(NodeId id);

}  // namespace millrace::controller
