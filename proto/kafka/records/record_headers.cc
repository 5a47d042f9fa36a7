#include "proto/kafka/records/record_headers.h"

#include "proto/kafka/records/varint.h"

namespace millrace::kafka {

namespace {

// A header is at least the two lengths of its key and its value.
constexpr std::size_t kHeaderBytesMin = 2;

bool take_header(ByteView& bytes, RecordHeaderView& header) {
  std::optional<ByteView> key;
  if (!take_nullable(bytes, key) || !key || !take_nullable(bytes, header.value)) return false;
  header.key = as_text(*key);
  return true;
}

}  // namespace

bool take_nullable(ByteView& bytes, std::optional<ByteView>& into) {
  const auto length = take_varint(bytes);
  if (!length || *length < -1 || *length > static_cast<std::int64_t>(bytes.size())) return false;
  if (*length == -1) {
    into.reset();
    return true;
  }
  into = bytes.first(static_cast<std::size_t>(*length));
  bytes = bytes.subspan(static_cast<std::size_t>(*length));
  return true;
}

std::optional<RecordHeadersView> RecordHeadersView::take(ByteView& bytes) {
  const auto count = take_varint(bytes);
  if (!count || *count < 0) return std::nullopt;
  if (static_cast<std::uint64_t>(*count) > bytes.size() / kHeaderBytesMin) return std::nullopt;
  const ByteView start = bytes;
  RecordHeaderView header;
  for (std::int64_t i = 0; i < *count; ++i) {
    if (!take_header(bytes, header)) return std::nullopt;
  }
  return RecordHeadersView(start.first(start.size() - bytes.size()),
                           static_cast<std::size_t>(*count));
}

RecordHeadersView::Iterator::Iterator(ByteView rest, std::size_t left) : rest_(rest), left_(left) {
  if (left_ > 0) CHECK(take_header(rest_, current_));
}

RecordHeadersView::Iterator& RecordHeadersView::Iterator::operator++() {
  CHECK(left_ > 0);
  if (--left_ > 0) CHECK(take_header(rest_, current_));
  return *this;
}

}  // namespace millrace::kafka
