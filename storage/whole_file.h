#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "storage/file_system.h"

namespace millrace::storage {

/// The whole content of a small file, or nothing when there is no such file. Errors: kIo.
Result<std::optional<std::vector<std::uint8_t>>> read_whole_file(FileSystem& files,
                                                                 const std::string& path);

/// Puts a new content in place of a file so that a power cut leaves the old or the new one: written
/// to
/// `<path>.tmp`, synced, renamed, directory synced.
Status replace_whole_file(FileSystem& files, const std::string& path, ByteView content);

/// The directory part of a path.
std::string directory_of(const std::string& path);

/// Creates the directory, whose parent exists, durably if it is missing.
Status ensure_directory(FileSystem& files, const std::string& path);

}  // namespace millrace::storage
