// Micro-benchmarks of the hot paths, each as the node takes it: `bench_micro`, with Google
// Benchmark's options; --iterations=N runs each exactly so often, for counts of instructions
// (micro.py).

#include <benchmark/benchmark.h>
#include <sys/uio.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "base/crc32c.h"
#include "base/random.h"
#include "node/kafka_listener/reply_queue.h"
#include "node/memory/block_pool.h"
#include "proto/kafka/codec/frame.h"
#include "proto/kafka/codec/reader.h"
#include "proto/kafka/messages/fetch.h"
#include "proto/kafka/messages/produce.h"
#include "proto/kafka/records/validate.h"
#include "storage/directory_writer.h"
#include "storage/log.h"
#include "storage/posix/posix_file_system.h"
#include "storage/read_memory.h"
#include "storage/recovery.h"
#include "tests/bench/batches.h"

namespace millrace::bench {
namespace {

constexpr std::size_t kRecordBytes = 1024;
constexpr std::size_t kBatchBytes = 16 * 1024;  // what Kafka's producer sends by default
constexpr std::int32_t kPartitions = 12;
constexpr TimestampMs kNow{1'700'000'000'000};

template <class T>
T must(Result<T> result) {
  if (!result) {
    std::fprintf(stderr, "bench_micro: %s\n", to_string(result.error()).c_str());
    std::exit(1);
  }
  return std::move(*result);
}
void must(const Status& status) {
  if (!status) must(Result<int>(fail(status.error())));
}

void count_bytes(benchmark::State& state, std::size_t each) {
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(each));
}

void crc(benchmark::State& state) {
  const std::vector<std::uint8_t> bytes(static_cast<std::size_t>(state.range(0)), 'x');
  for (auto _ : state) benchmark::DoNotOptimize(crc32c(bytes));
  count_bytes(state, bytes.size());
}

void validate(benchmark::State& state, bool every_record) {
  const SharedBytes batch = make_batch(kBatchBytes, kRecordBytes);
  kafka::ValidateOptions options;
  options.every_record = every_record;
  for (auto _ : state) {
    auto valid = kafka::validate_for_append(batch, kNow, options);
    if (!valid) state.SkipWithError("the batch is not valid");
    benchmark::DoNotOptimize(valid);
  }
  count_bytes(state, batch.size());
}
void validate_header(benchmark::State& state) {
  validate(state, false);
}
void validate_records(benchmark::State& state) {
  validate(state, true);
}

SharedBytes flat(const BytesChain& chain) {
  std::vector<std::uint8_t> bytes;
  for (const SharedBytes& piece : chain.pieces()) {
    bytes.insert(bytes.end(), piece.view().begin(), piece.view().end());
  }
  return SharedBytes::own(std::move(bytes));
}

void decode_produce(benchmark::State& state) {
  kafka::ProduceRequest request;
  request.acks = -1;
  auto& topic = request.topic_data.emplace_back();
  topic.name = "orders";
  for (std::int32_t i = 0; i < kPartitions; ++i) {
    auto& partition = topic.partition_data.emplace_back();
    partition.index = PartitionIndex(i);
    partition.records = BytesChain(make_batch(kBatchBytes, kRecordBytes));
  }
  constexpr std::int16_t kVersion = 12;
  const SharedBytes frame = flat(must(kafka::encode_request(1, "bench", kVersion, request)));
  for (auto _ : state) {
    kafka::Reader reader(frame);
    auto start = must(kafka::decode_request_start(reader));
    auto decoded = must(kafka::ProduceRequest::decode(reader, start.header.request_api_version));
    benchmark::DoNotOptimize(decoded);
  }
}

void encode_fetch(benchmark::State& state) {
  kafka::FetchResponse response;
  auto& topic = response.responses.emplace_back();
  topic.topic = "orders";
  for (std::int32_t i = 0; i < kPartitions; ++i) {
    auto& partition = topic.partitions.emplace_back();
    partition.partition_index = PartitionIndex(i);
    partition.records = BytesChain(make_batch(kBatchBytes, kRecordBytes));
  }
  constexpr std::int16_t kVersion = 12;
  for (auto _ : state) {
    auto frame = must(kafka::encode_response(1, kVersion, response));
    benchmark::DoNotOptimize(frame);
  }
}

/// A hundred small replies to one connection, written with as few gathering writes as it takes.
void coalesce_replies(benchmark::State& state) {
  constexpr std::size_t kReplies = 100;
  const SharedBytes body = SharedBytes::own(std::vector<std::uint8_t>(60, 'x'));
  std::array<iovec, 64> pieces{};
  for (auto _ : state) {
    node::ReplyQueue queue;
    for (std::size_t i = 0; i < kReplies; ++i) {
      queue.fill(queue.open(100), {broker::Reply::Kind::kSend, BytesChain(body), {}});
    }
    while (queue.has_output()) {
      std::size_t bytes = 0;
      const std::size_t used = queue.gather(pieces);
      for (std::size_t i = 0; i < used; ++i) bytes += pieces[i].iov_len;
      queue.written(bytes);
    }
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kReplies));
}

