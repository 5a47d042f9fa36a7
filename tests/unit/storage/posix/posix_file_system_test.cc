#include "storage/posix/posix_file_system.h"

#include <stdlib.h>

#include <array>
#include <filesystem>

#include "tests/support/catch.h"

namespace millrace::storage {
namespace {

/// A directory of its own on the real disk, removed afterwards.
struct Scratch {
  std::string path;
  Scratch() {
    std::string name = (std::filesystem::temp_directory_path() / "millrace-posix-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~Scratch() { std::filesystem::remove_all(path); }
};

Status write(File& file, std::uint64_t position, std::string_view text) {
  const std::array<ByteView, 1> pieces{as_bytes(text)};
  return file.write_at(position, pieces);
}

std::string read(File& file, std::uint64_t position, std::size_t bytes) {
  std::vector<std::uint8_t> buffer(bytes);
  const auto got = file.read_at(position, buffer);
  REQUIRE_OK(got);
  return std::string(as_text(ByteView(buffer).first(*got)));
}

TEST_CASE("pieces are written one after the other, more of them than one call takes") {
  const Scratch scratch;
  const auto files = make_posix_file_system();
  const auto file = files->open(scratch.path + "/f", OpenMode::kCreateReadWrite);
  REQUIRE_OK(file);
  const std::string piece = "0123456789";
  std::vector<ByteView> pieces(3000, as_bytes(piece));
  pieces[1500] = {};
  REQUIRE_OK((*file)->write_at(5, pieces));
  REQUIRE(*(*file)->size() == 5 + 2999 * piece.size());
  REQUIRE(read(**file, 5 + 2990 * 10, 1000) ==
          std::string("0123456789").append(80, '\0').substr(0, 10) +
              "01234567890123456789012345678901234567890123456789012345678901234567890123456789");
  REQUIRE_OK((*file)->sync());
}

TEST_CASE("a read stops at the end of the file") {
  const Scratch scratch;
  const auto files = make_posix_file_system();
  const auto file = files->open(scratch.path + "/f", OpenMode::kCreateReadWrite);
  REQUIRE_OK(file);
  REQUIRE_OK(write(**file, 0, "hello"));
  REQUIRE(read(**file, 3, 100) == "lo");
  REQUIRE(read(**file, 9, 100).empty());
  REQUIRE_OK((*file)->truncate(2));
  REQUIRE(read(**file, 0, 100) == "he");
}

TEST_CASE("few descriptors serve many files") {
  const Scratch scratch;
  const auto files = make_posix_file_system(4);
  std::vector<std::shared_ptr<File>> open;
  for (int i = 0; i < 100; ++i) {
    auto file = files->open(scratch.path + "/f" + std::to_string(i), OpenMode::kCreateReadWrite);
    REQUIRE_OK(file);
    REQUIRE_OK(write(**file, 0, std::to_string(i)));
    open.push_back(*file);
  }
  for (int i = 0; i < 100; ++i)
    REQUIRE(read(*open[static_cast<std::size_t>(i)], 0, 10) == std::to_string(i));
}

TEST_CASE("a file that vanished is not made again behind its owner's back") {
  const Scratch scratch;
  const auto files = make_posix_file_system(1);
  const auto file = files->open(scratch.path + "/f", OpenMode::kCreateReadWrite);
  REQUIRE_OK(file);
  REQUIRE_OK(files->open(scratch.path + "/other", OpenMode::kCreateReadWrite));
  REQUIRE_OK(files->remove_file(scratch.path + "/f"));
  REQUIRE_ERROR(write(**file, 0, "x"), ErrorCode::kNotFound);
}

TEST_CASE("names, directories and their errors") {
  const Scratch scratch;
  const auto files = make_posix_file_system();
  REQUIRE_OK(files->create_directory(scratch.path + "/d"));
  REQUIRE_ERROR(files->create_directory(scratch.path + "/d"), ErrorCode::kAlreadyExists);
  REQUIRE_ERROR(files->open(scratch.path + "/none", OpenMode::kRead), ErrorCode::kNotFound);
  REQUIRE_ERROR(files->list(scratch.path + "/none"), ErrorCode::kNotFound);
  REQUIRE_OK(files->open(scratch.path + "/d/b", OpenMode::kCreateReadWrite));
  REQUIRE_OK(files->open(scratch.path + "/d/a", OpenMode::kCreateReadWrite));
  REQUIRE_OK(files->rename(scratch.path + "/d/b", scratch.path + "/d/c"));
  REQUIRE_OK(files->sync_directory(scratch.path + "/d"));
  REQUIRE(*files->list(scratch.path + "/d") == std::vector<std::string>{"a", "c"});
  REQUIRE(*files->exists(scratch.path + "/d/c"));
  REQUIRE_FALSE(*files->exists(scratch.path + "/d/b"));
  REQUIRE(files->space(scratch.path)->total_bytes > 0);
}

TEST_CASE("a lock is held by one at a time, and let go with its owner") {
  const Scratch scratch;
  const auto files = make_posix_file_system();
  {
    const auto lock = files->lock(scratch.path + "/.lock");
    REQUIRE_OK(lock);
    REQUIRE_ERROR(files->lock(scratch.path + "/.lock"), ErrorCode::kLocked);
  }
  REQUIRE_OK(files->lock(scratch.path + "/.lock"));
}

TEST_CASE("reserved space keeps the size, allocated space is part of it") {
  const Scratch scratch;
  const auto files = make_posix_file_system();
  const auto file = files->open(scratch.path + "/f", OpenMode::kCreateReadWrite);
  REQUIRE_OK(file);
  REQUIRE_OK((*file)->allocate(0, 1 << 20, true));
  REQUIRE(*(*file)->size() == 0);
  REQUIRE_OK((*file)->allocate(0, 4096, false));
  REQUIRE(*(*file)->size() == 4096);
}

TEST_CASE("what was just written is read from the cache, or the reader is sent the slow way") {
  const Scratch scratch;
  const auto files = make_posix_file_system();
  const auto file = files->open(scratch.path + "/f", OpenMode::kCreateReadWrite);
  REQUIRE_OK(file);
  REQUIRE_OK(write(**file, 0, "cached"));
  std::vector<std::uint8_t> buffer(6);
  const auto got = (*file)->read_cached_at(0, buffer);
  if (got) {
    REQUIRE(as_text(buffer) == "cached");
  } else {
    REQUIRE_SAME_CODE(got.error().code, ErrorCode::kWouldBlock);
  }
}

}  // namespace
}  // namespace millrace::storage
