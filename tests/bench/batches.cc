#include "tests/bench/batches.h"

#include "base/crc32c.h"
#include "proto/kafka/records/batch_header.h"

namespace millrace::bench {

namespace {

void put_varint(std::vector<std::uint8_t>& out, std::int64_t value) {
  auto bits = (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
  for (; bits >= 0x80; bits >>= 7) out.push_back(static_cast<std::uint8_t>(bits | 0x80));
  out.push_back(static_cast<std::uint8_t>(bits));
}

/// Length, attributes, timestamp and offset deltas, no key, the value, no headers.
void put_record(std::vector<std::uint8_t>& out, std::int32_t offset_delta,
                std::size_t value_bytes) {
  std::vector<std::uint8_t> body{0, 0};
  put_varint(body, offset_delta);
  put_varint(body, -1);
  put_varint(body, static_cast<std::int64_t>(value_bytes));
  body.resize(body.size() + value_bytes, 'x');
  put_varint(body, 0);
  put_varint(out, static_cast<std::int64_t>(body.size()));
  out.insert(out.end(), body.begin(), body.end());
}

}  // namespace

SharedBytes make_batch(std::size_t batch_bytes, std::size_t record_bytes) {
  constexpr std::size_t kRecordOverhead = 16;
  std::vector<std::uint8_t> batch(kafka::kBatchHeaderBytes);
  kafka::BatchHeader header;
  do {
    put_record(batch, header.record_count++, record_bytes);
  } while (batch.size() + record_bytes + kRecordOverhead <= batch_bytes);
  header.batch_length = static_cast<std::int32_t>(batch.size() - kafka::kBatchLengthPrefixBytes);
  header.leader_epoch = kNoLeaderEpoch;
  header.last_offset_delta = header.record_count - 1;
  header.base_timestamp = header.max_timestamp = TimestampMs(1'700'000'000'000);
  header.producer_id = kNoProducerId;
  header.producer_epoch = kNoProducerEpoch;
  header.base_sequence = kNoSequence;
  kafka::write_batch_header(header, batch);
  header.crc = crc32c(ByteView(batch).subspan(kafka::kBatchCrcStart));
  kafka::write_batch_header(header, batch);
  return SharedBytes::own(std::move(batch));
}

std::optional<Offset> end_of_batches(ByteView records) {
  std::optional<Offset> end;
  while (records.size() >= kafka::kBatchHeaderBytes) {
    const auto header = kafka::read_batch_header(records);
    if (header.total_bytes() > records.size()) break;
    end = header.end_offset();
    records = records.subspan(header.total_bytes());
  }
  return end;
}

}  // namespace millrace::bench
