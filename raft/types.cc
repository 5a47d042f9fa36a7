#include "raft/types.h"

#include <fmt/format.h>

namespace millrace::raft {
namespace {

/// What an entry costs beside its command.
constexpr std::size_t kEntryOverheadBytes = 64;

}  // namespace

std::size_t bytes_of(const Entry& entry) {
  const auto* command = std::get_if<Command>(&entry.body);
  return kEntryOverheadBytes + (command == nullptr ? 0 : command->bytes.size());
}

std::string describe(const LogPosition& position) {
  return fmt::format("{}/t{}", position.end.value(), position.term.value());
}

std::string describe(const Entry& entry) {
  const auto at = fmt::format("{}/t{}", entry.offset.value(), entry.term.value());
  if (std::holds_alternative<LeaderChange>(entry.body)) return at + " leader-change";
  if (const auto* voters = std::get_if<VoterSet>(&entry.body)) {
    return at + " voters " + describe(*voters);
  }
  return fmt::format("{} '{}'", at, as_text(std::get<Command>(entry.body).bytes.view()));
}

}  // namespace millrace::raft
