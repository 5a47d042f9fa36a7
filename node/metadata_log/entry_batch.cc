#include "node/metadata_log/entry_batch.h"

#include <fmt/format.h>

#include "node/metadata_log/planted.h"
#include "proto/kafka/records/batch_builder.h"
#include "proto/kafka/records/record_reader.h"

namespace millrace::node {
namespace {

tl::unexpected<Error> not_an_entry(Offset index, std::string_view why) {
  return fail(ErrorCode::kCorrupt, fmt::format("metadata entry {}: {}", index.value(), why));
}

}  // namespace

SharedBytes entry_batch(Offset index, ByteView value, TimestampMs now) {
  kafka::BatchOptions options;
  options.base_offset = index;
  options.leader_epoch = kMetadataEpoch;
  kafka::BatchBuilder builder(options);
  builder.add(now, std::nullopt, value);
  return builder.build();
}

Result<EntryValue> entry_value(Offset index, ByteView batch) {
  const auto header = kafka::parse_batch_header(batch);
  if (!header) return not_an_entry(index, header.error().message);
  const auto whole = batch.first(header->total_bytes());
  if (!planted(Bug::kSnapshotUnchecked) && !kafka::batch_crc_holds(*header, whole))
    return not_an_entry(index, "its CRC is wrong");
  if (header->base_offset != index) {
    return not_an_entry(index, fmt::format("found {} instead", header->base_offset.value()));
  }
  if (header->record_count != 1 || header->last_offset_delta != 0 || header->attributes != 0) {
    return not_an_entry(index, "it is not one plain record");
  }
  kafka::RecordReader reader(*header, whole.subspan(kafka::kBatchHeaderBytes));
  kafka::RecordView record;
  const auto there = reader.next(record);
  if (!there) return not_an_entry(index, there.error().message);
  if (!*there || !record.value) return not_an_entry(index, "it has no value");
  return EntryValue{*record.value, whole.size()};
}

}  // namespace millrace::node
