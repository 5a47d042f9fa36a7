#pragma once

#include <array>
#include <string_view>

/// Bugs that the simulator must find, as in raft/planted.h: one of them in one test build alone.
namespace millrace::controller {

enum class Bug {
  kNone,
  kSpeculativeKept,         // who loses the lead keeps what was not committed
  kAnsweredAtOnce,          // answers do not wait for the commit
  kProducerIdsAtOnce,       // those with producer ids do not: the next leader gives them again
  kPlannedOnCommitted,      // a command does not see the ones before it that are not committed
  kIncarnationIgnored,      // any process is taken for the one that has registered
  kRegistrationKeepsLeads,  // a new incarnation leads what the old one led
  kLeaderEpochKept,         // another leader, the same epoch
  kFencedElected,           // fenced brokers lead
  kTopicIdAgain,            // a topic that is made again has the id that it had
  kHalfDeleted,             // of several topics only the first is deleted
  kOtherEntriesNotCounted,  // changes of the voters take no offset
};

struct NamedBug {
  Bug bug;
  std::string_view name;
};
inline constexpr std::array kBugs{
    NamedBug{Bug::kSpeculativeKept, "speculative-kept"},
    NamedBug{Bug::kAnsweredAtOnce, "answered-at-once"},
    NamedBug{Bug::kProducerIdsAtOnce, "producer-ids-at-once"},
    NamedBug{Bug::kPlannedOnCommitted, "planned-on-committed"},
    NamedBug{Bug::kIncarnationIgnored, "incarnation-ignored"},
    NamedBug{Bug::kRegistrationKeepsLeads, "registration-keeps-leads"},
    NamedBug{Bug::kLeaderEpochKept, "leader-epoch-kept"},
    NamedBug{Bug::kFencedElected, "fenced-elected"},
    NamedBug{Bug::kTopicIdAgain, "topic-id-again"},
    NamedBug{Bug::kHalfDeleted, "half-deleted"},
    NamedBug{Bug::kOtherEntriesNotCounted, "other-entries-not-counted"},
};

#ifdef MILLRACE_PLANTED_BUGS
/// Set before the first controller is made, by the test program alone.
extern Bug the_planted_bug;
inline bool planted(Bug bug) {
  return bug == the_planted_bug;
}
#else
constexpr bool planted(Bug) {
  return false;
}
#endif

}  // namespace millrace::controller
