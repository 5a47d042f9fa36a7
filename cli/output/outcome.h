#pragma once

#include <string>
#include <vector>

#include "cli/output/json.h"
#include "cli/problem.h"

namespace millrace::cli {

/// What a command found or did. Items are objects of the command's Shape; a command that fails for
/// some of its targets has both items and errors.
struct Outcome {
  std::vector<Json> items;
  std::vector<Problem> errors;
  /// Sentences for a person, on stderr.
  std::vector<std::string> notes;
  /// Lines below the table, left out of every other format.
  std::vector<std::string> table_footer;

  static Outcome failed(Problem error) { return {{}, {std::move(error)}, {}, {}}; }
};

/// The worst of the errors: usage, then unreachable, timed out, failed; kDone without errors.
ExitCode exit_code_of(const std::vector<Problem>& errors);

}  // namespace millrace::cli
