#include "tests/sim/stored_disk.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"

namespace millrace::sim {
namespace {

constexpr TimestampMs kNow{1'700'000'000'000};
/// So small that segments come and go.
constexpr node::QuorumStore::Sizes kSizes{4000, 2};
/// Committed entries read at a time: some, so that several reads are needed.
constexpr std::size_t kCommittedBytesMax = 2000;
/// A save makes fewer calls to the file system than this.
constexpr std::uint64_t kCallsMax = 14;

node::SnapshotId id_of(const raft::LogPosition& position) {
  return {position.end, LeaderEpoch(position.term.value())};
}

/// The entry at `offset`, if the model has it.
const raft::Entry* entry_at(const ReplicaDisk& disk, Offset offset) {
  if (offset < disk.start().end || offset >= disk.end()) return nullptr;
  return &disk.entries()[static_cast<std::size_t>(offset - disk.start().end)];
}

}  // namespace

StoredDisk::StoredDisk(std::uint64_t seed, const raft::VoterSet& voters, std::size_t chunk_bytes)
    : files_(std::make_unique<SimFileSystem>(seed, DiskFaults{})),
      random_(seed),
      model_(voters),
      chunk_bytes_(chunk_bytes) {
  CHECK(files_->create_directory("/d").has_value());
  CHECK(files_->sync_directory("/").has_value());
  if (!voters.empty()) CHECK(node::QuorumStore::form(*files_, "/d", voters, kNow).has_value());
}

std::optional<raft::Input> StoredDisk::complete_one() {
  CHECK(!queue_.empty());
  const auto request = std::move(queue_.front());
  queue_.pop_front();
  if (const auto* save = std::get_if<raft::Save>(&request)) {
    const auto saved = store_->save(*save, kNow);
    CHECK_MSG(saved.has_value(), saved.error().message);
    model_.submit(*save);
    return model_.complete_one();
  }
  const auto& chunk = std::get<raft::SaveChunk>(request);
  const auto kept = store_->save(chunk, kNow);
  CHECK_MSG(kept.has_value(), kept.error().message);
  if (!*kept) return std::nullopt;
  if ((*kept)->voters) model_.install(chunk.id, *(*kept)->voters);
  return raft::Input(**kept);
}

void StoredDisk::power_cut(std::size_t finished) {
  for (; finished > 0 && !queue_.empty(); --finished) (void)complete_one();
  torn_.reset();
  if (!queue_.empty()) carry_out_half(queue_.front());
  queue_.clear();
  store_.reset();
  files_->power_cut();
}

/// Begins, and comes to some call to the file system.
void StoredDisk::carry_out_half(const Request& request) {
  torn_ = request;
  files_->fail_call(random_.below(kCallsMax), ErrorCode::kIo, true);
  if (const auto* save = std::get_if<raft::Save>(&request)) {
    (void)store_->save(*save, kNow).has_value();
  } else {
    (void)store_->save(std::get<raft::SaveChunk>(request), kNow).has_value();
  }
  files_->stop_failing();
}

raft::Found StoredDisk::open() {
  auto opened = node::QuorumStore::open(*files_, "/d", kNow, kSizes);
  CHECK_MSG(opened.has_value(), opened.error().message);
  store_ = std::move(*opened);
  adopt();
  const auto& found = store_->found();
  CHECK_MSG(found.hard == model_.hard(), "D1: term and vote are others than were saved");
  CHECK_MSG(found.log.end == model_.end(),
            fmt::format("D1: the log ends at {}, not at {}", found.log.end.value(),
                        model_.end().value()));
  CHECK_MSG(found.log.voters.latest() == model_.found().log.voters.latest(),
            "D1: the voters are others than were saved");
  return found;
}

/// D1: everything that was durable is there; of what was torn a beginning, and nothing else. From
/// now on the model is what is there.
void StoredDisk::adopt() {
  const auto torn = std::exchange(torn_, std::nullopt);
  const auto& found = store_->found();
  if (const auto* chunk = torn ? std::get_if<raft::SaveChunk>(&*torn) : nullptr) {
    if (found.snapshot == chunk->id && model_.snapshot() != chunk->id)
      model_.install(chunk->id, found.log.voters.latest());
  }
  const auto* save = torn ? std::get_if<raft::Save>(&*torn) : nullptr;
  auto after = model_;
  Offset kept = model_.end();
  raft::HardState hard = model_.hard();
  if (save != nullptr) {
    if (save->truncate_to) kept = std::min(kept, *save->truncate_to);
    if (save->state && found.hard == *save->state) hard = *save->state;
    after.submit(*save);
    (void)after.complete_one();
  }
  CHECK_MSG(found.log.end >= kept, fmt::format("D1: the log ends at {}, {} were durable",
                                               found.log.end.value(), kept.value()));
  std::vector<raft::Entry> entries;
  for (Offset next = model_.start().end; next < found.log.end;) {
    auto read = store_->read(next, 1 << 20);
    CHECK_MSG(read.has_value() && !read->empty(), "D1: durable entries cannot be read");
    for (auto& entry : *read) entries.push_back(std::move(entry));
    next = entries.back().offset + 1;
  }
  for (const auto& entry : entries) {
    const auto* old_one = entry_at(model_, entry.offset);
    const auto* new_one = entry_at(after, entry.offset);
    const bool known =
        (old_one != nullptr && *old_one == entry) || (new_one != nullptr && *new_one == entry);
    CHECK_MSG(known, "D1: nobody saved " + raft::describe(entry));
  }
  model_.adopt(hard, std::move(entries));
}

raft::EntriesRead StoredDisk::read(const raft::ReadEntries& request, raft::Term term) {
  auto entries = store_->read(request.from, request.bytes_max);
  CHECK_MSG(entries.has_value(), entries.error().message);
  return {request.follower, std::move(*entries), term};
}

raft::ChunkRead StoredDisk::read(raft::ReadChunk request) {
  request.bytes_max = std::min(request.bytes_max, chunk_bytes_);
  auto read = store_->read(request);
  CHECK_MSG(read.has_value(), read.error().message);
  return std::move(*read);
}

std::vector<raft::Entry> StoredDisk::read_committed(Offset from) {
  auto entries = store_->read(from, kCommittedBytesMax);
  CHECK_MSG(entries.has_value(), entries.error().message);
  return std::move(*entries);
}

raft::SnapshotTaken StoredDisk::take_snapshot(raft::LogPosition id, const raft::VoterSet& voters,
                                              const controller::ImagePtr& image) {
  const auto taken = store_->take_snapshot(id_of(id), {voters, image}, kNow);
  CHECK_MSG(taken.has_value(), taken.error().message);
  model_.take_snapshot(id, voters, {});
  return *taken;
}

}  // namespace millrace::sim
