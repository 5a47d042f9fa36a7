#include "storage/whole_file.h"

#include <array>

namespace millrace::storage {

std::string directory_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Status ensure_directory(FileSystem& files, const std::string& path) {
  const auto created = files.create_directory(path);
  if (created) return files.sync_directory(directory_of(path));
  if (created.error().code == ErrorCode::kAlreadyExists) return {};
  return created;
}

Result<std::optional<std::vector<std::uint8_t>>> read_whole_file(FileSystem& files,
                                                                 const std::string& path) {
  auto file = files.open(path, OpenMode::kRead);
  if (!file && file.error().code == ErrorCode::kNotFound)
    return std::optional<std::vector<std::uint8_t>>();
  if (!file) return fail(file.error());
  ASSIGN_OR_RETURN(const auto size, (*file)->size());
  std::vector<std::uint8_t> bytes(size);
  ASSIGN_OR_RETURN(const auto got, (*file)->read_at(0, bytes));
  bytes.resize(got);
  return std::optional(std::move(bytes));
}

Status replace_whole_file(FileSystem& files, const std::string& path, ByteView content) {
  const std::string temporary = path + ".tmp";
  ASSIGN_OR_RETURN(const auto file, files.open(temporary, OpenMode::kCreateReadWrite));
  RETURN_IF_ERROR(file->truncate(0));
  const std::array<ByteView, 1> pieces{content};
  RETURN_IF_ERROR(file->write_at(0, pieces));
  RETURN_IF_ERROR(file->sync());
  RETURN_IF_ERROR(files.rename(temporary, path));
  return files.sync_directory(directory_of(path));
}

}  // namespace millrace::storage
