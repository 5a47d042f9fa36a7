#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "controller/metadata/records.h"

namespace millrace::controller {

/// One entry of the metadata log as bytes, docs/formats/metadata.md. The same records give the same
/// bytes in every process.
std::vector<std::uint8_t> encode(const MetadataTransaction& records);

/// Errors: kCorrupt (not an entry), kUnsupportedVersion (of a newer release).
Result<MetadataTransaction> decode(ByteView bytes);

}  // namespace millrace::controller
