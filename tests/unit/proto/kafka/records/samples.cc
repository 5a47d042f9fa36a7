#include "tests/unit/proto/kafka/records/samples.h"

#include "base/crc32c.h"

namespace millrace::kafka {

namespace {

std::string random_text(Random& random, std::size_t bytes_max) {
  std::string text(random.below(bytes_max + 1), 'x');
  for (char& c : text) c = static_cast<char>(random.below(256));
  return text;
}

naive::Text random_nullable(Random& random, std::size_t bytes_max) {
  if (random.chance(1, 4)) return std::nullopt;
  return random_text(random, bytes_max);
}

}  // namespace

BatchBuilder sample(BatchOptions options) {
  BatchBuilder out(options);
  const BatchBuilder::Header headers[] = {{"name", as_bytes("value")}, {"null", std::nullopt}};
  out.add(kSampleNow, as_bytes("k0"), as_bytes("v0"), headers);
  out.add(kSampleNow + 5, std::nullopt, as_bytes("v1"));
  out.add(kSampleNow + 2, as_bytes(""), std::nullopt);
  return out;
}

SharedBytes sealed(std::vector<std::uint8_t> batch) {
  store_be(batch.data() + kBatchCrcStart - 4, crc32c(ByteView(batch).subspan(kBatchCrcStart)));
  return SharedBytes::own(std::move(batch));
}

SharedBytes changed(const SharedBytes& batch, const std::function<void(BatchHeader&)>& change) {
  std::vector<std::uint8_t> bytes(batch.view().begin(), batch.view().end());
  BatchHeader header = read_batch_header(bytes);
  change(header);
  write_batch_header(header, bytes);
  return sealed(std::move(bytes));
}

SharedBytes with_body(std::string_view body, std::int32_t count) {
  std::vector<std::uint8_t> bytes(kBatchHeaderBytes + body.size());
  BatchHeader header;
  header.batch_length = static_cast<std::int32_t>(bytes.size() - kBatchLengthPrefixBytes);
  header.base_timestamp = header.max_timestamp = kSampleNow;
  header.producer_id = kNoProducerId;
  header.producer_epoch = kNoProducerEpoch;
  header.base_sequence = kNoSequence;
  header.record_count = count;
  header.last_offset_delta = count - 1;
  write_batch_header(header, bytes);
  std::copy(body.begin(), body.end(), bytes.begin() + kBatchHeaderBytes);
  return sealed(std::move(bytes));
}

std::vector<naive::Record> random_records(Random& random, std::size_t count_max) {
  std::vector<naive::Record> records(1 + random.below(count_max));
  for (std::size_t i = 0; i < records.size(); ++i) {
    naive::Record& record = records[i];
    record.offset_delta = static_cast<std::int64_t>(i);
    record.timestamp_delta = i == 0 ? 0 : random.between(-100'000, 100'000);
    record.key = random_nullable(random, 80);
    record.value = random_nullable(random, 300);
    for (auto headers = random.below(4); headers > 0; --headers)
      record.headers.emplace_back(random_text(random, 10), random_nullable(random, 10));
  }
  return records;
}

}  // namespace millrace::kafka
