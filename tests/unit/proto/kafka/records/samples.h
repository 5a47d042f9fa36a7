#pragma once

#include <functional>
#include <string_view>

#include "base/random.h"
#include "proto/kafka/records/batch_builder.h"
#include "tests/unit/proto/kafka/records/naive.h"

/// Batches that tests and the fuzzer start from.
namespace millrace::kafka {

inline constexpr TimestampMs kSampleNow{1'700'000'000'000};
inline constexpr Compression kCodecs[] = {Compression::kGzip, Compression::kSnappy,
                                          Compression::kLz4, Compression::kZstd};

/// Three records around kSampleNow: with headers, without key, without value.
BatchBuilder sample(BatchOptions options = {});

/// The batch with its CRC made right again.
SharedBytes sealed(std::vector<std::uint8_t> batch);

/// The batch with its header changed, and its CRC made right again.
SharedBytes changed(const SharedBytes& batch, const std::function<void(BatchHeader&)>& change);

/// A batch of hand-made records: `body` as it is, behind a header that fits `count` of them.
SharedBytes with_body(std::string_view body, std::int32_t count);

/// Records with random content; offset deltas 0, 1, 2 ...
std::vector<naive::Record> random_records(Random& random, std::size_t count_max);

}  // namespace millrace::kafka
