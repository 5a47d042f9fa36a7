#include "node/metadata_log/quorum_state.h"

#include <algorithm>
#include <array>

#include "base/bytes.h"
#include "base/crc32c.h"

namespace millrace::node {
namespace {

constexpr std::uint64_t kCopyBytes = 512;  // a sector each: what harms one leaves the other
constexpr std::uint64_t kSlotBytes = 2 * kCopyBytes;
// sequence, durable end, installed end, term, node and directory of the vote; then their CRC
constexpr std::size_t kContentBytes = 8 + 8 + 8 + 4 + 4 + Uuid::kBytes;
using Slot = std::array<std::uint8_t, kContentBytes + 4>;

Slot encode(std::uint64_t sequence, const QuorumState::Content& content) {
  Slot slot{};
  store_be(slot.data(), sequence);
  store_be(slot.data() + 8, content.durable_end.value());
  store_be(slot.data() + 16, content.installed_end.value());
  store_be(slot.data() + 24, content.hard.term.value());
  store_be(slot.data() + 28, content.hard.voted_for.id.value());
  const auto& directory = content.hard.voted_for.directory.uuid().bytes();
  std::copy(directory.begin(), directory.end(), slot.data() + 32);
  store_be(slot.data() + kContentBytes, crc32c(ByteView(slot).first(kContentBytes)));
  return slot;
}

std::string path_in(const std::string& directory) {
  return directory + "/" + QuorumState::kFileName;
}

bool is_sound(const Slot& slot) {
  const auto crc = crc32c(ByteView(slot).first(kContentBytes));
  return load_be<std::uint32_t>(slot.data() + kContentBytes) == crc;
}

QuorumState::Content decode(const Slot& slot) {
  std::array<std::uint8_t, Uuid::kBytes> directory{};
  std::copy_n(slot.data() + 32, Uuid::kBytes, directory.begin());
  return {{raft::Term(load_be<std::int32_t>(slot.data() + 24)),
           {NodeId(load_be<std::int32_t>(slot.data() + 28)), DirectoryId(Uuid(directory))}},
          Offset(load_be<std::int64_t>(slot.data() + 8)),
          Offset(load_be<std::int64_t>(slot.data() + 16))};
}

}  // namespace

Result<QuorumState> QuorumState::open(storage::FileSystem& files, const std::string& directory) {
  ASSIGN_OR_RETURN(auto file, files.open(path_in(directory), storage::OpenMode::kCreateReadWrite));
  // All of it exists from the start, so that recording never needs space.
  const std::array<std::uint8_t, 2 * kSlotBytes> zeros{};
  ASSIGN_OR_RETURN(const auto size, file->size());
  if (size < zeros.size()) {
    const std::array<ByteView, 1> pieces{ByteView(zeros).subspan(static_cast<std::size_t>(size))};
    RETURN_IF_ERROR(file->write_at(size, pieces));
    RETURN_IF_ERROR(file->sync());
    RETURN_IF_ERROR(files.sync_directory(directory));
  }
  QuorumState state(std::move(file));
  RETURN_IF_ERROR(state.load());
  return state;
}

Result<std::optional<QuorumState::Content>> QuorumState::look(storage::FileSystem& files,
                                                              const std::string& directory) {
  auto file = files.open(path_in(directory), storage::OpenMode::kRead);
  if (!file && file.error().code == ErrorCode::kNotFound) return std::optional<Content>();
  if (!file) return fail(file.error());
  QuorumState state(std::move(*file));
  RETURN_IF_ERROR(state.load());
  return state.is_new() ? std::optional<Content>() : std::optional(state.content_);
}

/// Takes over the newest copy that is whole.
Status QuorumState::load() {
  for (std::uint64_t position = 0; position < 2 * kSlotBytes; position += kCopyBytes) {
    Slot slot{};
    ASSIGN_OR_RETURN(const auto read, file_->read_at(position, slot));
    const auto sequence = load_be<std::uint64_t>(slot.data());
    if (read != slot.size() || !is_sound(slot) || sequence <= sequence_) continue;
    sequence_ = sequence;
    content_ = decode(slot);
  }
  return {};
}

Status QuorumState::record(const Content& content) {
  std::array<std::uint8_t, kSlotBytes> copies{};
  const auto slot = encode(sequence_ + 1, content);
  std::copy(slot.begin(), slot.end(), copies.begin());
  std::copy(slot.begin(), slot.end(), copies.begin() + kCopyBytes);
  const std::array<ByteView, 1> pieces{ByteView(copies)};
  RETURN_IF_ERROR(file_->write_at((sequence_ + 1) % 2 * kSlotBytes, pieces));
  RETURN_IF_ERROR(file_->sync());
  ++sequence_;
  content_ = content;
  return {};
}

}  // namespace millrace::node
