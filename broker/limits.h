#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

/// What a shard may hold, and how often it looks after things. At a limit clients get a retriable
/// error or wait in line; each limit has a test that reaches it.
namespace millrace::broker {

/// Bytes appended to the partitions of one shard and not written yet. Above it a produce is
/// answered with REQUEST_TIMED_OUT and nothing is stored: every client retries that without asking
/// for metadata again.
inline constexpr std::uint64_t kUnwrittenBytesMax = 256ULL << 20;
/// Records that one owner of partitions puts into one answer to a fetch, unless the client's
/// min.bytes is more than one; the client comes back for the rest. What fits the core's cache costs
/// one pass through memory instead of three, and a loop is not held up by one large answer. See
/// docs/benchmarks.md.
inline constexpr std::size_t kFetchAnswerBytes = 1 << 20;
/// Reads of one shard that wait for the disk. More of them stand in line.
inline constexpr std::size_t kColdReadsMax = 64;
/// Fetches of one shard that wait for data. One more is answered at once with what there is.
inline constexpr std::size_t kWaitingFetchesMax = 50'000;
/// Requests of one shard that are being handled. One more is answered by closing its connection.
inline constexpr std::size_t kRunningRequestsMax = 200'000;
/// max.incremental.fetch.session.cache.slots of one shard.
inline constexpr std::size_t kFetchSessionsMax = 1'000;
/// Partitions in all fetch sessions of one shard.
inline constexpr std::size_t kFetchSessionPartitionsMax = 200'000;
/// A session that was not used for this long gives way to a new one.
inline constexpr std::chrono::minutes kFetchSessionIdle{2};
/// fetch.max.wait.ms that a client may ask for.
inline constexpr std::chrono::minutes kFetchWaitMax{5};
/// What one admin request may take at most, whatever its timeout says.
inline constexpr std::chrono::minutes kCommandWaitMax{10};

/// How often appends are tried again after the disk was full.
inline constexpr std::chrono::seconds kNoSpaceRetry{1};
/// log.retention.check.interval.ms; idle producers are forgotten at the same time.
inline constexpr std::chrono::seconds kRetentionInterval{30};

}  // namespace millrace::broker
