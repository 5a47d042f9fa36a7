#include "cli/output/outcome.h"

namespace millrace::cli {

ExitCode exit_code_of(const std::vector<Problem>& errors) {
  for (const auto candidate : {ExitCode::kUsage, ExitCode::kUnreachable, ExitCode::kTimedOut}) {
    for (const auto& error : errors) {
      if (error.exit == candidate) return candidate;
    }
  }
  return errors.empty() ? ExitCode::kDone : ExitCode::kFailed;
}

}  // namespace millrace::cli
