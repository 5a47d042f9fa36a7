#include "storage/write_op.h"

#include <fmt/format.h>

namespace millrace::storage {

std::string SegmentFiles::path(std::string_view suffix) const {
  return fmt::format("{}/{:020}{}", directory, base_offset.value(), suffix);
}

namespace {

std::string text_of(const CreateSegmentOp& op) {
  return fmt::format("create segment {}", op.segment->base_offset.value());
}
std::string text_of(const AppendOp& op) {
  return fmt::format("append at byte {} of segment {}, {} bytes, end {}, epoch {}{}", op.position,
                     op.segment->base_offset.value(), op.bytes.size(), op.end_offset.value(),
                     op.epoch.value(), op.durability == Durability::kMemory ? ", memory" : "");
}
std::string text_of(const SealSegmentOp& op) {
  return fmt::format("save segment {} up to byte {}", op.segment->base_offset.value(), op.size);
}
std::string text_of(const ReplaceFileOp& op) {
  return fmt::format("replace {}, {} bytes", op.path, op.content.size());
}
std::string text_of(const TruncateOp& op) {
  return fmt::format("cut segment {} at byte {}, end {}, without {} segments",
                     op.segment->base_offset.value(), op.size, op.end_offset.value(),
                     op.removed.size());
}
std::string text_of(const DeleteSegmentsOp& op) {
  return fmt::format("delete {} segments, log start {}", op.segments.size(), op.log_start.value());
}
std::string text_of(const FlushOp& op) {
  return fmt::format("flush up to {}", op.end_offset.value());
}

}  // namespace

std::string describe(const WriteOp& op) {
  return std::visit([](const auto& each) { return text_of(each); }, op);
}

}  // namespace millrace::storage