/// One log in a directory of its own, with the real writer; synced only when asked.
class RealLog {
 public:
  RealLog() : files_(storage::make_posix_file_system()) {
    char name[] = "bench-micro-XXXXXX";
    if (mkdtemp(name) == nullptr) must(Result<int>(fail(ErrorCode::kIo, "no directory here")));
    root_ = std::filesystem::absolute(name);
    const std::string directory = root_ + "/t-0";
    must(files_->create_directory(directory));
    Random random(1);
    storage::RecoveryInput input;
    input.id = {TopicId(Uuid::random(random)), PartitionIndex(0)};
    input.directory = directory;
    input.config.durability = storage::Durability::kMemory;
    input.now = kNow;
    log_ = std::make_unique<storage::Log>(must(storage::recover_log(*files_, input)), input.config);
    writer_ = std::make_unique<storage::DirectoryWriter>(
        *files_, root_,
        must(storage::Journal::create(*files_, root_, storage::kJournalBytesDefault)));
    writer_->add_log({input.id, "t", directory, Offset(0), Offset(0)});
  }
  ~RealLog() {
    writer_.reset();
    log_.reset();
    std::filesystem::remove_all(root_);
  }
  RealLog(const RealLog&) = delete;
  RealLog& operator=(const RealLog&) = delete;

  storage::Log& log() { return *log_; }

  /// From the page cache, as a loop does; callgrind's kernel has no read that will not wait.
  storage::ReadResult read(const storage::ReadPlan& plan, storage::ReadMemory& memory) {
    auto cached = storage::read_cached(plan, memory);
    if (!cached && cached.error().code == ErrorCode::kWouldBlock) {
      return must(storage::read_now(*files_, plan, memory));
    }
    return must(std::move(cached));
  }

  /// To the page cache.
  void write() {
    for (storage::WriteOp& op : log_->take_ops()) writer_->submit(std::move(op));
    for (const storage::WriterEvent& event : writer_->take_events()) {
      if (const auto* written = std::get_if<storage::LogWritten>(&event))
        log_->on_written(*written);
    }
  }

 private:
  std::unique_ptr<storage::FileSystem> files_;
  std::string root_;
  std::unique_ptr<storage::Log> log_;
  std::unique_ptr<storage::DirectoryWriter> writer_;
};

kafka::ValidatedBatch valid_batch() {
  auto valid = kafka::validate_for_append(make_batch(kBatchBytes, kRecordBytes), kNow, {});
  if (!valid) must(Result<int>(fail(valid.error().error)));
  return std::move(*valid);
}

/// Offsets, epoch, sum entry and the write to the page cache; no sync.
void append(benchmark::State& state) {
  constexpr std::int64_t kBatchesMax = 16 * 1024;  // 256 MiB: the page cache stays small
  const kafka::ValidatedBatch batch = valid_batch();
  auto log = std::make_unique<RealLog>();
  std::int64_t appended = 0;
  for (auto _ : state) {
    must(log->log().append(batch, LeaderEpoch(0), std::nullopt, kNow));
    log->write();
    if (++appended % kBatchesMax == 0) {
      state.PauseTiming();
      log = std::make_unique<RealLog>();
      state.ResumeTiming();
    }
  }
  count_bytes(state, batch.bytes.size());
}

/// A fetch of 1 MiB from the page cache: plan, copy, every checksum.
void read_cached(benchmark::State& state) {
  constexpr int kBatches = 1024;  // 16 MiB
  constexpr std::size_t kFetchBytes = 1 << 20;
  const kafka::ValidatedBatch batch = valid_batch();
  RealLog real;
  for (int i = 0; i < kBatches; ++i) {
    must(real.log().append(batch, LeaderEpoch(0), std::nullopt, kNow));
    real.write();
  }
  const auto memory = std::make_shared<node::BlockPool>(std::size_t{64} << 20);
  Offset at(0);
  std::int64_t bytes = 0;
  for (auto _ : state) {
    const auto plan = must(real.log().plan_read(at, real.log().written_end(), kFetchBytes));
    const auto read = real.read(plan.value(), *memory);
    bytes += static_cast<std::int64_t>(read.bytes.size());
    at = read.next < real.log().written_end() ? read.next : Offset(0);
  }
  state.SetBytesProcessed(bytes);
}

struct HotPath {
  const char* name;
  void (*run)(benchmark::State&);
  std::vector<std::int64_t> arguments;  // one benchmark for each; none: one without
};

/// `iterations` 0 leaves the number to the library.
void add(const HotPath& path, std::int64_t iterations) {
  auto* const registered = benchmark::RegisterBenchmark(path.name, path.run);
  for (const std::int64_t argument : path.arguments) registered->Arg(argument);
  if (iterations > 0) registered->Iterations(iterations);
}

int run(int argc, char** argv) {
  constexpr std::string_view kIterations = "--iterations=";
  std::int64_t iterations = 0;
  if (argc > 1 && std::string_view(argv[1]).starts_with(kIterations)) {
    iterations = std::atoll(argv[1] + kIterations.size());
    std::copy(argv + 2, argv + argc, argv + 1);
    --argc;
  }
  const std::vector<HotPath> paths = {{"crc", crc, {1 << 10, 16 << 10, 1 << 20}},
                                      {"validate_header", validate_header, {}},
                                      {"validate_records", validate_records, {}},
                                      {"decode_produce", decode_produce, {}},
                                      {"encode_fetch", encode_fetch, {}},
                                      {"coalesce_replies", coalesce_replies, {}},
                                      {"append", append, {}},
                                      {"read_cached", read_cached, {}}};
  for (const HotPath& path : paths) add(path, iterations);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}

}  // namespace
}  // namespace millrace::bench

int main(int argc, char** argv) {
  return millrace::bench::run(argc, argv);
}
