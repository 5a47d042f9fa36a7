#include "cli/tls/key_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace millrace::cli {
namespace {

constexpr mode_t kSecret = 0600;
constexpr mode_t kPublic = 0644;
constexpr mode_t kDirectory = 0755;
/// What is larger is no certificate of ours.
constexpr std::size_t kFileBytesMax = 1 << 20;

ErrorCode code_of(int error) {
  switch (error) {
    case ENOENT:
      return ErrorCode::kNotFound;
    case EACCES:
    case EPERM:
    case EROFS:
      return ErrorCode::kPermission;
    case ENOSPC:
    case EDQUOT:
      return ErrorCode::kNoSpace;
    default:
      return ErrorCode::kIo;
  }
}

tl::unexpected<Error> failed(const char* what, const std::string& path) {
  const int error = errno;
  const auto code = code_of(error);
  const char* advice = "";
  if (code == ErrorCode::kPermission) advice = "; run it as a user who may, or elsewhere";
  if (code == ErrorCode::kNotFound) advice = "; create the directory that it shall lie in first";
  return fail(code, fmt::format("cannot {} {}: {}{}", what, path, std::strerror(error), advice));
}

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int number() const { return number_; }

 private:
  const int number_;
};

std::string path_of(const std::string& directory, const std::string& name, const char* suffix) {
  return directory + "/" + name + suffix;
}

Result<std::string> read_file(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.number() < 0) return failed("read", path);
  std::string text;
  char buffer[4096];
  while (text.size() <= kFileBytesMax) {
    const auto got = ::read(file.number(), buffer, sizeof(buffer));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed("read", path);
    if (got == 0) return text;
    text.append(buffer, static_cast<std::size_t>(got));
  }
  return fail(ErrorCode::kCorrupt, path + " is too large for a certificate or key");
}

Status write_all(int descriptor, std::string_view text, const std::string& path) {
  while (!text.empty()) {
    const auto put = ::write(descriptor, text.data(), text.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return failed("write", path);
    text.remove_prefix(static_cast<std::size_t>(put));
  }
  return {};
}

Status replace_file(const std::string& path, const std::string& text, mode_t mode) {
  const auto temporary = path + ".tmp";
  if (::unlink(temporary.c_str()) != 0 && errno != ENOENT) return failed("replace", temporary);
  const Descriptor file(
      ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kSecret));
  if (file.number() < 0) return failed("create", temporary);
  RETURN_IF_ERROR(write_all(file.number(), text, temporary));
  if (::fchmod(file.number(), mode) != 0) return failed("set the mode of", temporary);
  if (::fsync(file.number()) != 0) return failed("sync", temporary);
  if (::rename(temporary.c_str(), path.c_str()) != 0) return failed("create", path);
  return {};
}

Status sync_directory(const std::string& path) {
  const Descriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.number() < 0) return failed("open", path);
  if (::fsync(directory.number()) != 0) return failed("sync", path);
  return {};
}

}  // namespace

Status ensure_key_directory(const std::string& directory) {
  if (::mkdir(directory.c_str(), kDirectory) == 0 || errno == EEXIST) return {};
  return failed("create", directory);
}

Result<bool> has_identity(const std::string& directory, const std::string& name) {
  for (const char* suffix : {".crt", ".key"}) {
    const auto path = path_of(directory, name, suffix);
    struct stat found{};
    if (::stat(path.c_str(), &found) == 0) return true;
    if (errno != ENOENT) return failed("look at", path);
  }
  return false;
}

Result<Identity> read_identity(const std::string& directory, const std::string& name) {
  Identity identity;
  ASSIGN_OR_RETURN(identity.certificate, read_file(path_of(directory, name, ".crt")));
  ASSIGN_OR_RETURN(identity.key, read_file(path_of(directory, name, ".key")));
  return identity;
}

Status write_identity(const std::string& directory, const std::string& name,
                      const Identity& identity) {
  RETURN_IF_ERROR(replace_file(path_of(directory, name, ".key"), identity.key, kSecret));
  RETURN_IF_ERROR(replace_file(path_of(directory, name, ".crt"), identity.certificate, kPublic));
  return sync_directory(directory);
}

}  // namespace millrace::cli
