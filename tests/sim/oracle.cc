#include "tests/sim/oracle.h"

#include <fmt/format.h>

namespace millrace::sim {
namespace {

std::uint64_t mix(std::uint64_t hash, std::uint64_t value) {
  hash ^= value + 0x9e3779b97f4a7c15 + (hash << 6) + (hash >> 2);
  hash *= 0xff51afd7ed558ccd;
  return hash ^ (hash >> 32);
}

std::uint64_t mix(std::uint64_t hash, ByteView bytes) {
  for (const auto byte : bytes) hash = (hash ^ byte) * 0x100000001b3;
  return hash;
}

std::uint64_t mix(std::uint64_t hash, const raft::Replica& replica) {
  return mix(mix(hash, static_cast<std::uint64_t>(replica.id.value())),
             ByteView(replica.directory.uuid().bytes()));
}

bool holds(const ReplicaDisk& disk, Offset offset, raft::Term term) {
  if (offset < disk.start().end) return true;
  if (offset >= disk.end()) return false;
  return disk.entries()[static_cast<std::size_t>(offset - disk.start().end)].term == term;
}

}  // namespace

std::uint64_t chained(std::uint64_t before, const raft::Entry& entry) {
  auto hash = mix(mix(before, static_cast<std::uint64_t>(entry.offset.value())),
                  static_cast<std::uint64_t>(entry.term.value()));
  hash = mix(hash, entry.body.index());
  if (const auto* command = std::get_if<raft::Command>(&entry.body))
    return mix(hash, command->bytes.view());
  if (const auto* voters = std::get_if<raft::VoterSet>(&entry.body)) {
    for (const auto& voter : *voters) hash = mix(hash, voter);
  }
  return hash;
}

void Oracle::on_leader(const raft::Raft& core) {
  const auto& self = core.state().config.self;
  const auto [known, first] = leaders_.try_emplace(core.term(), self);
  if (known->second == self) return;
  violated_(fmt::format("R1: {} and {} lead in term {}", describe(known->second), describe(self),
                        core.term().value()));
}

std::uint64_t Oracle::chain_before(Offset offset, raft::Term term_before) const {
  if (offset == Offset(0)) return 0;
  const auto known = chains_.find({offset - 1, term_before});
  return known == chains_.end() ? 0 : known->second;
}

void Oracle::on_save(const raft::Raft& core, const raft::Save& save) {
  if (save.truncate_to && core.is_leader())
    violated_("R2: a leader cuts its own log: " + core.describe());
  const auto& log = core.state().log;
  for (const auto& entry : save.entries) {
    const auto before = log.terms().term_before(entry.offset);
    if (entry.term < before)
      violated_("R3: the term falls at " + raft::describe(entry) + " of " + core.describe());
    const auto chain = chained(chain_before(entry.offset, before), entry);
    const auto [known, first] = chains_.try_emplace({entry.offset, entry.term}, chain);
    if (known->second != chain) {
      violated_("R3: two logs have " + raft::describe(entry) +
                " and differ there or before: " + core.describe());
    }
    const auto* voters = std::get_if<raft::VoterSet>(&entry.body);
    const auto& before_it = log.voters().at(entry.offset);
    // Who begins with an empty disk does not know whom the formation named.
    if (voters != nullptr && !before_it.empty() && !overlap(before_it, *voters)) {
      violated_(fmt::format("R7: {} follows {}", describe(*voters),
                            describe(log.voters().at(entry.offset))));
    }
  }
}

void Oracle::on_send(const ReplicaDisk& disk, const raft::Message& message) {
  auto& told = told_terms_[message.from];
  const auto* request = std::get_if<raft::VoteRequest>(&message.body);
  const auto* reply = std::get_if<raft::VoteReply>(&message.body);
  const bool promise = (request != nullptr && request->pre) || (reply != nullptr && reply->pre);
  if (!promise) told = std::max(told, term_of(message));

  std::optional<raft::Replica> vote;
  if (request != nullptr && !request->pre) vote = message.from;
  if (reply != nullptr && !reply->pre && reply->granted) vote = message.to;
  if (vote) {
    const auto term = term_of(message);
    const auto [known, first] = votes_.try_emplace({message.from, term}, *vote);
    if (known->second != *vote) {
      violated_(fmt::format("R6: {} votes for {} and {} in term {}", describe(message.from),
                            describe(known->second), describe(*vote), term.value()));
    }
    if (disk.hard() != raft::HardState{term, *vote})
      violated_("R6: a vote is told before it is durable: " + raft::describe(message));
  }
  const auto* has = std::get_if<raft::AppendReply>(&message.body);
  if (has != nullptr && has->matched && has->position.end > disk.end())
    violated_("R6: entries are acknowledged before they are durable: " + raft::describe(message));
}

/// Committed by the voters of that entry, or by those that were named since.
void Oracle::check_majority(const View& view, Offset offset, raft::Term term,
                            const std::map<raft::Replica, const ReplicaDisk*>& all) {
  const auto decided = [&](const raft::VoterSet& voters) {
    std::size_t durable = 0;
    for (const auto& voter : voters) {
      const auto disk = all.find(voter);
      // A disk that is lost may have had it.
      if (disk == all.end() || holds(*disk->second, offset, term)) ++durable;
    }
    return durable >= voters.majority();
  };
  if (decided(view.core.voters()) || decided(view.core.state().log.voters().at(offset + 1))) return;
  violated_(fmt::format("R6: {} is committed and not durable on a majority of {}", offset.value(),
                        describe(view.core.voters())));
}

void Oracle::on_committed(const View& view, Offset from, Offset end, const Apply& apply,
                          const std::map<raft::Replica, const ReplicaDisk*>& all) {
  const auto& disk = view.disk;
  for (Offset offset = from; offset < end; ++offset) {
    if (offset >= disk.end() || offset < disk.start().end) {
      violated_(fmt::format("R6: {} is applied and not durable: {}", offset.value(),
                            view.core.describe()));
      return;
    }
    const auto& entry = disk.entries()[static_cast<std::size_t>(offset - disk.start().end)];
    const auto chain =
        offset == Offset(0)
            ? chained(0, entry)
            : chained(committed_[static_cast<std::size_t>(offset.value() - 1)].chain, entry);
    const auto state_hash = apply(entry);
    const auto i = static_cast<std::size_t>(offset.value());
    if (i == committed_.size()) {
      if (view.core.is_leader()) check_majority(view, offset, entry.term, all);
      committed_.push_back({entry.term, chain, state_hash});
    } else if (committed_[i].chain != chain) {
      violated_(fmt::format("R4: {} was committed in term {}, and now another: {}", offset.value(),
                            committed_[i].term.value(), view.core.describe()));
    } else if (committed_[i].state_hash != state_hash) {
      violated_(
          fmt::format("R5: the state after {} differs: {}", offset.value(), view.core.describe()));
    }
  }
}

void Oracle::on_snapshot(Offset end, std::uint64_t state_hash) {
  const auto i = static_cast<std::size_t>(end.value());
  if (i == 0) return;
  if (i > committed_.size() || committed_[i - 1].state_hash != state_hash)
    violated_(fmt::format("R8: the snapshot at {} is not the state there", end.value()));
}

void Oracle::on_restart(const raft::Replica& self, const ReplicaDisk& disk) {
  const auto told = told_terms_.find(self);
  if (told == told_terms_.end() || disk.hard().term >= told->second) return;
  violated_(fmt::format("R6: {} told term {} and starts with {}", describe(self),
                        told->second.value(), disk.hard().term.value()));
}

void Oracle::on_acknowledged(Offset end) {
  acknowledged_end_ = std::max(acknowledged_end_, end);
}

void Oracle::on_read(Offset asked, Offset end) {
  if (end >= asked) return;
  violated_(fmt::format("M1: a read sees {}, and {} was acknowledged before it was asked",
                        end.value(), asked.value()));
}

std::string Oracle::fingerprint() const {
  std::string text;
  for (const auto& [term, leader] : leaders_)
    text += fmt::format("l{}:{} ", term.value(), leader.id.value());
  for (const auto& [vote, candidate] : votes_) {
    text +=
        fmt::format("v{}:{}:{} ", vote.first.id.value(), vote.second.value(), candidate.id.value());
  }
  for (const auto& entry : committed_) text += fmt::format("c{} ", entry.term.value());
  for (const auto& [at, chain] : chains_) text += fmt::format("{:x} ", chain & 0xffffffU);
  return text;
}

void Oracle::compare(const raft::Replica& self, const ReplicaDisk& disk,
                     Offset committed_end) const {
  for (Offset offset = disk.start().end; offset < std::min(committed_end, disk.end()); ++offset) {
    const auto& entry = disk.entries()[static_cast<std::size_t>(offset - disk.start().end)];
    const auto& committed = committed_[static_cast<std::size_t>(offset.value())];
    const auto chain = chains_.find({offset, entry.term});
    if (entry.term == committed.term && chain != chains_.end() && chain->second == committed.chain)
      continue;
    violated_(fmt::format("R4: {} has another entry at {}", describe(self), offset.value()));
  }
}

}  // namespace millrace::sim
