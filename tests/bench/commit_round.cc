// One commit round of many small writes against one fdatasync a file on eight threads, by turns on
// the same disk: `bench_commit_round --directory D --files N --rounds R`; prints one line of JSON.

#include <CLI/CLI.hpp>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <random>
#include <thread>

#include "base/random.h"
#include "storage/directory_writer.h"
#include "storage/posix/posix_file_system.h"

namespace millrace::bench {
namespace {

using storage::DirectoryWriter;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kWriteBytes = 4096;
constexpr std::size_t kThreads = 8;

template <class T>
T must(Result<T> result) {
  if (!result) {
    std::fprintf(stderr, "bench_commit_round: %s\n", to_string(result.error()).c_str());
    std::exit(1);
  }
  return std::move(*result);
}
void must(const Status& status) {
  if (!status) must(Result<int>(fail(status.error())));
}

/// The I/O pool of the node, as far as a round needs it.
void run_all(std::vector<Task> tasks) {
  std::atomic<std::size_t> next = 0;
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < std::min(kThreads, tasks.size()); ++i) {
    threads.emplace_back([&] {
      for (std::size_t at = next++; at < tasks.size(); at = next++) std::move(tasks[at])();
    });
  }
  for (auto& thread : threads) thread.join();
}

double milliseconds_since(Clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

struct Log {
  TopicPartitionId id;
  std::shared_ptr<storage::SegmentFiles> segment;
  std::uint64_t position = 0;
  std::int64_t end = 0;
};

class Bench {
 public:
  Bench(std::string directory, std::size_t count)
      : files_(storage::make_posix_file_system()), directory_(std::move(directory)) {
    writer_ = std::make_unique<DirectoryWriter>(
        *files_, directory_,
        must(storage::Journal::create(*files_, directory_, storage::kJournalBytesDefault)));
    Random random(1);
    for (std::size_t i = 0; i < count; ++i) {
      Log log{{TopicId(Uuid::random(random)), PartitionIndex(0)},
              std::make_shared<storage::SegmentFiles>()};
      log.segment->directory = directory_ + "/t" + std::to_string(i) + "-0";
      must(files_->create_directory(log.segment->directory));
      writer_->add_log(
          {log.id, "t" + std::to_string(i), log.segment->directory, Offset(0), Offset(0)});
      writer_->submit(storage::CreateSegmentOp{{log.id, 0}, log.segment, 0});
      logs_.push_back(std::move(log));
    }
    must(files_->sync_directory(directory_));
    checkpoint();
  }

  /// Appends to every file, then one round; returns the round alone.
  double round() {
    for (Log& log : logs_) {
      storage::AppendOp op{{log.id, 0},
                           log.segment,
                           log.position,
                           BytesChain(bytes_),
                           {{static_cast<std::uint32_t>(log.position), 1}},
                           Offset(++log.end),
                           LeaderEpoch(0),
                           storage::Durability::kFsync};
      log.position += kWriteBytes;
      writer_->submit(std::move(op));
    }
    const auto begin = Clock::now();
    while (auto round = writer_->start_round()) {
      round->run(run_all);
      writer_->finish_round(std::move(round));
    }
    const double elapsed = milliseconds_since(begin);
    (void)writer_->take_events();
    checkpoint();  // in the background in a node; here between the measurements
    return elapsed;
  }

  /// The same writes, then fdatasync of each file on eight threads.
  double sync_each() {
    std::vector<Task> tasks;
    for (Log& log : logs_) {
      const std::array<ByteView, 1> pieces{bytes_.view()};
      must(log.segment->log->write_at(log.position, pieces));
      log.position += kWriteBytes;
      tasks.push_back([file = log.segment->log] { must(file->sync()); });
    }
    const auto begin = Clock::now();
    run_all(std::move(tasks));
    return milliseconds_since(begin);
  }

 private:
  void checkpoint() {
    auto checkpoint = writer_->start_checkpoint();
    checkpoint->run(run_all);
    writer_->finish_checkpoint(std::move(checkpoint));
  }

  std::unique_ptr<storage::FileSystem> files_;
  std::string directory_;
  std::unique_ptr<DirectoryWriter> writer_;
  std::vector<Log> logs_;
  SharedBytes bytes_ = SharedBytes::own(std::vector<std::uint8_t>(kWriteBytes, 'x'));
};

std::string as_list(const std::vector<double>& values) {
  std::string text = "[";
  for (const double value : values) text += (text.size() > 1 ? ", " : "") + std::to_string(value);
  return text + "]";
}

}  // namespace
}  // namespace millrace::bench

int main(int argc, char** argv) {
  CLI::App app("Commit rounds against one fdatasync a file");
  std::string directory;
  std::size_t files = 2000;
  int rounds = 20;
  app.add_option("--directory", directory)->required()->check(CLI::ExistingDirectory);
  app.add_option("--files", files)->check(CLI::PositiveNumber);
  app.add_option("--rounds", rounds)->check(CLI::PositiveNumber);
  CLI11_PARSE(app, argc, argv);
  const std::string scratch = directory + "/commit-round-" + std::to_string(std::random_device{}());
  std::filesystem::create_directory(scratch);
  std::vector<double> round_ms;
  std::vector<double> sync_each_ms;
  {
    millrace::bench::Bench bench(scratch, files);
    for (int i = 0; i < rounds; ++i) {
      round_ms.push_back(bench.round());
      sync_each_ms.push_back(bench.sync_each());
    }
  }
  std::filesystem::remove_all(scratch);
  std::printf("{\"round_ms\": %s, \"sync_each_ms\": %s}\n",
              millrace::bench::as_list(round_ms).c_str(),
              millrace::bench::as_list(sync_each_ms).c_str());
  return 0;
}
