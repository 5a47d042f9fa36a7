#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "storage/journal.h"

/// Journal records as bytes; layout in docs/formats/journal.md.
namespace millrace::storage {

inline constexpr std::size_t kJournalAlignment = 64;  // records begin at multiples of it
inline constexpr std::size_t kJournalHeaderBytes = 40;

struct JournalHeader {
  std::uint32_t crc = 0;
  std::uint64_t filling = 0;
  std::uint64_t sequence = 0;
  std::uint32_t meta_bytes = 0;
  std::uint64_t data_bytes = 0;

  [[nodiscard]] std::uint64_t total_bytes() const {
    return kJournalHeaderBytes + meta_bytes + data_bytes;
  }
  [[nodiscard]] std::uint64_t padded_bytes() const {
    return (total_bytes() + kJournalAlignment - 1) / kJournalAlignment * kJournalAlignment;
  }
};

/// The record as pieces to gather; extents are not copied.
BytesChain encode_journal_record(const JournalRecord& record, std::uint64_t filling,
                                 std::uint64_t sequence);

/// Reads the fixed header; nothing when it is not one. Requires: kJournalHeaderBytes.
std::optional<JournalHeader> decode_journal_header(ByteView bytes);

/// Requires: `bytes` of header.total_bytes(). Nothing when the checksum or the structure does not
/// hold.
std::optional<JournalRecord> decode_journal_record(const JournalHeader& header,
                                                   const SharedBytes& bytes);

}  // namespace millrace::storage
