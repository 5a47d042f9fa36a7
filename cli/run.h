#pragma once

#include <string>
#include <vector>

#include "cli/context.h"

namespace millrace::cli {

/// The whole program without its process: the words after its name, its surroundings, its exit
/// code.
int run(const std::vector<std::string>& args, Io& io, const Environment& environment);

}  // namespace millrace::cli
