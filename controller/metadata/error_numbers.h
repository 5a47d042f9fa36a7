#pragma once

#include <cstdint>
#include <optional>

#include "base/error.h"

/// The number of each ErrorCode between nodes. They are for ever: the order of the enum is not.
namespace millrace::controller {

std::uint32_t number_of(ErrorCode code);
/// Nothing for a number without a code: of a newer release.
std::optional<ErrorCode> error_code_of(std::uint32_t number);

}  // namespace millrace::controller
