#pragma once

#include "base/result.h"
#include "controller/metadata/image.h"

namespace millrace::controller {

/// The image after the entry of the log at `base.end_offset()`. The only way to change metadata.
/// Errors: kCorrupt when the records do not fit the image: they are of another log, or of a newer
/// version.
Result<ImagePtr> apply_records(const MetadataImage& base, const MetadataTransaction& records);

}  // namespace millrace::controller
