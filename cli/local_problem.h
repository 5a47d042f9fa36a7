#pragma once

#include <string>

#include "base/error.h"
#include "cli/problem.h"

namespace millrace::cli {

/// The failure of something that was done on this machine, to `target`. What follows the first "; "
/// of its message is what to do next.
Problem local_problem(const Error& error, const std::string& target);

}  // namespace millrace::cli
