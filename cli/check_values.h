#pragma once

#include <map>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/problem.h"

namespace millrace::cli {

/// Raw values by option key.
using Values = std::map<std::string, std::vector<std::string>>;

/// Holds the values against the table: numbers in their ranges, durations, choices, key=value,
/// required options, options given twice.
Answer<void> check_values(const std::vector<Option>& options, const Values& values);

/// The number and the choice of positional arguments.
Answer<void> check_arguments(const Command& command, const std::vector<std::string>& arguments);

}  // namespace millrace::cli
