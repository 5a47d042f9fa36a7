#include "storage/segment_index.h"

#include <algorithm>

#include "storage/sum.h"

namespace millrace::storage {

void SegmentIndex::add_offset(OffsetEntry entry) {
  if (!offsets_.empty() && (entry.relative_offset <= offsets_.back().relative_offset ||
                            entry.position <= offsets_.back().position)) {
    return;
  }
  offsets_.push_back(entry);
}

void SegmentIndex::add_time(TimeEntry entry) {
  if (!times_.empty() && (entry.timestamp <= times_.back().timestamp ||
                          entry.relative_offset <= times_.back().relative_offset)) {
    return;
  }
  times_.push_back(entry);
}

void SegmentIndex::add_sum(SumEntry entry) {
  CHECK(sums_.empty() || entry.position > sums_.back().position);
  sums_.push_back(entry);
}

std::uint64_t SegmentIndex::floor_position(std::uint32_t relative_offset) const {
  // An entry names the last offset of its batch: a batch may hold `relative_offset` although its
  // entry is larger, so only entries at or below it are safe to start from.
  const auto after = std::upper_bound(offsets_.begin(), offsets_.end(), relative_offset,
                                      [](std::uint32_t wanted, const OffsetEntry& entry) {
                                        return wanted < entry.relative_offset;
                                      });
  return after == offsets_.begin() ? 0 : std::prev(after)->position;
}

std::optional<std::uint32_t> SegmentIndex::floor_offset_by_time(TimestampMs timestamp) const {
  const auto first = std::lower_bound(
      times_.begin(), times_.end(), timestamp,
      [](const TimeEntry& entry, TimestampMs wanted) { return entry.timestamp < wanted; });
  if (first == times_.begin()) return std::nullopt;
  return std::prev(first)->relative_offset;
}

std::uint32_t SegmentIndex::relative_offset_at(std::uint64_t position) const {
  const auto found = std::find_if(offsets_.begin(), offsets_.end(), [&](const OffsetEntry& entry) {
    return entry.position == position;
  });
  return found == offsets_.end() ? 0 : found->relative_offset;
}

std::uint64_t SegmentIndex::entry_at_or_before(std::uint64_t position) const {
  const auto after = std::upper_bound(
      offsets_.begin(), offsets_.end(), position,
      [](std::uint64_t wanted, const OffsetEntry& entry) { return wanted < entry.position; });
  return after == offsets_.begin() ? 0 : std::prev(after)->position;
}

bool SegmentIndex::agrees() const {
  return std::all_of(offsets_.begin(), offsets_.end(), [&](const OffsetEntry& entry) {
    return find_sum(sums_, entry.position).has_value();
  });
}

SegmentIndex SegmentIndex::sums_between(std::uint64_t from, std::uint64_t to) const {
  const auto at = [&](std::uint64_t position) {
    return std::lower_bound(
        sums_.begin(), sums_.end(), position,
        [](const SumEntry& entry, std::uint64_t wanted) { return entry.position < wanted; });
  };
  SegmentIndex part;
  part.sums_.assign(at(from), at(std::max(from, to)));
  return part;
}

std::uint64_t SegmentIndex::ceiling_position(std::uint32_t relative_offset,
                                             std::uint64_t otherwise) const {
  const auto above = std::upper_bound(offsets_.begin(), offsets_.end(), relative_offset,
                                      [](std::uint32_t wanted, const OffsetEntry& entry) {
                                        return wanted < entry.relative_offset;
                                      });
  return above == offsets_.end() ? otherwise : above->position;
}

void SegmentIndex::cut(std::uint32_t relative_offset, std::uint64_t position) {
  std::erase_if(offsets_, [&](const OffsetEntry& entry) {
    return entry.relative_offset >= relative_offset || entry.position >= position;
  });
  std::erase_if(times_,
                [&](const TimeEntry& entry) { return entry.relative_offset >= relative_offset; });
  std::erase_if(sums_, [&](const SumEntry& entry) { return entry.position >= position; });
}

std::vector<std::uint8_t> SegmentIndex::encode_offsets() const {
  std::vector<std::uint8_t> bytes(offsets_.size() * kOffsetEntryBytes);
  std::uint8_t* at = bytes.data();
  for (const OffsetEntry& entry : offsets_) {
    store_be(at, entry.relative_offset);
    store_be(at + 4, entry.position);
    at += kOffsetEntryBytes;
  }
  return bytes;
}

std::vector<std::uint8_t> SegmentIndex::encode_times() const {
  std::vector<std::uint8_t> bytes(times_.size() * kTimeEntryBytes);
  std::uint8_t* at = bytes.data();
  for (const TimeEntry& entry : times_) {
    store_be(at, entry.timestamp.value());
    store_be(at + 8, entry.relative_offset);
    at += kTimeEntryBytes;
  }
  return bytes;
}

SegmentIndex SegmentIndex::decode(ByteView offsets, ByteView times, ByteView sums,
                                  std::uint64_t segment_bytes) {
  SegmentIndex index;
  for (; offsets.size() >= kOffsetEntryBytes; offsets = offsets.subspan(kOffsetEntryBytes)) {
    const OffsetEntry entry{load_be<std::uint32_t>(offsets.data()),
                            load_be<std::uint32_t>(offsets.data() + 4)};
    const auto before = index.offsets_.size();
    if (entry.position >= segment_bytes) break;
    index.add_offset(entry);
    if (index.offsets_.size() == before) break;
  }
  for (; times.size() >= kTimeEntryBytes; times = times.subspan(kTimeEntryBytes)) {
    const auto before = index.times_.size();
    index.add_time({TimestampMs(load_be<std::int64_t>(times.data())),
                    load_be<std::uint32_t>(times.data() + 8)});
    if (index.times_.size() == before) break;
  }
  index.sums_ = decode_sums(sums);
  std::erase_if(index.sums_,
                [&](const SumEntry& entry) { return entry.position >= segment_bytes; });
  return index;
}

}  // namespace millrace::storage
