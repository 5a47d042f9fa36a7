#include "node/metadata_log/durable_end.h"

#include <array>

#include "base/bytes.h"
#include "base/crc32c.h"

namespace millrace::node {
namespace {

constexpr std::uint64_t kSlotBytes = 512;  // a sector: one slot's write cannot harm the other
constexpr std::size_t kEndBytes = 8;
using Slot = std::array<std::uint8_t, 12>;

}  // namespace

Result<DurableEnd> DurableEnd::open(storage::FileSystem& files, const std::string& directory) {
  ASSIGN_OR_RETURN(auto file,
                   files.open(directory + "/durable-end", storage::OpenMode::kCreateReadWrite));
  // All of it exists from the start, so that recording never needs space.
  const std::array<std::uint8_t, 2 * kSlotBytes> zeros{};
  ASSIGN_OR_RETURN(const auto size, file->size());
  if (size < zeros.size()) {
    const std::array<ByteView, 1> pieces{ByteView(zeros).subspan(static_cast<std::size_t>(size))};
    RETURN_IF_ERROR(file->write_at(size, pieces));
    RETURN_IF_ERROR(file->sync());
    RETURN_IF_ERROR(files.sync_directory(directory));
  }
  DurableEnd result(std::move(file));
  for (const std::uint64_t position : {std::uint64_t{0}, kSlotBytes}) {
    Slot slot{};
    ASSIGN_OR_RETURN(const auto read, result.file_->read_at(position, slot));
    const auto crc = crc32c(ByteView(slot).first(kEndBytes));
    if (read != slot.size() || load_be<std::uint32_t>(slot.data() + kEndBytes) != crc) continue;
    const Offset end(load_be<std::int64_t>(slot.data()));
    if (!result.end_ || end > *result.end_) result.end_ = end;
  }
  return result;
}

Status DurableEnd::record(Offset end) {
  Slot slot{};
  store_be(slot.data(), end.value());
  store_be(slot.data() + kEndBytes, crc32c(ByteView(slot).first(kEndBytes)));
  const std::array<ByteView, 1> pieces{ByteView(slot)};
  RETURN_IF_ERROR(
      file_->write_at(static_cast<std::uint64_t>(end.value() % 2) * kSlotBytes, pieces));
  RETURN_IF_ERROR(file_->sync());
  end_ = end;
  return {};
}

}  // namespace millrace::node
