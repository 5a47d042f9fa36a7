#include "tests/unit/cli/support/run_cli.h"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "cli/run.h"
#include "tests/support/catch.h"

namespace millrace::cli::test {

CliResult run_cli(const std::vector<std::string>& args, const CliSetup& setup) {
  std::istringstream in(setup.input);
  std::ostringstream out;
  std::ostringstream err;
  Io io{.in = in, .out = out, .err = err, .interactive = setup.interactive};
  const auto environment = [&](const char* name) -> std::optional<std::string> {
    const auto found = setup.environment.find(name);
    if (found == setup.environment.end()) return std::nullopt;
    return found->second;
  };
  const int code = run(args, io, environment);
  return {code, out.str(), err.str()};
}

std::vector<std::string> split_line(const std::string& line) {
  std::vector<std::string> words;
  std::string word;
  bool quoted = false;
  for (const char c : line + " ") {
    if (c == '\'') {
      quoted = !quoted;
    } else if (c == ' ' && !quoted) {
      if (!word.empty()) words.push_back(word);
      word.clear();
    } else {
      word += c;
    }
  }
  return words;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

void require_golden(const std::string& name, const std::string& text) {
  const std::string path =
      std::string(MILLRACE_SOURCE_DIR) + "/tests/unit/cli/golden/" + name + ".txt";
  if (std::getenv("MILLRACE_REWRITE_GOLDEN") != nullptr) {
    std::ofstream(path) << text;
    SUCCEED();
    return;
  }
  std::ifstream file(path);
  INFO(path << "; MILLRACE_REWRITE_GOLDEN=1 writes it anew");
  REQUIRE(file.good());
  std::ostringstream expected;
  expected << file.rdbuf();
  REQUIRE(text == expected.str());
}

}  // namespace millrace::cli::test
