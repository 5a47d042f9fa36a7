#include "storage/write_op.h"

#include <fmt/format.h>

namespace millrace::storage {

std::string SegmentFiles::path(std::string_view suffix) const {
  return fmt::format("{}/{:020}{}", directory, base_offset.value(), suffix);
}

}  // namespace millrace::storage
