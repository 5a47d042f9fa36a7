#include "node/writer/writer_thread.h"

#include <filesystem>
#include <future>

#include "base/random.h"
#include "node/loops/loop.h"
#include "node/writer/run_all.h"
#include "proto/kafka/records/batch_builder.h"
#include "storage/log.h"
#include "storage/log_directory.h"
#include "storage/posix/posix_file_system.h"
#include "storage/recovery.h"
#include "tests/support/catch.h"
#include "tests/unit/node/temporary_directory.h"

namespace millrace::node {
namespace {

constexpr TimestampMs kNow{1'790'000'000'000};

storage::AssignedPartition partition(std::int32_t index) {
  return {{TopicId(Uuid({1})), PartitionIndex(index)}, "t", 0};
}

kafka::ValidatedBatch batch_of(const std::string& value) {
  kafka::BatchBuilder builder;
  builder.add(kNow, std::nullopt, as_bytes(value));
  auto batch = kafka::validate_for_append(builder.build(), kNow, {});
  CHECK(batch.has_value());  // runs on a loop, where Catch must not be called
  return std::move(*batch);
}

/// One log on a loop, as a shard has it: only the loop's thread touches it.
struct OwnedLog {
  std::unique_ptr<storage::Log> log;
  std::int64_t acked = 0;  // durable end

  void handle(const storage::WriterEvent& event) {
    if (const auto* written = std::get_if<storage::LogWritten>(&event)) log->on_written(*written);
    if (const auto* durable = std::get_if<storage::LogDurable>(&event)) {
      log->on_durable(*durable);
      acked = log->durable_end().value();
    }
    log->check_invariants();
  }
};

/// A directory with its writer, and its logs spread over two loops.
struct Node {
  Node(const std::string& path, std::int32_t partitions)
      : files(storage::make_posix_file_system()), logs(static_cast<std::size_t>(partitions)) {
    if (!storage::LogDirectory::identity_of(*files, path).value()) {
      REQUIRE_OK(storage::LogDirectory::format(*files, path,
                                               {"cluster", NodeId(1), DirectoryId(Uuid({2}))}));
    }
    auto opened = storage::LogDirectory::open(*files, path, "cluster", NodeId(1));
    REQUIRE_OK(opened);
    directory = std::move(*opened);
    std::vector<storage::AssignedPartition> assigned;
    for (std::int32_t i = 0; i < partitions; ++i) assigned.push_back(partition(i));
    REQUIRE_OK(directory->materialise(assigned, 0));
    std::vector<storage::OpenLog> open;
    for (std::int32_t i = 0; i < partitions; ++i) open.push_back(recover(path, i));
    auto core = std::make_unique<storage::DirectoryWriter>(
        *files, path, directory->create_journal(4 << 20, open).value());
    for (const auto& each : open) core->add_log(each);
    writer = std::make_unique<WriterThread>("writer", std::move(core), pool,
                                            [this](std::vector<storage::WriterEvent> events) {
                                              for (auto& event : events) route(std::move(event));
                                            });
    for (auto& loop : loops) loop.start();
    writer->start();
  }

  ~Node() {
    writer->finish();
    for (auto& loop : loops) loop.stop();
    pool.stop();
  }

  storage::OpenLog recover(const std::string& path, std::int32_t index) {
    const auto assigned = partition(index);
    storage::RecoveryInput input{
        assigned.id, path + "/" + assigned.directory_name(), {}, {}, {}, {}, kNow};
    for (const auto& found : directory->found()) {
      if (found.id == assigned.id) {
        input.recovery_point = found.recovery_point;
        input.recorded_end = found.recorded_end;
      }
    }
    auto state = storage::recover_log(*files, input);
    REQUIRE_OK(state);
    REQUIRE_FALSE(state->damage.has_value());
    auto& owned = logs[static_cast<std::size_t>(index)];
    owned.log = std::make_unique<storage::Log>(std::move(*state), storage::LogConfig{});
    owned.acked = owned.log->durable_end().value();
    return {assigned.id, "t", input.directory, owned.log->durable_end(), owned.log->log_start()};
  }

  void route(storage::WriterEvent event) {
    if (std::holds_alternative<storage::DirectoryFenced>(event)) return;
    const auto index = static_cast<std::size_t>(std::visit(
        [](const auto& each) {
          if constexpr (requires { each.log; }) return each.log.id.partition.value();
          return 0;
        },
        event));
    loops[index % 2].post([this, index, event = std::move(event)] { logs[index].handle(event); });
  }

  void append(std::size_t index, int count) {
    loops[index % 2].post([this, index, count] {
      auto& log = *logs[index].log;
      for (int i = 0; i < count; ++i) {
        const auto text = std::to_string(log.log_end().value());
        CHECK(log.append(batch_of(text), LeaderEpoch(0), {}, kNow).has_value());
      }
      writer->submit(log.take_ops());
    });
  }

  std::int64_t acked(std::size_t index) {
    std::promise<std::int64_t> answer;
    loops[index % 2].post([&] { answer.set_value(logs[index].acked); });
    return answer.get_future().get();
  }

  std::unique_ptr<storage::FileSystem> files;
  std::unique_ptr<storage::LogDirectory> directory;
  std::vector<OwnedLog> logs;
  std::array<Loop, 2> loops = {Loop("loop-0"), Loop("loop-1")};
  IoPool pool{"io", 4};
  std::unique_ptr<WriterThread> writer;
};

}  // namespace

TEST_CASE("random appends from two loops become durable and are found again") {
  const TemporaryDirectory temporary;
  const auto path = temporary.path() + "/data";
  constexpr std::size_t kPartitions = 8;
  Random random(7);
  std::array<std::int64_t, kPartitions> expected{};
  for (int life = 0; life < 3; ++life) {
    Node node(path, kPartitions);
    for (std::size_t i = 0; i < kPartitions; ++i) REQUIRE(node.acked(i) == expected[i]);
    for (int i = 0; i < 200; ++i) {
      const auto index = random.below(kPartitions);
      const auto count = static_cast<int>(random.below(5)) + 1;
      node.append(index, count);
      expected[index] += count;
    }
    for (std::size_t i = 0; i < kPartitions; ++i) {
      while (node.acked(i) < expected[i]) std::this_thread::yield();
    }
    REQUIRE(node.writer->finish());
    REQUIRE(node.writer->counters().rounds > 0);
    REQUIRE(node.writer->counters().checkpoints > 0);
  }
}

TEST_CASE("finish commits what was submitted before it") {
  const TemporaryDirectory temporary;
  const auto path = temporary.path() + "/data";
  {
    Node node(path, 2);
    node.append(0, 50);
    node.append(1, 20);
    REQUIRE(node.acked(0) >= 0);  // the loops have submitted
    REQUIRE(node.acked(1) >= 0);
    REQUIRE(node.writer->finish());
    REQUIRE(node.acked(0) == 50);
    REQUIRE(node.acked(1) == 20);
  }
  Node again(path, 2);
  REQUIRE(again.acked(0) == 50);
}

TEST_CASE("work is shared with a pool that has no thread to spare") {
  IoPool pool("io", 1);
  std::promise<int> sum;
  pool.post([&] {
    std::atomic<int> total = 0;
    std::vector<Task> tasks;
    for (int i = 1; i <= 100; ++i) tasks.push_back([&total, i] { total += i; });
    run_all_on(pool)(std::move(tasks));
    sum.set_value(total);
  });
  REQUIRE(sum.get_future().get() == 5050);
  run_all_on(pool)({});
}

}  // namespace millrace::node
