#pragma once

#include <array>
#include <string_view>

/// Bugs that the tests must find. They exist in one test build alone (MILLRACE_PLANTED_BUGS), where
/// one is chosen when the program starts; in every other build planted() is false and costs
/// nothing.
namespace millrace::raft {

enum class Bug {
  kNone,
  kVoteNotSynced,           // a vote is told before it is durable
  kCountedBeforeDurable,    // a leader counts its own entries, a follower acks them, when written
  kCommittedBeforeDurable,  // entries are applied before they are durable here
  kVotesTwice,              // the vote of a term is forgotten
  kStaleLogElected,         // candidates are not asked how far their log goes
  kOldTermCommitted,        // entries of earlier terms are committed by counting (paper, figure 8)
  kStaleVoters,             // an uncommitted voter set does not count
  kTwoChangesAtOnce,        // the next change of voters does not wait for the last
  kChangeBeforeOwnEntry,    // voters are changed before an entry of the own term is committed
  kDirectoryIgnored,        // a node with another disk is taken for the voter that it was
  kNoTruncation,            // entries that conflict are kept
  kConflictIgnored,         // entries are taken whatever lies before them
  kTruncatesAlways,         // every append cuts off what follows it, also an old one
  kSnapshotUnchecked,       // pieces of a snapshot are not compared with their checksums
  kReadWithoutQuorum,       // a leader answers reads without asking whether it still is one
  kPreVoteSkipped,          // everybody campaigns at once
  kNoCheckQuorum,           // a leader that hears of nobody goes on
};

struct NamedBug {
  Bug bug;
  std::string_view name;
};
inline constexpr std::array kBugs{
    NamedBug{Bug::kVoteNotSynced, "vote-not-synced"},
    NamedBug{Bug::kCountedBeforeDurable, "counted-before-durable"},
    NamedBug{Bug::kCommittedBeforeDurable, "committed-before-durable"},
    NamedBug{Bug::kVotesTwice, "votes-twice"},
    NamedBug{Bug::kStaleLogElected, "stale-log-elected"},
    NamedBug{Bug::kOldTermCommitted, "old-term-committed"},
    NamedBug{Bug::kStaleVoters, "stale-voters"},
    NamedBug{Bug::kTwoChangesAtOnce, "two-changes-at-once"},
    NamedBug{Bug::kChangeBeforeOwnEntry, "change-before-own-entry"},
    NamedBug{Bug::kDirectoryIgnored, "directory-ignored"},
    NamedBug{Bug::kNoTruncation, "no-truncation"},
    NamedBug{Bug::kConflictIgnored, "conflict-ignored"},
    NamedBug{Bug::kTruncatesAlways, "truncates-always"},
    NamedBug{Bug::kSnapshotUnchecked, "snapshot-unchecked"},
    NamedBug{Bug::kReadWithoutQuorum, "read-without-quorum"},
    NamedBug{Bug::kPreVoteSkipped, "pre-vote-skipped"},
    NamedBug{Bug::kNoCheckQuorum, "no-check-quorum"},
};

#ifdef MILLRACE_PLANTED_BUGS
/// Set before the first core is made, by the test program alone.
extern Bug the_planted_bug;
inline bool planted(Bug bug) {
  return bug == the_planted_bug;
}
#else
constexpr bool planted(Bug) {
  return false;
}
#endif

}  // namespace millrace::raft
