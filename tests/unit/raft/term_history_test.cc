#include "raft/term_history.h"

#include "base/random.h"
#include "tests/support/catch.h"

namespace millrace::raft {
namespace {

/// The same with one term for each entry.
struct Twin {
  LogPosition start;
  std::vector<Term> terms;

  [[nodiscard]] Offset end() const { return start.end + static_cast<std::int64_t>(terms.size()); }
  [[nodiscard]] Term term_before(Offset at) const {
    return at == start.end ? start.term : terms[static_cast<std::size_t>(at - start.end) - 1];
  }
  [[nodiscard]] LogPosition nearest(LogPosition wanted) const {
    Offset at = std::max(start.end, std::min(wanted.end, end()));
    while (at > start.end && term_before(at) > wanted.term) at = at - 1;
    return {term_before(at), at};
  }
};

TEST_CASE("a term history against one term for each entry") {
  Random random(11);
  for (int run = 0; run < 500; ++run) {
    const LogPosition start{Term(static_cast<int>(random.below(3))),
                            Offset(static_cast<std::int64_t>(random.below(5)))};
    TermHistory history(start);
    Twin twin{start, {}};
    for (int step = 0; step < 40; ++step) {
      const auto kind = random.below(10);
      if (kind < 7) {
        const Term term = twin.term_before(twin.end()) + static_cast<int>(random.below(3) / 2);
        history.append(term);
        twin.terms.push_back(term);
      } else if (kind < 9) {
        const auto keep = random.below(twin.terms.size() + 1);
        history.truncate(start.end >= twin.start.end && keep == 0
                             ? twin.start.end
                             : twin.start.end + static_cast<std::int64_t>(keep));
        twin.terms.resize(keep);
      } else {
        const auto drop = random.below(twin.terms.size() + 1);
        const Offset to = twin.start.end + static_cast<std::int64_t>(drop);
        const LogPosition position{twin.term_before(to), to};
        history.compact(position);
        twin.terms.erase(twin.terms.begin(),
                         twin.terms.begin() + static_cast<std::ptrdiff_t>(drop));
        twin.start = position;
      }
      REQUIRE(history.end() == twin.end());
      REQUIRE(history.start() == twin.start);
      for (Offset at = twin.start.end; at <= twin.end(); ++at) {
        REQUIRE(history.term_before(at) == twin.term_before(at));
        for (int term = 0; term < 6; ++term) {
          const LogPosition wanted{Term(term), at};
          REQUIRE(history.contains(wanted) == (twin.term_before(at) == wanted.term));
          REQUIRE(history.nearest(wanted) == twin.nearest(wanted));
        }
      }
      REQUIRE_FALSE(history.contains({Term(0), twin.end() + 1}));
      // As few runs as there are terms.
      for (std::size_t i = 1; i < history.runs().size(); ++i)
        REQUIRE(history.runs()[i - 1].term < history.runs()[i].term);
    }
  }
}

}  // namespace
}  // namespace millrace::raft
