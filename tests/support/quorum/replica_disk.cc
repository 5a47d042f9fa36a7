#include "tests/support/quorum/replica_disk.h"

#include <algorithm>

#include "base/check.h"
#include "base/crc32c.h"
#include "raft/planted.h"

namespace millrace::sim {
namespace {

using Bytes = std::vector<std::uint8_t>;
constexpr std::size_t kVoterBytes = 4 + Uuid::kBytes;
constexpr std::size_t kCrcBytes = 4;

/// Number of voters, voters, state, CRC of all that.
Bytes encode(const raft::VoterSet& voters, ByteView state) {
  Bytes file(4 + voters.size() * kVoterBytes);
  store_be(file.data(), static_cast<std::uint32_t>(voters.size()));
  auto* at = file.data() + 4;
  for (const auto& voter : voters) {
    store_be(at, voter.id.value());
    std::copy_n(voter.directory.uuid().bytes().begin(), Uuid::kBytes, at + 4);
    at += kVoterBytes;
  }
  file.insert(file.end(), state.begin(), state.end());
  const auto crc = crc32c(file);
  file.resize(file.size() + kCrcBytes);
  store_be(file.data() + file.size() - kCrcBytes, crc);
  return file;
}

struct Decoded {
  raft::VoterSet voters;
  Bytes state;
};

/// Nothing when the file is not what was written.
std::optional<Decoded> decode(const Bytes& file) {
  if (file.size() < 4 + kCrcBytes) return std::nullopt;
  const auto body = ByteView(file).first(file.size() - kCrcBytes);
  const bool sound = crc32c(body) == load_be<std::uint32_t>(file.data() + body.size());
  if (!sound && !raft::planted(raft::Bug::kSnapshotUnchecked)) return std::nullopt;
  const std::size_t count = load_be<std::uint32_t>(file.data());
  if (count > (body.size() - 4) / kVoterBytes) return std::nullopt;
  std::vector<raft::Replica> voters;
  const auto* at = file.data() + 4;
  for (std::size_t i = 0; i < count; ++i, at += kVoterBytes) {
    std::array<std::uint8_t, Uuid::kBytes> directory{};
    std::copy_n(at + 4, Uuid::kBytes, directory.begin());
    voters.push_back({NodeId(load_be<std::int32_t>(at)), DirectoryId(Uuid(directory))});
  }
  return Decoded{raft::VoterSet(std::move(voters)), Bytes(at, body.data() + body.size())};
}

}  // namespace

ReplicaDisk::ReplicaDisk(raft::VoterSet voters, std::size_t chunk_bytes)
    : start_voters_(std::move(voters)), chunk_bytes_(chunk_bytes) {}

Offset ReplicaDisk::end() const {
  return start_.end + static_cast<std::int64_t>(entries_.size());
}

std::optional<raft::Input> ReplicaDisk::complete_one() {
  CHECK(!queue_.empty());
  const auto request = std::move(queue_.front());
  queue_.pop_front();
  if (const auto* save = std::get_if<raft::Save>(&request)) {
    carry_out(*save);
    return raft::Saved{save->number};
  }
  return carry_out(std::get<raft::SaveChunk>(request));
}

void ReplicaDisk::carry_out(const raft::Save& save) {
  if (save.state) hard_ = *save.state;
  if (save.truncate_to) {
    CHECK(*save.truncate_to >= start_.end);
    while (end() > *save.truncate_to) entries_.pop_back();
  }
  for (const auto& entry : save.entries) {
    CHECK_MSG(entry.offset == end(), raft::describe(entry));
    entries_.push_back(entry);
  }
}

std::optional<raft::Input> ReplicaDisk::carry_out(const raft::SaveChunk& chunk) {
  if (chunk.position == 0) incoming_.clear();
  CHECK(chunk.position == incoming_.size());
  incoming_.insert(incoming_.end(), chunk.bytes.view().begin(), chunk.bytes.view().end());
  if (!chunk.last) return std::nullopt;
  const auto decoded = decode(incoming_);
  if (!decoded) return raft::SnapshotStored{chunk.id, std::nullopt};
  install(chunk.id, decoded->voters);
  snapshot_file_ = std::exchange(incoming_, {});
  return raft::SnapshotStored{chunk.id, decoded->voters};
}

raft::Found ReplicaDisk::found() const {
  raft::Found found;
  found.hard = hard_;
  found.snapshot = snapshot_;
  found.log.start = start_;
  found.log.end = end();
  found.log.voters = raft::VoterHistory(start_voters_, start_.end);
  raft::Term last = start_.term;
  for (const auto& entry : entries_) {
    if (entry.term > last) found.log.runs.push_back({last = entry.term, entry.offset});
    if (const auto* voters = std::get_if<raft::VoterSet>(&entry.body))
      found.log.voters.append(entry.offset, *voters);
  }
  // Entries of the term that the log begins with are a run of their own.
  if (!entries_.empty() && entries_.front().term == start_.term)
    found.log.runs.insert(found.log.runs.begin(), {start_.term, start_.end});
  return found;
}

void ReplicaDisk::power_cut(std::size_t finished, std::size_t torn) {
  while (finished > 0 && !queue_.empty()) {
    complete_one();
    --finished;
  }
  if (torn > 0 && !queue_.empty()) {
    if (auto* save = std::get_if<raft::Save>(&queue_.front())) {
      save->entries.resize(std::min(save->entries.size(), torn));
      carry_out(*save);
    }
  }
  queue_.clear();
  incoming_.clear();
}

raft::EntriesRead ReplicaDisk::read(const raft::ReadEntries& request, raft::Term term) const {
  raft::EntriesRead read{request.follower, {}, term};
  if (request.from < start_.end) return read;
  std::size_t bytes = 0;
  for (auto i = static_cast<std::size_t>(request.from - start_.end); i < entries_.size(); ++i) {
    bytes += bytes_of(entries_[i]);
    if (!read.entries.empty() && bytes > request.bytes_max) break;
    read.entries.push_back(entries_[i]);
  }
  return read;
}

raft::ChunkRead ReplicaDisk::read(const raft::ReadChunk& request) const {
  raft::ChunkRead read{request.follower, request.id, request.position, false, {}, false};
  if (snapshot_ != request.id || request.position > snapshot_file_.size()) return read;
  const auto rest = ByteView(snapshot_file_).subspan(request.position);
  const auto bytes = rest.first(std::min({rest.size(), request.bytes_max, chunk_bytes_}));
  read.found = true;
  read.bytes = SharedBytes::copy_of(bytes);
  read.last = bytes.size() == rest.size();
  return read;
}

void ReplicaDisk::take_snapshot(raft::LogPosition id, const raft::VoterSet& voters,
                                ByteView state) {
  CHECK(start_.end <= id.end && id.end <= end());
  while (start_.end < id.end) {
    start_ = {entries_.front().term, entries_.front().offset + 1};
    entries_.pop_front();
  }
  CHECK(start_ == id);
  start_voters_ = voters;
  snapshot_ = id;
  snapshot_file_ = encode(voters, state);
}

void ReplicaDisk::install(raft::LogPosition id, const raft::VoterSet& voters) {
  snapshot_ = start_ = id;
  start_voters_ = voters;
  entries_.clear();
}

void ReplicaDisk::adopt(const raft::HardState& hard, std::vector<raft::Entry> entries) {
  hard_ = hard;
  entries_.assign(entries.begin(), entries.end());
}

std::vector<std::uint8_t> ReplicaDisk::snapshot_state() const {
  if (!snapshot_) return {};
  const auto decoded = decode(snapshot_file_);
  CHECK(decoded.has_value());
  return decoded->state;
}

}  // namespace millrace::sim
