#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "proto/kafka/records/batch_header.h"

namespace millrace::kafka {

/// What a batch carries besides its records.
struct BatchOptions {
  Offset base_offset{0};
  LeaderEpoch leader_epoch = kNoLeaderEpoch;
  Compression compression = Compression::kNone;
  int level = 0;  // of compression; 0 is the codec's default
  ProducerId producer_id = kNoProducerId;
  ProducerEpoch producer_epoch = kNoProducerEpoch;
  Sequence base_sequence = kNoSequence;
  bool transactional = false;
  bool control = false;
};

/// Builds one record batch, magic 2, with create time. One thread; used once.
class BatchBuilder {
 public:
  using Header = std::pair<std::string_view, std::optional<ByteView>>;

  explicit BatchBuilder(BatchOptions options = {});

  /// Copies the record. Offsets count up from base_offset.
  void add(TimestampMs timestamp, std::optional<ByteView> key, std::optional<ByteView> value,
           std::span<const Header> headers = {});

  [[nodiscard]] std::int32_t record_count() const { return header_.record_count; }
  /// Bytes of the records so far, before compression.
  [[nodiscard]] std::size_t body_bytes() const { return body_.size(); }

  /// The whole batch with its CRC. Requires: at least one record.
  SharedBytes build();

 private:
  BatchOptions options_;
  BatchHeader header_;
  std::vector<std::uint8_t> body_;
};

}  // namespace millrace::kafka
