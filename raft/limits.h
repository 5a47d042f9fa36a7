#pragma once

#include <cstddef>
#include <cstdint>

/// Everything in the quorum that could grow.
namespace millrace::raft {

/// Committed entries kept in memory for followers that are a little behind.
inline constexpr std::size_t kWindowBytesMax = 4 << 20;
/// Entries in one message, unless the first alone is larger.
inline constexpr std::size_t kMessageBytesMax = 1 << 20;
/// Entries on their way to one follower.
inline constexpr std::size_t kInFlightBytesMax = 4 << 20;
/// Entries that are not committed; a leader that has more of them refuses proposals.
inline constexpr std::size_t kUncommittedBytesMax = 64 << 20;
/// One piece of a snapshot.
inline constexpr std::size_t kChunkBytesMax = 1 << 20;
/// Reads that wait for a leader to be confirmed.
inline constexpr std::size_t kReadsMax = 10'000;
/// Replicas that follow without a vote.
inline constexpr std::size_t kObserversMax = 1'000;
/// A replica that lacks more entries than this may not become a voter.
inline constexpr std::int64_t kCaughtUpEntries = 1'000;

}  // namespace millrace::raft
