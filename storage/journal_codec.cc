#include "storage/journal_codec.h"

#include <algorithm>

#include "base/crc32c.h"

namespace millrace::storage {

namespace {

constexpr std::uint32_t kMagic = 0x4d524a31;  // "MRJ1"
constexpr std::size_t kMagicAt = 0;
constexpr std::size_t kCrcAt = 4;
constexpr std::size_t kFillingAt = 8;
constexpr std::size_t kSequenceAt = 16;
constexpr std::size_t kMetaBytesAt = 24;
constexpr std::size_t kDataBytesAt = 32;
static_assert(kDataBytesAt + 8 == kJournalHeaderBytes);
constexpr std::size_t kIdBytes = Uuid::kBytes + 4;
constexpr std::size_t kSumBytes = 8;

class MetaWriter {
 public:
  template <class T>
  void put(T value) {
    bytes_.resize(bytes_.size() + sizeof(T));
    store_be(bytes_.data() + bytes_.size() - sizeof(T), value);
  }
  void put(const TopicPartitionId& id) {
    const auto& topic = id.topic_id.uuid().bytes();
    bytes_.insert(bytes_.end(), topic.begin(), topic.end());
    put(id.partition.value());
  }
  void count(std::size_t count) { put(static_cast<std::uint32_t>(count)); }
  std::vector<std::uint8_t> take() { return std::move(bytes_); }

 private:
  std::vector<std::uint8_t> bytes_;
};

/// After a read past the end everything reads as zero, and ok() is false.
class MetaReader {
 public:
  explicit MetaReader(ByteView bytes) : bytes_(bytes) {}

  template <class T>
  T get() {
    if (!take(sizeof(T))) return T{};
    return load_be<T>(bytes_.data() + at_ - sizeof(T));
  }
  TopicPartitionId id() {
    std::array<std::uint8_t, Uuid::kBytes> topic{};
    if (!take(kIdBytes)) return {};
    std::copy_n(bytes_.data() + at_ - kIdBytes, topic.size(), topic.begin());
    return {TopicId(Uuid(topic)), PartitionIndex(load_be<std::int32_t>(bytes_.data() + at_ - 4))};
  }
  /// A count of elements that take at least `each` bytes; 0 and not ok when they cannot be there.
  std::uint32_t count(std::size_t each) {
    const auto count = get<std::uint32_t>();
    if (std::uint64_t{count} * each > bytes_.size() - at_) ok_ = false;
    return ok_ ? count : 0;
  }
  Offset offset() { return Offset(get<std::int64_t>()); }
  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] bool at_end() const { return ok_ && at_ == bytes_.size(); }

 private:
  bool take(std::size_t count) {
    if (!ok_ || bytes_.size() - at_ < count) return ok_ = false;
    at_ += count;
    return true;
  }

