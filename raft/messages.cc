#include "raft/messages.h"

#include <fmt/format.h>

namespace millrace::raft {
namespace {

std::string text(const VoteRequest& m) {
  return fmt::format("{}vote-request t{} last {}{}", m.pre ? "pre-" : "", m.term.value(),
                     describe(m.last), m.transfer ? " transfer" : "");
}
std::string text(const VoteReply& m) {
  return fmt::format("{}vote-reply t{} {}", m.pre ? "pre-" : "", m.term.value(),
                     m.granted ? "granted" : "refused");
}
std::string text(const AppendRequest& m) {
  std::string entries;
  for (const Entry& entry : m.entries) entries += " [" + describe(entry) + "]";
  return fmt::format("append t{} after {} committed {} round {}{}", m.term.value(),
                     describe(m.prev), m.committed_end.value(), m.round, entries);
}
std::string text(const AppendReply& m) {
  return m.matched ? fmt::format("append-reply t{} has {} round {}", m.term.value(),
                                 m.position.end.value(), m.round)
                   : fmt::format("append-reply t{} lacks {}, try {} round {}", m.term.value(),
                                 m.prev_end.value(), describe(m.position), m.round);
}
std::string text(const SnapshotChunk& m) {
  return fmt::format("snapshot t{} {} bytes {}+{}{} round {}", m.term.value(), describe(m.id),
                     m.position, m.bytes.size(), m.last ? " last" : "", m.round);
}
std::string text(const SnapshotReply& m) {
  return fmt::format("snapshot-reply t{} {} wants {} round {}", m.term.value(), describe(m.id),
                     m.wanted, m.round);
}
std::string text(const TimeoutNow& m) {
  return fmt::format("timeout-now t{}", m.term.value());
}
std::string text(const Hello& m) {
  return fmt::format("hello t{} last {}", m.term.value(), describe(m.last));
}
std::string text(const LeaderHint& m) {
  return fmt::format("leader-hint t{} {}", m.term.value(), describe(m.leader));
}

}  // namespace

Term term_of(const Message& message) {
  return std::visit([](const auto& body) { return body.term; }, message.body);
}

std::string describe(const Message& message) {
  return fmt::format("{}->{} {}", describe(message.from), describe(message.to),
                     std::visit([](const auto& body) { return text(body); }, message.body));
}

}  // namespace millrace::raft
