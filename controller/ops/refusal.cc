#include "controller/ops/refusal.h"

#include <fmt/format.h>

namespace millrace::controller {

Plan refuse(ErrorCode code, std::string message) {
  Plan plan;
  plan.result.error = Error{code, std::move(message)};
  return plan;
}

Plan not_this_incarnation(NodeId id) {
  return refuse(ErrorCode::kInvalidRequest,
                fmt::format("broker {} is registered by another process, or not at all; "
                            "register it again",
                            id.value()));
}

Plan no_such_broker(NodeId id) {
  return refuse(ErrorCode::kNotFound, fmt::format("there is no broker {}; it may have been "
                                                  "unregistered already",
                                                  id.value()));
}

}  // namespace millrace::controller
