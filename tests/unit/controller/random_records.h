#pragma once

#include "base/random.h"
#include "controller/metadata/image.h"
#include "controller/metadata/records.h"

namespace millrace::controller {

/// A record of any kind with any content.
MetadataRecord random_record(Random& random);

/// Records that apply to `image`, of every kind in the course of time.
MetadataTransaction random_fitting_transaction(Random& random, const MetadataImage& image);

}  // namespace millrace::controller
