#include "node/metadata_log/forced_recovery.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

#include "node/metadata_log/metadata_partition.h"
#include "node/metadata_log/quorum_inspection.h"
#include "node/metadata_log/quorum_store.h"
#include "storage/log_directory.h"
#include "storage/whole_file.h"

namespace millrace::node {
namespace {

constexpr std::size_t kCopyBytes = 1 << 20;
/// Copies are kept for ever, so somebody who tries again and again gets as many.
constexpr int kBackupsMax = 1'000;

Status copy_file(storage::FileSystem& files, const std::string& from, const std::string& to) {
  ASSIGN_OR_RETURN(const auto source, files.open(from, storage::OpenMode::kRead));
  ASSIGN_OR_RETURN(const auto target, files.open(to, storage::OpenMode::kCreateReadWrite));
  RETURN_IF_ERROR(target->truncate(0));
  std::vector<std::uint8_t> buffer(kCopyBytes);
  for (std::uint64_t position = 0;;) {
    ASSIGN_OR_RETURN(const auto got, source->read_at(position, buffer));
    if (got == 0) return target->sync();
    const std::array<ByteView, 1> pieces{ByteView(buffer).first(got)};
    RETURN_IF_ERROR(target->write_at(position, pieces));
    position += got;
  }
}

/// The first name that is not taken.
Result<std::string> backup_path(storage::FileSystem& files, const std::string& directory) {
  for (int number = 1; number <= kBackupsMax; ++number) {
    auto path = fmt::format("{}.{}.before-recovery", directory, number);
    ASSIGN_OR_RETURN(const bool taken, files.exists(path));
    if (!taken) return path;
  }
  return fail(ErrorCode::kLimitReached,
              fmt::format("{} has {} copies of earlier recoveries; remove those that nobody needs",
                          directory, kBackupsMax));
}

/// Copies beside, then gives the copy its name: a copy that has it is whole.
Result<std::string> back_up(storage::FileSystem& files, const std::string& log_dir) {
  const auto directory = log_dir + "/" + kMetadataLogDirectory;
  ASSIGN_OR_RETURN(auto path, backup_path(files, directory));
  const auto unfinished = directory + ".before-recovery.tmp";
  RETURN_IF_ERROR(storage::ensure_directory(files, unfinished));
  ASSIGN_OR_RETURN(const auto stale, files.list(unfinished));
  for (const auto& name : stale) RETURN_IF_ERROR(files.remove_file(unfinished + "/" + name));
  ASSIGN_OR_RETURN(const auto names, files.list(directory));
  for (const auto& name : names)
    RETURN_IF_ERROR(copy_file(files, directory + "/" + name, unfinished + "/" + name));
  RETURN_IF_ERROR(files.sync_directory(unfinished));
  RETURN_IF_ERROR(files.rename(unfinished, path));
  RETURN_IF_ERROR(files.sync_directory(log_dir));
  return path;
}

/// The last term that the disk knows of.
raft::Term last_term(const QuorumInspection& seen) {
  auto term = seen.log.last_term;
  if (seen.state) term = std::max(term, seen.state->hard.term);
  for (const auto& snapshot : seen.snapshots)
    term = std::max(term, raft::Term(snapshot.id.epoch.value()));
  return term;
}

Status check_recoverable(const std::string& log_dir, const QuorumInspection& seen,
                         const raft::Replica& self) {
  if (const auto* damage = seen.fatal_damage(); damage != nullptr) {
    return fail(ErrorCode::kCorrupt,
                damage->describe() +
                    "; nothing was touched: recover another voter's disk, or restore a backup");
  }
  if (seen.voters.empty()) {
    return fail(ErrorCode::kInvalidArgument,
                log_dir +
                    " never knew a quorum, so there is nothing to recover; recover a disk "
                    "that was a voter's");
  }
  if (seen.voters == raft::VoterSet({self})) {
    return fail(
        ErrorCode::kAlreadyExists,
        fmt::format("node {} is the only voter of {} already; start it", self.id.value(), log_dir));
  }
  if (last_term(seen).value() > std::numeric_limits<std::int32_t>::max() - 2 * kForcedTermStep) {
    return fail(ErrorCode::kLimitReached,
                fmt::format("{} is at term {}, which leaves no room for another recovery; restore "
                            "a backup",
                            log_dir, last_term(seen).value()));
  }
  return {};
}

}  // namespace

Result<ForcedRecovery> recover_quorum(storage::FileSystem& files, const std::string& log_dir,
                                      TimestampMs now) {
  ASSIGN_OR_RETURN(const auto identity, storage::LogDirectory::identity_of(files, log_dir));
  if (!identity) return fail(ErrorCode::kNotFound, log_dir + " is not formatted");
  ASSIGN_OR_RETURN(const auto lock, storage::LogDirectory::lock(files, log_dir));
  const raft::Replica self{identity->node_id, identity->directory_id};
  ASSIGN_OR_RETURN(const auto seen, inspect_quorum(files, log_dir));
  RETURN_IF_ERROR(check_recoverable(log_dir, seen, self));
  ForcedRecovery done{self, seen.voters, {}, Offset(0), ""};
  done.term = raft::Term(last_term(seen).value() + kForcedTermStep);
  ASSIGN_OR_RETURN(done.backup, back_up(files, log_dir));
  ASSIGN_OR_RETURN(const auto store, QuorumStore::open(files, log_dir, now, {}));
  done.offset = store->end();
  // The term first, as in every election: a log never holds a term that its replica does not know.
  RETURN_IF_ERROR(store->save({1, raft::HardState{done.term, self}, std::nullopt, {}}, now));
  const raft::Entry alone{done.offset, done.term, raft::VoterSet({self})};
  RETURN_IF_ERROR(store->save({2, std::nullopt, std::nullopt, {alone}}, now));
  return done;
}

}  // namespace millrace::node
