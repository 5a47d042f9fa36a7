#pragma once

#include <map>
#include <string>
#include <vector>

namespace millrace::cli::test {

struct CliResult {
  int exit_code = 0;
  std::string out;
  std::string err;
};

/// How the command is run.
struct CliSetup {
  std::string input;
  std::map<std::string, std::string> environment;
  bool interactive = false;
};

/// Runs the command in this process.
CliResult run_cli(const std::vector<std::string>& args, const CliSetup& setup = {});

/// Splits at blanks, except inside single quotes.
std::vector<std::string> split_line(const std::string& line);

/// Replaces every `from`.
std::string replaced(std::string text, const std::string& from, const std::string& to);

/// Compares with tests/unit/cli/golden/<name>.txt, or writes it when MILLRACE_REWRITE_GOLDEN is
/// set.
void require_golden(const std::string& name, const std::string& text);

}  // namespace millrace::cli::test
