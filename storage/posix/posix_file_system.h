#pragma once

#include <memory>

#include "storage/file_system.h"

namespace millrace::storage {

/// Most descriptors that the files of one PosixFileSystem hold at the same time, if not told
/// otherwise.
inline constexpr std::size_t kDescriptorsMaxDefault = 8192;

/// FileSystem over Linux. Files open their descriptors when they are used and give up the least
/// recently used ones beyond `descriptors_max`, so that many File objects need few descriptors. A
/// descriptor with unsynced writes may be given up too: the kernel keeps the pages, and reports a
/// failed write-back at the next sync of any descriptor of the file (Linux 4.13 and later).
std::unique_ptr<FileSystem> make_posix_file_system(
    std::size_t descriptors_max = kDescriptorsMaxDefault);

}  // namespace millrace::storage
