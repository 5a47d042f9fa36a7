#include "node/partitions/partition_store.h"

#include <filesystem>

#include "controller/controller.h"
#include "node/loops/system_clock.h"
#include "node/partitions/open_directory.h"
#include "storage/posix/posix_file_system.h"
#include "tests/support/catch.h"
#include "tests/unit/node/metadata/one_node_cluster.h"
#include "tests/unit/node/temporary_directory.h"

namespace millrace::node {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t kShards = 3;

/// The metadata of one node, changed by commands.
struct Cluster {
  Cluster() {
    controller.become_active(MonotonicTime());
    for (const auto& command : commands_of_a_start()) run(command);
  }
  void run(const controller::Command& command) {
    (void)controller.step(1, command, MonotonicTime());
    const auto replies = controller.on_committed(controller.speculative()->end_offset());
    REQUIRE(replies.size() == 1);
    REQUIRE_FALSE(replies[0].result->error.has_value());
  }
  [[nodiscard]] const controller::MetadataImage& image() const { return *controller.committed(); }

  controller::Controller controller{controller::MetadataImage::empty(), Settings(), Random(1)};
};

/// One life of the directory.
struct Life {
  Life(const std::string& path, const Cluster& cluster) {
    Random random(3);
    auto directory =
        open_or_form(*files, path, NodeId(1), true, random, TimestampMs(1), storage::run_in_order);
    REQUIRE_OK(directory);
    store = std::make_unique<PartitionStore>(
        *files, std::move(*directory), clock, pool,
        PartitionStore::Options{NodeId(1), kShards, &settings, 4 << 20});
    auto result = store->open_all(cluster.image(), [this](std::size_t done, std::size_t all) {
      REQUIRE(done <= all);
      progress = done;
    });
    REQUIRE_OK(result);
    opened = std::move(*result);
  }
  ~Life() { pool.stop(); }

  SystemClock clock;
  Settings settings;
  std::unique_ptr<storage::FileSystem> files = storage::make_posix_file_system();
  IoPool pool{"io", 2};
  std::unique_ptr<PartitionStore> store;
  PartitionStore::Opened opened;
  std::size_t progress = 0;
};

std::size_t count(const LogsByShard& logs) {
  std::size_t sum = 0;
  for (const auto& each : logs) sum += each.size();
  return sum;
}

}  // namespace

TEST_CASE("start makes the directories of all partitions and gives their logs to their shards") {
  const TemporaryDirectory temporary;
  const auto path = temporary.path() + "/data";
  Cluster cluster;
  cluster.run(create_topic("a", 5));
  for (int life = 0; life < 2; ++life) {
    const Life one(path, cluster);
    REQUIRE(one.opened.logs.size() == kShards);
    REQUIRE(count(one.opened.logs) == 5);
    REQUIRE(one.progress == 5);
    REQUIRE(one.opened.lost == 0);
    for (std::size_t shard = 0; shard < kShards; ++shard) {
      for (const auto& log : one.opened.logs[shard]) {
        REQUIRE(broker::shard_of(log.id, kShards).value() == shard);
        REQUIRE(fs::exists(path + "/a-" + to_string(log.id.partition)));
      }
    }
  }
}

TEST_CASE("a partition whose directory has vanished is lost, not made anew") {
  const TemporaryDirectory temporary;
  const auto path = temporary.path() + "/data";
  Cluster cluster;
  cluster.run(create_topic("a", 3));
  {
    const Life first(path, cluster);
  }
  fs::remove_all(path + "/a-1");
  const Life second(path, cluster);
  REQUIRE(second.opened.lost == 1);
  REQUIRE(count(second.opened.logs) == 2);
  REQUIRE_FALSE(fs::exists(path + "/a-1"));
}

TEST_CASE("new partitions are made, and let go of when deleted") {
  const TemporaryDirectory temporary;
  const auto path = temporary.path() + "/data";
  Cluster cluster;
  {
    Life life(path, cluster);
    auto from = cluster.image().end_offset();
    cluster.run(create_topic("a", 2));
    const auto first = cluster.image().topic("a")->id;
    const auto made = life.store->create_new(cluster.image(), from, *life.opened.writer);
    REQUIRE(made.has_value());
    REQUIRE(count(*made) == 2);
    REQUIRE(fs::exists(path + "/a-0/partition.metadata"));

    // The same name again: its directory is taken until both partitions were let go of.
    cluster.run(delete_topic("a"));
    from = cluster.image().end_offset();
    cluster.run(create_topic("a", 2));
    REQUIRE_FALSE(life.store->create_new(cluster.image(), from, *life.opened.writer));
    life.store->let_go({first, PartitionIndex(0)}, *life.opened.writer);
    REQUIRE_FALSE(life.store->create_new(cluster.image(), from, *life.opened.writer));
    life.store->let_go({first, PartitionIndex(1)}, *life.opened.writer);
    const auto again = life.store->create_new(cluster.image(), from, *life.opened.writer);
    REQUIRE(again.has_value());
    REQUIRE(count(*again) == 2);
  }
  const Life next(path, cluster);
  REQUIRE(count(next.opened.logs) == 2);
  REQUIRE(next.opened.lost == 0);
}

TEST_CASE("a directory of another node or with other files is refused and not touched") {
  const TemporaryDirectory temporary;
  auto files = storage::make_posix_file_system();
  Random random(1);
  const auto foreign = temporary.path() + "/foreign";
  fs::create_directory(foreign);
  fs::create_directory(foreign + "/photos");
  REQUIRE_ERROR(
      open_or_form(*files, foreign, NodeId(1), true, random, TimestampMs(1), storage::run_in_order),
      ErrorCode::kInvalidArgument);
  REQUIRE(fs::directory_iterator(foreign)->path().filename() == "photos");

  const auto ours = temporary.path() + "/ours";
  const auto opened =
      open_or_form(*files, ours, NodeId(1), true, random, TimestampMs(1), storage::run_in_order);
  REQUIRE_OK(opened);
  REQUIRE_ERROR(
      open_or_form(*files, ours, NodeId(2), true, random, TimestampMs(1), storage::run_in_order),
      ErrorCode::kInvalidArgument);
  REQUIRE_ERROR(
      open_or_form(*files, ours, NodeId(1), true, random, TimestampMs(1), storage::run_in_order),
      ErrorCode::kLocked);
}

}  // namespace millrace::node
