#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "base/result.h"
#include "controller/metadata/command.h"

/// Commands and their answers as bytes between nodes: docs/formats/metadata.md. A result lists its
/// fields in proto/command.proto; bytes are judged wholly before anything of them is used.
namespace millrace::controller {

/// The newest form that this program reads, and the one that it writes.
inline constexpr std::uint32_t kCommandVersion = 1;
/// Largest message; more is refused before it is parsed.
inline constexpr std::size_t kCommandBytesMax = 64 << 20;

/// The same value gives the same bytes.
SharedBytes encode(const Request& request);
SharedBytes encode(const CommandResult& result);

/// Errors: kMalformed (not such a message, or with something unknown), kUnsupportedVersion (of a
/// newer release).
Result<Request> decode_request(ByteView bytes);
Result<CommandResult> decode_result(ByteView bytes);

}  // namespace millrace::controller
