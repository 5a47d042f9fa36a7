#include "tests/powercut/world.h"

#include <fmt/format.h>

#include <algorithm>

#include "proto/kafka/records/assign.h"
#include "proto/kafka/records/batch_builder.h"
#include "storage/recovery.h"

namespace millrace::powercut {

using namespace storage;  // the test is about this folder

namespace {

constexpr const char* kPath = "/data";
constexpr const char* kCluster = "powercut";
constexpr NodeId kNode{1};
constexpr std::size_t kPartitionsMax = 6;
constexpr std::uint64_t kJournalBytes = kJournalBytesMin;  // small, so that it is filled many times
constexpr std::size_t kReadBytes = 64 * 1024;

sim::DiskFaults draw_faults(Random& random) {
  return {static_cast<std::uint32_t>(random.below(900)),
          static_cast<std::uint32_t>(random.below(100)),
          static_cast<std::uint32_t>(random.below(1000))};
}

}  // namespace

std::string_view name_of(Mutant mutant) {
  switch (mutant) {
    case Mutant::kNone:
      return "none";
    case Mutant::kSyncDoesNothing:
      return "sync does nothing";
    case Mutant::kDirectorySyncDoesNothing:
      return "directory sync does nothing";
    case Mutant::kAckWhenWritten:
      return "acked when written";
    case Mutant::kJournalReusedEarly:
      return "journal reused before its checkpoint";
    case Mutant::kRecoveryIgnoresJournal:
      return "recovery ignores the journal";
    case Mutant::kRecoveryTrustsTail:
      return "recovery trusts a recovery point that is too high";
    case Mutant::kDamageTakenForTorn:
      return "damage is taken for torn";
  }
  return "?";
}

World::World(std::uint64_t seed, Mutant mutant, bool trace)
    : random_(seed), mutant_(mutant), trace_(trace), disk_(random_.next(), draw_faults(random_)) {
  must(disk_.create_directory(kPath), "create the directory");
  const DirectoryIdentity identity{kCluster, kNode, DirectoryId(Uuid::random(random_))};
  must(LogDirectory::format(disk_, kPath, identity), "format");
  must(disk_.sync_directory("/"), "sync the root");
  disk_.syncs_work = mutant != Mutant::kSyncDoesNothing;
  disk_.directory_syncs_work = mutant != Mutant::kDirectorySyncDoesNothing;
  recover();
}

World::~World() = default;

void World::must(const Status& status, const char* what) {
  if (!status) throw Violation{fmt::format("{}: {}", what, to_string(status.error()))};
}

void World::violation(const Partition& partition, const std::string& what) const {
  throw Violation{fmt::format("after {} operations, {} cuts, {}: {}", totals_.operations,
                              totals_.cuts, partition.model.partition.directory_name(), what)};
}

void World::trace(const Partition* partition, std::string_view what) const {
  if (!trace_) return;
  fmt::print("{:4} {} {} {}\n", totals_.operations,
             partition == nullptr ? "-" : partition->model.partition.directory_name(), what,
             partition != nullptr && partition->log ? partition->log->describe() : "");
}

void World::note(std::uint64_t value) {
  totals_.hash = (totals_.hash ^ value) * 0x100000001b3;
  totals_.hash ^= totals_.hash >> 29;
}

Totals World::run(int operations, int cuts) {
  const int between = operations / (cuts + 1);
  for (int i = 1; i <= operations; ++i) {
    step();
    ++totals_.operations;
    if (i % between == 0) cut_and_recover();
  }
  flip_and_check();
  return totals_;
}

/// Lets rounds run until everything submitted is durable.
void World::settle() {
  for (int i = 0; i < 100 && (round_ || checkpoint_ || !writer_->idle()); ++i) {
    if (checkpoint_) start_or_finish_checkpoint();
    start_or_finish_round();
    if (!round_ && writer_->wants_checkpoint()) checkpoint_ = writer_->start_checkpoint();
    deliver();
    for (auto& partition : partitions_) pump_log(partition);
  }
}

/// One bit of a segment flips while the power is off. It is mended from the journal, or reported as
/// damage or when it is read: never served, and never cut away as if it had not been acked.
void World::flip_and_check() {
  for (int i = 0; i < 10; ++i) append();
  for (auto& partition : partitions_) pump_log(partition);
  deliver();
  settle();
  for (auto& partition : partitions_) partition.log.reset();
  writer_.reset();
  directory_.reset();
  disk_.power_cut();
  std::vector<std::string> segments;
  for (const std::string& path : disk_.files()) {
    if (path.ends_with(".log") && disk_.size_of(path) > 0 &&
        path.find("-delete") == std::string::npos)
      segments.push_back(path);
  }
  if (segments.empty()) return;
  const std::string& path = segments[static_cast<std::size_t>(random_.below(segments.size()))];
  if (!disk_.flip_bit(path, random_.below(disk_.size_of(path)),
                      static_cast<unsigned>(random_.below(8))))
    return;
  ++totals_.flips;
  flipped_ = path;
  recover();
  for (auto& partition : partitions_) check(partition);
}

World::Partition* World::pick() {
  if (partitions_.empty()) return nullptr;
  return &partitions_[static_cast<std::size_t>(random_.below(partitions_.size()))];
}

void World::step() {
  now_ms_ += static_cast<std::int64_t>(random_.below(1000));
  const auto draw = random_.below(100);
  if (draw < 45) {
    append();
  } else if (draw < 65) {
    start_or_finish_round();
  } else if (draw < 72) {
    start_or_finish_checkpoint();
  } else if (draw < 80) {
    if (Partition* partition = pick()) partition->log->roll();
  } else if (draw < 84) {
    if (Partition* partition = pick()) partition->log->checkpoint();
  } else if (draw < 88) {
    delete_records();
  } else if (draw < 92) {
    truncate();
  } else if (draw < 96) {
    create_partition();
  } else if (draw < 98) {
    delete_partition();
  } else if (Partition* partition = pick()) {
    partition->log->flush();
  }
  for (auto& partition : partitions_) pump_log(partition);
  deliver();
}

void World::append() {
  Partition* partition = pick();
  if (partition == nullptr) return;
  Model& model = partition->model;
  if (random_.chance(1, 20)) ++model.epoch;
  kafka::BatchBuilder builder;
  const auto records = 1 + random_.below(4);
  for (std::uint64_t i = 0; i < records; ++i) {
    const std::string value(
        static_cast<std::size_t>(random_.below(random_.chance(1, 10) ? 40'000 : 400)), 'v');
    builder.add(TimestampMs(now_ms_), std::nullopt, as_bytes(value));
  }
  const SharedBytes bytes = builder.build();
  const auto header = kafka::parse_batch_header(bytes.view());
  const Offset first = partition->log->log_end();
  const auto result = partition->log->append({*header, bytes}, LeaderEpoch(model.epoch),
                                             std::nullopt, TimestampMs(now_ms_));
  if (!result) {
    if (!model.cut) violation(*partition, "append refused: " + to_string(result.error()));
    return;
  }
  kafka::ValidatedBatch stored{*header, bytes};
  std::vector<std::uint8_t> expected =
      BytesChain(kafka::assign(stored, first, LeaderEpoch(model.epoch), std::nullopt)).flatten();
  expected.insert(expected.end(), bytes.view().begin() + kafka::kBatchHeaderBytes,
                  bytes.view().end());
  model.batches.push_back({first, result->last_offset + 1, std::move(expected)});
  trace(partition, fmt::format("appended {} bytes", bytes.size()));
}

void World::pump_log(Partition& partition) {
  for (WriteOp& op : partition.log->take_ops()) {
    trace(&partition, fmt::format("writes {}", describe(op)));
    writer_->submit(std::move(op));
  }
}

void World::deliver() {
  for (const WriterEvent& event : writer_->take_events()) apply(event);
  for (const Partition& partition : partitions_) partition.log->check_invariants();
}

void World::apply(const WriterEvent& event) {
  if (std::holds_alternative<DirectoryFenced>(event)) {
    throw Violation{"the directory was fenced: " + std::get<DirectoryFenced>(event).error.message};
  }
  for (Partition& partition : partitions_) {
    const auto mine = [&](const LogRef& log) { return log.id == partition.model.partition.id; };
    if (const auto* written = std::get_if<LogWritten>(&event); written && mine(written->log)) {
      partition.log->on_written(*written);
      if (mutant_ == Mutant::kAckWhenWritten)
        partition.model.acked = std::max(partition.model.acked, written->end_offset);
    }
    if (const auto* durable = std::get_if<LogDurable>(&event); durable && mine(durable->log)) {
      partition.log->on_durable(*durable);
      trace(&partition, fmt::format("durable {}", durable->end_offset.value()));
      partition.model.acked = std::max(partition.model.acked, partition.log->durable_end());
      ++totals_.acked_batches;
      note(static_cast<std::uint64_t>(durable->end_offset.value()));
    }
    if (const auto* saved = std::get_if<SegmentSaved>(&event); saved && mine(saved->log)) {
      partition.log->on_saved(*saved);
    }
    if (const auto* truncated = std::get_if<LogTruncated>(&event);
        truncated && mine(truncated->log)) {
      partition.log->on_truncated(*truncated);
      trace(&partition, fmt::format("truncated {}", truncated->end_offset.value()));
      auto& batches = partition.model.batches;
      std::erase_if(batches,
                    [&](const Model::Batch& batch) { return batch.end > *partition.model.cut; });
      partition.model.cut.reset();
    }
  }
}

void World::start_or_finish_round() {
  if (round_) {
    trace(nullptr, "round runs");
    round_->run(run_in_order);
    writer_->finish_round(std::move(round_));
    return;
  }
  round_ = writer_->start_round();
  if (round_) trace(nullptr, "round starts");
  if (round_ && random_.chance(1, 2)) start_or_finish_round();
}

void World::start_or_finish_checkpoint() {
  if (checkpoint_) {
    trace(nullptr, "checkpoint runs");
    checkpoint_->run(run_in_order);
    writer_->finish_checkpoint(std::move(checkpoint_));
    return;
  }
  checkpoint_ = writer_->start_checkpoint();
  trace(nullptr, "checkpoint starts");
  if (checkpoint_ && mutant_ == Mutant::kJournalReusedEarly) {
    writer_->finish_checkpoint(std::move(checkpoint_));
  }
}

void World::truncate() {
  Partition* partition = pick();
  if (partition == nullptr || partition->model.cut) return;
  Log& log = *partition->log;
  if (log.written_end() != log.log_end() || log.log_end() == log.log_start()) return;
  const auto span = static_cast<std::uint64_t>(log.log_end() - log.log_start());
  const Offset wanted = log.log_start() + static_cast<std::int64_t>(random_.below(span));
  const auto cut = locate_cut(disk_, log.plan_truncate(wanted, TimestampMs(now_ms_)));
  if (!cut) violation(*partition, "locating a cut: " + to_string(cut.error()));
  if (!log.truncate(*cut)) return;
  partition->model.cut = cut->end;
  partition->model.acked = std::min(partition->model.acked, cut->end);
}

void World::delete_records() {
  Partition* partition = pick();
  if (partition == nullptr || partition->model.cut) return;
  Log& log = *partition->log;
  const Offset upto = log.durable_end();
  if (upto <= log.log_start()) return;
  const Offset to = log.log_start() + static_cast<std::int64_t>(random_.below(
                                          static_cast<std::uint64_t>(upto - log.log_start()) + 1));
  log.delete_records(to);
  partition->model.start = std::max(partition->model.start, to);
}

void World::create_partition() {
  if (partitions_.size() >= kPartitionsMax) return;
  Partition partition;
  Model& model = partition.model;
  model.partition = {
      {TopicId(Uuid::random(random_)), PartitionIndex(static_cast<std::int32_t>(random_.below(3)))},
      fmt::format("t{}", metadata_offset_),
      ++metadata_offset_};
  model.config.durability = random_.chance(1, 4) ? Durability::kMemory : Durability::kFsync;
  model.config.segment_bytes = random_.chance(1, 2) ? 4096 : 100'000;
  model.config.index_interval_bytes = 512;
  must(directory_->create_partitions({model.partition}), "create a partition");
  must(directory_->note_upto(metadata_offset_), "note the materialised offset");
  partitions_.push_back(std::move(partition));
  recover_log(partitions_.back(),
              {model.partition.id, "",
               std::string(kPath) + "/" + partitions_.back().model.partition.directory_name(),
               std::nullopt, std::nullopt, std::nullopt});
}

void World::delete_partition() {
  if (partitions_.size() < 2 || round_ || checkpoint_) return;
  const auto at = static_cast<std::size_t>(random_.below(partitions_.size()));
  const TopicPartitionId id = partitions_[at].model.partition.id;
  writer_->remove_log(id);
  must(directory_->delete_partition(id), "delete a partition");
  partitions_.erase(partitions_.begin() + static_cast<std::ptrdiff_t>(at));
}

void World::cut_and_recover() {
  for (auto& partition : partitions_) partition.log.reset();
  round_.reset();
  checkpoint_.reset();
  writer_.reset();
  directory_.reset();
  disk_.power_cut();
  trace(nullptr, "power cut");
  ++totals_.cuts;
  // Recovery writes too: cut it short now and then, at any of its calls.
  while (random_.chance(1, 3)) {
    disk_.fail_call(random_.below(40), ErrorCode::kIo, true);
    try {
      recover();
      disk_.stop_failing();
    } catch (const Violation&) {
      // Expected: the disk went away in the middle. What is left must recover all the same.
    }
    disk_.stop_failing();
    for (auto& partition : partitions_) partition.log.reset();
    writer_.reset();
    directory_.reset();
    disk_.power_cut();
    trace(nullptr, "power cut during recovery");
    ++totals_.cuts_in_recovery;
  }
  recover();
  for (auto& partition : partitions_) check(partition);
  if (random_.chance(1, 2)) must(directory_->remove_deleted(), "remove deleted partitions");
}

void World::recover() {
  if (mutant_ == Mutant::kRecoveryIgnoresJournal) {
    for (const char* name : {"/data/journal.0", "/data/journal.1"})
      (void)disk_.remove_file(name).has_value();
  }
  auto directory = LogDirectory::open(disk_, kPath, kCluster, kNode);
  if (!directory) throw Violation{"open: " + to_string(directory.error())};
  directory_ = std::move(*directory);
  if (directory_->journal_damage())
    throw Violation{"journal damage without a flip: " + *directory_->journal_damage()};
  std::vector<AssignedPartition> assigned;
  for (const auto& partition : partitions_) assigned.push_back(partition.model.partition);
  auto materialised = directory_->materialise(assigned, metadata_offset_);
  if (!materialised) throw Violation{"materialise: " + to_string(materialised.error())};
  if (!materialised->lost.empty())
    throw Violation{"a partition's directory is lost: " + materialised->lost[0].directory_name()};
  // Recovered before the journal is emptied: it may be needed again.
  std::vector<OpenLog> open;
  for (auto& partition : partitions_) {
    const auto found = std::find_if(
        directory_->found().begin(), directory_->found().end(),
        [&](const FoundPartition& each) { return each.id == partition.model.partition.id; });
    if (found == directory_->found().end()) violation(partition, "not found in its directory");
    recover_log(partition, *found);
    open.push_back({partition.model.partition.id, partition.model.partition.topic,
                    partition.log->directory(), partition.log->durable_end(),
                    partition.log->log_start()});
  }
  auto journal = directory_->create_journal(kJournalBytes, open);
  if (!journal) throw Violation{"journal: " + to_string(journal.error())};
  writer_ = std::make_unique<DirectoryWriter>(disk_, kPath, std::move(*journal));
  for (const auto& log : open) writer_->add_log(log);
}

void World::recover_log(Partition& partition, const FoundPartition& found) {
  RecoveryInput input{partition.model.partition.id, found.path,         partition.model.config,
                      found.recovery_point,         found.recorded_end, found.log_start,
                      TimestampMs(now_ms_)};
  if (mutant_ == Mutant::kDamageTakenForTorn) input.recorded_end.reset();
  if (mutant_ == Mutant::kRecoveryTrustsTail) input.recovery_point = Offset(INT64_MAX / 2);
  auto state = storage::recover_log(disk_, input);
  if (!state) violation(partition, "recovery: " + to_string(state.error()));
  if (state->damage && !may_be_damaged(partition))
    violation(partition, "damage without a flip: " + state->damage->what);
  if (state->damage) ++totals_.flips_reported;
  partition.log = std::make_unique<Log>(std::move(*state), partition.model.config);
  trace(&partition, "recovered");
  if (writer_) {
    writer_->add_log({partition.model.partition.id, partition.model.partition.topic, found.path,
                      partition.log->durable_end(), partition.log->log_start()});
  }
}

/// D1: exactly a prefix of what was appended that contains everything acked.
void World::check(Partition& partition) {
  Model& model = partition.model;
  Log& log = *partition.log;
  check_acked(partition);
  if (log.log_start() > std::max(model.start, Offset(0)))
    violation(partition, "the log start moved by itself: " + log.describe());
  std::size_t at = 0;
  Offset next = log.log_start();
  while (next < log.log_end()) {
    const auto plan = log.plan_read(next, log.log_end(), kReadBytes);
    if (!plan || !*plan)
      violation(partition, "cannot plan a read at " + to_string(next) + ": " + log.describe());
    const auto read = read_now(disk_, **plan);
    if (!read && may_be_damaged(partition) && read.error().code == ErrorCode::kCorruptMessage) {
      ++totals_.flips_reported;
      return;
    }
    if (!read) violation(partition, "read: " + to_string(read.error()));
    if (read->loaded) log.install(**plan, read->loaded);
    for (ByteView bytes = ByteView(read->bytes.pieces()[0].view()); !bytes.empty();) {
      const auto header = kafka::read_batch_header(bytes);
      while (at < model.batches.size() && model.batches[at].end <= header.base_offset) ++at;
      if (at == model.batches.size() || model.batches[at].base != header.base_offset ||
          !holds(partition, model.batches[at], bytes.first(header.total_bytes()))) {
        violation(partition, fmt::format("offset {} holds what was never appended there",
                                         header.base_offset.value()));
      }
      note(header.crc);
      bytes = bytes.subspan(header.total_bytes());
    }
    next = read->next;
  }
  std::erase_if(model.batches, [&](const Model::Batch& batch) {
    return batch.end > log.log_end() || batch.end <= log.log_start();
  });
  model.acked = log.log_end();
  model.start = std::max(model.start, log.log_start());
  model.cut.reset();
}

/// Whether the stored bytes are those of the batch. Kafka's CRC leaves out the leader epoch; what
/// guards it is the sum, which a batch gets when it is acked or checkpointed. A bit that flips
/// there before is nobody's to see.
bool World::holds(const Partition& partition, const Model::Batch& batch, ByteView stored) const {
  std::vector<std::uint8_t> expected = batch.bytes;
  if (may_be_damaged(partition) && batch.base >= partition.model.acked) {
    // The epoch follows the length, see docs/formats/record_batch.md.
    std::copy_n(stored.begin() + kafka::kBatchLengthPrefixBytes, sizeof(std::int32_t),
                expected.begin() + kafka::kBatchLengthPrefixBytes);
  }
  return as_text(expected) == as_text(stored);
}

bool World::may_be_damaged(const Partition& partition) const {
  return flipped_.starts_with(std::string(kPath) + "/" +
                              partition.model.partition.directory_name() + "/");
}

void World::check_acked(const Partition& partition) {
  const Model& model = partition.model;
  if (partition.log->damage()) return;  // said, and kept
  const Offset end = partition.log->log_end();
  if (end < model.acked) {
    violation(partition,
              fmt::format("acked up to {}, recovered up to {}", model.acked.value(), end.value()));
  }
}

}  // namespace millrace::powercut
