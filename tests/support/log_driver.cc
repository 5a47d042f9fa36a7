#include "tests/support/log_driver.h"

#include "proto/kafka/records/batch_builder.h"
#include "storage/journal_redo.h"

namespace millrace::sim {

using namespace storage;  // what is driven

namespace {

constexpr std::uint64_t kJournalBytes = 4 << 20;

template <class T>
void must(const T& result) {
  CHECK_MSG(result.has_value(), to_string(result.error()));
}

}  // namespace

kafka::ValidatedBatch make_batch(const BatchSpec& spec) {
  kafka::BatchOptions options;
  options.compression = spec.compression;
  if (spec.producer >= 0) {
    options.producer_id = ProducerId(spec.producer);
    options.producer_epoch = ProducerEpoch(spec.epoch);
    options.base_sequence = Sequence(spec.sequence);
  }
  kafka::BatchBuilder builder(options);
  const std::string value(spec.value_bytes, spec.fill);
  for (int i = 0; i < spec.records; ++i) {
    builder.add(TimestampMs(spec.timestamp + i * spec.timestamp_step), std::nullopt,
                as_bytes(value));
  }
  const SharedBytes bytes = builder.build();
  auto header = kafka::parse_batch_header(bytes.view());
  must(header);
  return {*header, bytes};
}

TopicPartitionId LogDriver::id() {
  Random random(7);
  return {TopicId(Uuid::random(random)), PartitionIndex(0)};
}

LogDriver::LogDriver(const LogConfig& config, std::uint64_t seed, DiskFaults faults)
    : disk_(seed, faults), config_(config) {
  for (const char* directory : {"/d", kDirectory}) must(disk_.create_directory(directory));
  for (const char* directory : {"/", "/d"}) must(disk_.sync_directory(directory));
  must(reopen());
}

RecoveryInput LogDriver::input() const {
  RecoveryInput input;
  input.id = id();
  input.directory = kDirectory;
  input.config = config_;
  input.now = now;
  if (log_) {
    input.recorded_end = log_->durable_end();
    input.log_start = log_->log_start();
  }
  return input;
}

Status LogDriver::reopen(const RecoveryInput& input) {
  ASSIGN_OR_RETURN(const JournalContents journal, read_journal(disk_, "/d"));
  RETURN_IF_ERROR(redo_journal(disk_, journal.records, {{id(), kDirectory}}));
  return recover(input);
}

Status LogDriver::recover(const RecoveryInput& input) {
  ASSIGN_OR_RETURN(LogState state, recover_log(disk_, input));
  log_ = std::make_unique<Log>(std::move(state), config_);
  start_writer();
  return {};
}

void LogDriver::start_writer() {
  auto journal = Journal::create(disk_, "/d", kJournalBytes);
  must(journal);
  writer_ = std::make_unique<DirectoryWriter>(disk_, "/d", std::move(*journal));
  writer_->add_log({id(), "t", kDirectory, log_->durable_end(), log_->log_start()});
}

Result<AppendResult> LogDriver::append(const BatchSpec& spec) {
  return log_->append(make_batch(spec), epoch, append_time, now);
}

void LogDriver::deliver() {
  struct Deliver {
    Log& log;
    void operator()(const LogWritten& event) const { log.on_written(event); }
    void operator()(const LogDurable& event) const { log.on_durable(event); }
    void operator()(const LogTruncated& event) const { log.on_truncated(event); }
    void operator()(const SegmentSaved& event) const { log.on_saved(event); }
    void operator()(const FileReplaced&) const {}
    void operator()(const LogWriteFailed& event) const { log.on_write_failed(event); }
    void operator()(const DirectoryFenced& event) const { log.on_fenced(event.error); }
  };
  for (const WriterEvent& event : writer_->take_events()) std::visit(Deliver{*log_}, event);
  log_->check_invariants();
}

void LogDriver::write() {
  for (WriteOp& op : log_->take_ops()) writer_->submit(std::move(op));
  deliver();
}

void LogDriver::commit() {
  write();
  while (auto round = writer_->start_round()) {
    round->run(run_in_order);
    writer_->finish_round(std::move(round));
    write();
  }
}

void LogDriver::checkpoint() {
  commit();
  auto checkpoint = writer_->start_checkpoint();
  CHECK(checkpoint != nullptr);
  checkpoint->run(run_in_order);
  writer_->finish_checkpoint(std::move(checkpoint));
  deliver();
}

AppendResult LogDriver::put(const BatchSpec& spec) {
  const auto result = append(spec);
  must(result);
  commit();
  return *result;
}

Offset LogDriver::truncate(Offset end) {
  const auto cut = locate_cut(disk_, log_->plan_truncate(end, now));
  must(cut);
  CHECK(log_->truncate(*cut));
  commit();
  return log_->log_end();
}

Result<std::vector<StoredBatch>> LogDriver::read(Offset from, std::size_t max_bytes,
                                                 std::optional<Offset> limit) {
  std::vector<StoredBatch> batches;
  for (;;) {
    ASSIGN_OR_RETURN(const auto plan,
                     log_->plan_read(from, limit.value_or(log_->written_end()), max_bytes));
    if (!plan) return batches;
    ASSIGN_OR_RETURN(const ReadResult read, read_now(disk_, *plan));
    if (read.loaded) log_->install(*plan, read.loaded);
    if (read.bytes.empty()) return batches;
    for (ByteView bytes = read.bytes.pieces()[0].view(); !bytes.empty();) {
      const auto header = kafka::read_batch_header(bytes);
      const ByteView whole = bytes.first(header.total_bytes());
      batches.push_back({header, {whole.begin(), whole.end()}});
      bytes = bytes.subspan(header.total_bytes());
    }
    from = read.next;
    if (from >= limit.value_or(log_->written_end())) return batches;
  }
}

Result<FoundRecord> LogDriver::find(TimestampMs timestamp, std::optional<Offset> limit) {
  for (const ReadPlan& plan :
       log_->plan_find_by_time(timestamp, limit.value_or(log_->written_end()))) {
    ASSIGN_OR_RETURN(const FoundRecord found, find_by_time(disk_, plan, timestamp));
    if (found.offset != kNoOffset) return found;
  }
  return FoundRecord{};
}

}  // namespace millrace::sim
