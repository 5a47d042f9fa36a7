#pragma once

#include <string_view>

#include "base/result.h"

namespace millrace::storage {

/// What errno means to us: kNoSpace, kNotFound, kAlreadyExists, kPermission, kLimitReached,
/// kLocked, else kIo. The message names the operation, the path and the system's text.
tl::unexpected<Error> os_failure(std::string_view operation, std::string_view path,
                                 int error_number);

}  // namespace millrace::storage
