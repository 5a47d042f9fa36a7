#pragma once

#include <string>

#include "base/result.h"
#include "cli/tls/certificates.h"

/// Certificates and keys as files of one directory: NAME.crt (0644) and NAME.key (0600). All calls
/// block.
namespace millrace::cli {

/// Creates the directory, whose parent exists, if it is missing. Errors: kPermission, kIo.
Status ensure_key_directory(const std::string& directory);

/// Whether one of the two files is there.
Result<bool> has_identity(const std::string& directory, const std::string& name);

/// Both files. Errors: kNotFound, kPermission, kIo.
Result<Identity> read_identity(const std::string& directory, const std::string& name);

/// Writes both, each to a temporary name that only its owner may read, synced, then renamed; the
/// key comes first. Takes the place of what is there. A crash may leave a new key beside an old
/// certificate, which a node refuses: write them again. Errors: kPermission, kNoSpace, kIo.
Status write_identity(const std::string& directory, const std::string& name,
                      const Identity& identity);

}  // namespace millrace::cli