  ByteView bytes_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

std::vector<std::uint8_t> encode_meta(const JournalRecord& record) {
  MetaWriter out;
  out.count(record.cuts.size());
  for (const auto& cut : record.cuts) {
    out.put(cut.id);
    out.put(cut.segment_base.value());
    out.put(cut.size);
    out.put(cut.end.value());
  }
  out.count(record.starts.size());
  for (const auto& start : record.starts) {
    out.put(start.id);
    out.put(start.start.value());
  }
  out.count(record.extents.size());
  for (const auto& extent : record.extents) {
    out.put(extent.id);
    out.put(extent.segment_base.value());
    out.put(extent.position);
    out.put(extent.end_offset.value());
    out.put(static_cast<std::uint64_t>(extent.bytes.size()));
  }
  out.count(record.sums.size());
  for (const auto& sums : record.sums) {
    out.put(sums.id);
    out.put(sums.segment_base.value());
    out.count(sums.entries.size());
    for (const auto& entry : sums.entries) {
      out.put(entry.position);
      out.put(entry.crc);
    }
  }
  out.count(record.ends.size());
  for (const auto& end : record.ends) {
    out.put(end.id);
    out.put(end.end.value());
  }
  return out.take();
}

/// Fills all but the extents' bytes; their sizes go to `sizes`.
bool decode_meta(ByteView bytes, JournalRecord& record, std::vector<std::uint64_t>& sizes) {
  MetaReader in(bytes);
  for (auto n = in.count(kIdBytes + 24); n > 0; --n) {
    auto& cut = record.cuts.emplace_back();
    cut.id = in.id();
    cut.segment_base = in.offset();
    cut.size = in.get<std::uint64_t>();
    cut.end = in.offset();
  }
  for (auto n = in.count(kIdBytes + 8); n > 0; --n) {
    auto& start = record.starts.emplace_back();
    start.id = in.id();
    start.start = in.offset();
  }
  for (auto n = in.count(kIdBytes + 32); n > 0; --n) {
    auto& extent = record.extents.emplace_back();
    extent.id = in.id();
    extent.segment_base = in.offset();
    extent.position = in.get<std::uint64_t>();
    extent.end_offset = in.offset();
    sizes.push_back(in.get<std::uint64_t>());
  }
  for (auto n = in.count(kIdBytes + 12); n > 0; --n) {
    auto& sums = record.sums.emplace_back();
    sums.id = in.id();
    sums.segment_base = in.offset();
    for (auto entries = in.count(kSumBytes); entries > 0; --entries) {
      const auto position = in.get<std::uint32_t>();
      sums.entries.push_back({position, in.get<std::uint32_t>()});
    }
  }
  for (auto n = in.count(kIdBytes + 8); n > 0; --n) {
    auto& end = record.ends.emplace_back();
    end.id = in.id();
    end.end = in.offset();
  }
  return in.at_end();
}

}  // namespace

std::uint64_t journal_bytes(const JournalRecord& record) {
  constexpr std::size_t kListCounts = 5;
  std::uint64_t bytes = kJournalHeaderBytes + kListCounts * 4;
  bytes += record.cuts.size() * (kIdBytes + 24) + record.starts.size() * (kIdBytes + 8);
  for (const auto& extent : record.extents) bytes += kIdBytes + 32 + extent.bytes.size();
  for (const auto& sums : record.sums) bytes += kIdBytes + 12 + sums.entries.size() * kSumBytes;
  bytes += record.ends.size() * (kIdBytes + 8);
  return (bytes + kJournalAlignment - 1) / kJournalAlignment * kJournalAlignment;
}

BytesChain encode_journal_record(const JournalRecord& record, std::uint64_t filling,
                                 std::uint64_t sequence) {
  const std::vector<std::uint8_t> meta = encode_meta(record);
  std::uint64_t data_bytes = 0;
  for (const auto& extent : record.extents) data_bytes += extent.bytes.size();
  std::vector<std::uint8_t> head(kJournalHeaderBytes);
  store_be(head.data() + kMagicAt, kMagic);
  store_be(head.data() + kFillingAt, filling);
  store_be(head.data() + kSequenceAt, sequence);
  store_be(head.data() + kMetaBytesAt, static_cast<std::uint64_t>(meta.size()));
  store_be(head.data() + kDataBytesAt, data_bytes);
  head.insert(head.end(), meta.begin(), meta.end());
  std::uint32_t crc = crc32c(ByteView(head).subspan(kFillingAt));
  BytesChain data;
  for (const auto& extent : record.extents) {
    for (const auto& piece : extent.bytes.pieces()) {
      crc = crc32c(piece.view(), crc);
      data.append(piece);
    }
  }
  store_be(head.data() + kCrcAt, crc);
  BytesChain chain(SharedBytes::own(std::move(head)));
  chain.append(std::move(data));
  CHECK(chain.size() <= journal_bytes(record) &&
        journal_bytes(record) - chain.size() < kJournalAlignment);
  return chain;
}

std::optional<JournalHeader> decode_journal_header(ByteView bytes) {
  if (load_be<std::uint32_t>(bytes.data() + kMagicAt) != kMagic) return std::nullopt;
  JournalHeader header;
  header.crc = load_be<std::uint32_t>(bytes.data() + kCrcAt);
  header.filling = load_be<std::uint64_t>(bytes.data() + kFillingAt);
  header.sequence = load_be<std::uint64_t>(bytes.data() + kSequenceAt);
  const auto meta_bytes = load_be<std::uint64_t>(bytes.data() + kMetaBytesAt);
  header.data_bytes = load_be<std::uint64_t>(bytes.data() + kDataBytesAt);
  constexpr std::uint64_t kSaneBytesMax = std::uint64_t{1} << 32;
  if (meta_bytes >= kSaneBytesMax || header.data_bytes >= kSaneBytesMax) return std::nullopt;
  header.meta_bytes = static_cast<std::uint32_t>(meta_bytes);
  return header;
}

std::optional<JournalRecord> decode_journal_record(const JournalHeader& header,
                                                   const SharedBytes& bytes) {
  CHECK(bytes.size() == header.total_bytes());
  if (crc32c(bytes.view().subspan(kFillingAt)) != header.crc) return std::nullopt;
  JournalRecord record;
  std::vector<std::uint64_t> sizes;
  if (!decode_meta(bytes.view().subspan(kJournalHeaderBytes, header.meta_bytes), record, sizes))
    return std::nullopt;
  std::uint64_t at = kJournalHeaderBytes + header.meta_bytes;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    if (sizes[i] > bytes.size() - at) return std::nullopt;
    record.extents[i].bytes = BytesChain(bytes.slice(at, sizes[i]));
    at += sizes[i];
  }
  if (at != bytes.size()) return std::nullopt;
  return record;
}

}  // namespace millrace::storage
