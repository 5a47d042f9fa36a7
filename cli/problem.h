#pragma once

#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace millrace::cli {

/// What the shell sees; the meanings are a contract (docs/reference/cli.md).
enum class ExitCode : int {
  kDone = 0,         // all done, and the answer is "yes"
  kFailed = 1,       // an item failed, or the answer is "no"
  kUsage = 2,        // the command line is wrong; nothing was tried
  kUnreachable = 3,  // no node could be reached
  kTimedOut = 4,     // a node was reached, but did not answer in time
};

/// One thing that went wrong, as a person and a script get it. The message says what happened, to
/// what and where, starts in lower case and has no full stop; the hint says what to do next.
struct Problem {
  ExitCode exit = ExitCode::kFailed;
  std::string code;    // Kafka's name of the error, or USAGE, UNREACHABLE, TIMED_OUT and the like
  std::string target;  // the topic, address or flag that it is about
  std::string message;
  std::string hint;

  friend bool operator==(const Problem&, const Problem&) = default;
};

/// A value or the problem that took its place.
template <class T>
class [[nodiscard]] Answer : public tl::expected<T, Problem> {
 public:
  using tl::expected<T, Problem>::expected;
};

inline tl::unexpected<Problem> problem(Problem value) {
  return tl::unexpected<Problem>(std::move(value));
}
inline Problem usage_problem(std::string target, std::string message, std::string hint = "") {
  return {ExitCode::kUsage, "USAGE", std::move(target), std::move(message), std::move(hint)};
}

}  // namespace millrace::cli

/// Returns the problem of an Answer to the caller, and does nothing on success.
#define CLI_TRY(expression)                                           \
  do {                                                                \
    if (auto cli_answer = (expression); !cli_answer) {                \
      return ::millrace::cli::problem(std::move(cli_answer).error()); \
    }                                                                 \
  } while (false)
