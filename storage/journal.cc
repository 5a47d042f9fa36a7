#include "storage/journal.h"

#include <fmt/format.h>

#include <algorithm>

#include "storage/journal_codec.h"

namespace millrace::storage {

namespace {

constexpr std::size_t kHalves = 2;
constexpr std::size_t kScanStepBytes = 1 << 20;

std::string half_path(const std::string& directory, std::size_t half) {
  // Not "journal-0": that would be the directory of a topic named journal.
  return fmt::format("{}/journal.{}", directory, half);
}

struct Found {
  JournalHeader header;
  JournalRecord record;
};

/// The records of one of the two files.
struct Half {
  std::vector<Found> records;
  bool broken_inside = false;  // a later record of the same filling follows a bad one
};

class HalfReader {
 public:
  explicit HalfReader(File& file, std::uint64_t size) : file_(file), size_(size) {}

  Result<Half> run() {
    Half half;
    std::uint64_t position = 0;
    for (;;) {
      ASSIGN_OR_RETURN(auto found, at(position));
      if (!found || (!half.records.empty() && !follows(half.records.back().header, found->header)))
        break;
      position += found->header.padded_bytes();
      half.records.push_back(std::move(*found));
    }
    ASSIGN_OR_RETURN(half.broken_inside, later_one(half, position));
    return half;
  }

 private:
  static bool follows(const JournalHeader& before, const JournalHeader& after) {
    return after.filling == before.filling && after.sequence == before.sequence + 1;
  }

  Result<std::optional<Found>> at(std::uint64_t position) {
    std::vector<std::uint8_t> head(kJournalHeaderBytes);
    if (position + head.size() > size_) return std::optional<Found>();
    RETURN_IF_ERROR(file_.read_at(position, head));
    const auto header = decode_journal_header(head);
    if (!header || header->total_bytes() > size_ - position) return std::optional<Found>();
    std::vector<std::uint8_t> bytes(header->total_bytes());
    ASSIGN_OR_RETURN(const auto got, file_.read_at(position, bytes));
    if (got < bytes.size()) return std::optional<Found>();
    auto record = decode_journal_record(*header, SharedBytes::own(std::move(bytes)));
    if (!record) return std::optional<Found>();
    return std::optional(Found{*header, std::move(*record)});
  }

  /// Looks for a whole record of the same filling behind the place where reading stopped; adds what
  /// it finds, so that as much as possible is redone.
  Result<bool> later_one(Half& half, std::uint64_t position) {
    if (half.records.empty()) return false;
    const JournalHeader last = half.records.back().header;
    std::vector<std::uint8_t> step(kScanStepBytes);
    bool broken = false;
    while (position + kJournalHeaderBytes <= size_) {
      ASSIGN_OR_RETURN(const auto got, file_.read_at(position, step));
      if (got < kJournalHeaderBytes) break;
      std::uint64_t next = position +
                           (got - kJournalHeaderBytes) / kJournalAlignment * kJournalAlignment +
                           kJournalAlignment;
      for (std::size_t i = 0; i + kJournalHeaderBytes <= got; i += kJournalAlignment) {
        const auto header = decode_journal_header(ByteView(step).subspan(i));
        if (!header || header->filling != last.filling || header->sequence <= last.sequence)
          continue;
        ASSIGN_OR_RETURN(auto found, at(position + i));
        if (!found) continue;
        broken = true;
        next = position + i + found->header.padded_bytes();
        half.records.push_back(std::move(*found));
        break;
      }
      position = next;
    }
    return broken;
  }

  File& file_;
  std::uint64_t size_;
};

Result<std::optional<Half>> read_half(FileSystem& files, const std::string& path) {
  auto file = files.open(path, OpenMode::kRead);
  if (!file && file.error().code == ErrorCode::kNotFound) return std::optional<Half>();
  if (!file) return fail(file.error());
  ASSIGN_OR_RETURN(const auto size, (*file)->size());
  ASSIGN_OR_RETURN(Half half, HalfReader(**file, size).run());
  return std::optional(std::move(half));
}

}  // namespace

Result<JournalContents> read_journal(FileSystem& files, const std::string& directory) {
  std::vector<Half> halves;
  for (std::size_t i = 0; i < kHalves; ++i) {
    ASSIGN_OR_RETURN(auto half, read_half(files, half_path(directory, i)));
    if (half && !half->records.empty()) halves.push_back(std::move(*half));
  }
  std::sort(halves.begin(), halves.end(), [](const Half& a, const Half& b) {
    return a.records.front().header.filling < b.records.front().header.filling;
  });
  JournalContents contents;
  for (std::size_t i = 0; i < halves.size(); ++i) {
    const bool gap = i > 0 && halves[i].records.front().header.sequence !=
                                  halves[i - 1].records.back().header.sequence + 1;
    if (halves[i].broken_inside || gap) {
      contents.damage =
          fmt::format("the journal of {} has a damaged record among good ones", directory);
    }
    for (auto& found : halves[i].records) contents.records.push_back(std::move(found.record));
  }
  return contents;
}

Result<Journal> Journal::create(FileSystem& files, const std::string& directory,
                                std::uint64_t bytes) {
  Journal journal;
  journal.half_bytes_ =
      std::max(bytes, kJournalBytesMin) / kHalves / kJournalAlignment * kJournalAlignment;
  const std::vector<std::uint8_t> zeros(kJournalHeaderBytes);
  for (std::size_t i = 0; i < kHalves; ++i) {
    ASSIGN_OR_RETURN(journal.files_[i],
                     files.open(half_path(directory, i), OpenMode::kCreateReadWrite));
    File& file = *journal.files_[i];
    // Emptied by length: nothing of an earlier life can be read as a record afterwards.
    RETURN_IF_ERROR(file.truncate(0));
    RETURN_IF_ERROR(file.allocate(0, journal.half_bytes_, false));
    RETURN_IF_ERROR(file.sync());
  }
  RETURN_IF_ERROR(files.sync_directory(directory));
  return journal;
}

bool Journal::has_room(std::uint64_t bytes) const {
  return position_ + bytes <= half_bytes_ || (other_free_ && bytes <= half_bytes_);
}

Status Journal::append(const JournalRecord& record) {
  const std::uint64_t padded = journal_bytes(record);
  CHECK(has_room(padded));
  if (position_ + padded > half_bytes_) {
    current_ = 1 - current_;
    position_ = 0;
    ++filling_;
    other_free_ = false;
  }
  const BytesChain chain = encode_journal_record(record, filling_, sequence_);
  std::vector<ByteView> pieces;
  for (const auto& piece : chain.pieces()) pieces.push_back(piece.view());
  RETURN_IF_ERROR(files_[current_]->write_at(position_, pieces));
  RETURN_IF_ERROR(files_[current_]->sync());
  position_ += padded;
  ++sequence_;
  return {};
}

void Journal::release_before(std::uint64_t filling) {
  if (filling >= filling_) other_free_ = true;
}

}  // namespace millrace::storage
