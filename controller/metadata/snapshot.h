#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "controller/metadata/image.h"

namespace millrace::controller {

/// Records of one transaction of records_of(): bounds the size of a snapshot's parts.
inline constexpr std::size_t kSnapshotRecordsMax = 1000;

/// Records that make the image again: load_image(image.end_offset(), records_of(image)) equals it.
/// The same image gives the same records, in every process.
std::vector<MetadataTransaction> records_of(const MetadataImage& image);

/// The image at `end` out of records_of(). Errors: kCorrupt when they do not fit together, or
/// remember an offset that is not below `end`.
Result<ImagePtr> load_image(Offset end, const std::vector<MetadataTransaction>& records);

/// MetadataImage::state_hash(), kept by every change.
std::uint64_t state_hash(const MetadataImage& image);

/// The same from scratch, in the time that the whole image takes: what nodes compare now and then.
std::uint64_t computed_state_hash(const MetadataImage& image);

}  // namespace millrace::controller
