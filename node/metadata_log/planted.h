#pragma once

#include <array>
#include <string_view>

/// Bugs that the simulator must find, as in raft/planted.h: one of them in one test build alone.
namespace millrace::node {

enum class Bug {
  kNone,
  kEntriesNotSynced,   // what is appended is called durable when it is written
  kNamesNotSynced,     // a new segment is synced, its name is not
  kDurableEndEarly,    // the durable end is recorded before the entries are synced
  kTermNotSaved,       // a vote is saved without its term
  kSnapshotUnchecked,  // a snapshot that came in is taken whatever its checksums say
};

struct NamedBug {
  Bug bug;
  std::string_view name;
};
inline constexpr std::array kBugs{
    NamedBug{Bug::kEntriesNotSynced, "entries-not-synced"},
    NamedBug{Bug::kNamesNotSynced, "names-not-synced"},
    NamedBug{Bug::kDurableEndEarly, "durable-end-early"},
    NamedBug{Bug::kTermNotSaved, "term-not-saved"},
    NamedBug{Bug::kSnapshotUnchecked, "snapshot-unchecked"},
};

#ifdef MILLRACE_PLANTED_BUGS
/// Set before the first store is opened, by the test program alone.
extern Bug the_planted_bug;
inline bool planted(Bug bug) {
  return bug == the_planted_bug;
}
#else
constexpr bool planted(Bug) {
  return false;
}
#endif

}  // namespace millrace::node
