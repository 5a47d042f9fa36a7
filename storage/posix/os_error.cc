#include "storage/posix/os_error.h"

#include <fmt/format.h>

#include <cerrno>
#include <system_error>

namespace millrace::storage {

namespace {

ErrorCode code_of(int error_number) {
  switch (error_number) {
    case ENOSPC:
    case EDQUOT:
      return ErrorCode::kNoSpace;
    case ENOENT:
      return ErrorCode::kNotFound;
    case EEXIST:
      return ErrorCode::kAlreadyExists;
    case EACCES:
    case EPERM:
    case EROFS:
      return ErrorCode::kPermission;
    case EMFILE:
    case ENFILE:
      return ErrorCode::kLimitReached;
    case EWOULDBLOCK:
      return ErrorCode::kLocked;
    default:
      return ErrorCode::kIo;
  }
}

}  // namespace

tl::unexpected<Error> os_failure(std::string_view operation, std::string_view path,
                                 int error_number) {
  return fail(code_of(error_number), fmt::format("{} {}: {}", operation, path,
                                                 std::generic_category().message(error_number)));
}

}  // namespace millrace::storage
