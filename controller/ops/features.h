#pragma once

#include "controller/metadata/command.h"
#include "controller/metadata/image.h"

namespace millrace::controller {

/// Whether the cluster may go to `change`. `newest` is the level that this program knows.
/// Errors: kInvalidRequest (unknown feature, a level below the finalised one), kUnsupportedVersion
/// (a level that this program or a registered broker does not support).
Status check_feature(const MetadataImage& image, const FeatureChange& change, std::int16_t newest);

}  // namespace millrace::controller
