#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <variant>

#include "base/bytes.h"
#include "base/ids.h"
#include "raft/voter_set.h"

/// The words of the quorum. An entry is one batch with one command; its index is its offset in the
/// metadata log and its term is the batch's leader epoch. Ranges are half open: a log ends at the
/// offset that its next entry gets.
namespace millrace::raft {

struct TermTag {
  static constexpr bool kIsPosition = true;
};
/// Counts elections; what Kafka calls the leader epoch of the metadata log. 0 before the first.
using Term = Strong<TermTag, std::int32_t>;

/// Where a log may end: at `end`, after an entry of `term`. Two logs that have a position in common
/// are the same below it (Log Matching). The order is Raft's "more up to date". Also names a
/// snapshot by the last entry that it contains.
struct LogPosition {
  Term term;
  Offset end;

  friend auto operator<=>(const LogPosition&, const LogPosition&) = default;
};

/// First entry of every term: commits what earlier terms left behind.
struct LeaderChange {
  friend bool operator==(const LeaderChange&, const LeaderChange&) = default;
};
/// What the state machine applies; means nothing here.
struct Command {
  SharedBytes bytes;
  friend bool operator==(const Command&, const Command&) = default;
};

struct Entry {
  Offset offset;
  Term term;
  std::variant<LeaderChange, Command, VoterSet> body;

  friend bool operator==(const Entry&, const Entry&) = default;
};

/// What an entry counts for in every limit in bytes.
[[nodiscard]] std::size_t bytes_of(const Entry& entry);

/// What a replica must remember of elections: durable before anybody hears of it.
struct HardState {
  Term term;
  Replica voted_for = kNobody;  // in `term`

  friend bool operator==(const HardState&, const HardState&) = default;
};

std::string describe(const LogPosition& position);
std::string describe(const Entry& entry);

}  // namespace millrace::raft
