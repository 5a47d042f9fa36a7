#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/bytes.h"

/// What Kafka's own code made of record batches; tests/golden/records/README.md tells how.
namespace millrace::kafka {

/// A batch that Kafka wrote, and what Kafka reads out of it, as lines of text.
struct GoldenBatch {
  std::string name;
  std::string header;
  std::vector<std::string> records;
  std::vector<std::uint8_t> bytes;
};
const std::vector<GoldenBatch>& golden_batches();

/// Bytes that were produced to a partition, and what Kafka's broker did with them.
struct GoldenVerdict {
  std::string name;
  std::map<std::string, std::string> settings;
  std::vector<std::uint8_t> produced;
  std::string error;                         // Kafka's name of it; empty when the batch was stored
  std::vector<std::int32_t> record_indexes;  // that Kafka named
  std::vector<std::uint8_t> stored;
};
const std::vector<GoldenVerdict>& golden_verdicts();

/// One batch in the words of the golden file: its header and each record, or the error.
std::vector<std::string> describe_batch(ByteView batch);

}  // namespace millrace::kafka
