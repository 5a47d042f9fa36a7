#include "cli/local_problem.h"

namespace millrace::cli {
namespace {

std::string code_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kNotFound:
      return "NOT_FOUND";
    case ErrorCode::kAlreadyExists:
      return "ALREADY_EXISTS";
    case ErrorCode::kInvalidArgument:
      return "INVALID_ARGUMENT";
    case ErrorCode::kInvalidConfig:
      return "INVALID_CONFIG";
    case ErrorCode::kUnsupportedVersion:
      return "UNSUPPORTED_VERSION";
    case ErrorCode::kLimitReached:
      return "LIMIT_REACHED";
    case ErrorCode::kLocked:
      return "IN_USE";
    case ErrorCode::kCorrupt:
      return "CORRUPT";
    case ErrorCode::kPermission:
      return "PERMISSION_DENIED";
    case ErrorCode::kNoSpace:
      return "NO_SPACE";
    default:
      return "IO_ERROR";
  }
}

}  // namespace

Problem local_problem(const Error& error, const std::string& target) {
  const auto at = error.message.find("; ");
  const auto hint = at == std::string::npos ? std::string() : error.message.substr(at + 2);
  return {ExitCode::kFailed, code_of(error.code), target, error.message.substr(0, at), hint};
}

}  // namespace millrace::cli
