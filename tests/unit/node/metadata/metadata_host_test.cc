#include "node/metadata/metadata_host.h"

#include <boost/asio/io_context.hpp>

#include "node/loops/system_clock.h"
#include "tests/support/catch.h"
#include "tests/unit/node/metadata/one_node_cluster.h"

namespace millrace::node {
namespace {

using controller::ImagePtr;

/// A host whose loop the test turns by hand, and whose creations it ends when it likes.
struct Bench {
  Bench() {
    auto owned = std::make_unique<MemoryLog>();
    log = owned.get();
    host = std::make_unique<MetadataHost>(
        loop, clock, NodeId(1), std::move(owned),
        controller::Controller(controller::MetadataImage::empty(), Settings(), Random(1)));
    for (const auto& command : commands_of_a_start()) REQUIRE_OK(host->run_now(command));
    host->start(
        {.create =
             [this](ImagePtr image, Offset from, MetadataHost::Created done) {
               creations.push_back({std::move(image), from, std::move(done)});
             },
         .publish = [this](ImagePtr image, LogsByShard) { published.push_back(image); },
         .reply = [this](broker::ShardIndex,
                         broker::CommandDone done) { replies.push_back(std::move(done)); }});
  }

  void submit(std::uint64_t token, controller::Command command) {
    host->submit(broker::ShardIndex(0), token, std::move(command));
    loop.context().restart();
    loop.context().poll();
  }
  void end_creation() {
    auto creation = std::move(creations.front());
    creations.pop_front();
    std::move(creation.done)({});
  }

  struct Creation {
    ImagePtr image;
    Offset from;
    MetadataHost::Created done;
  };
  SystemClock clock;
  Loop loop{"metadata"};
  MemoryLog* log;
  std::unique_ptr<MetadataHost> host;
  std::deque<Creation> creations;
  std::vector<ImagePtr> published;
  std::vector<broker::CommandDone> replies;
};

}  // namespace

TEST_CASE("a topic is answered after its partitions exist and its image is out") {
  Bench bench;
  bench.submit(5, create_topic("a", 2));
  REQUIRE(bench.creations.size() == 1);
  REQUIRE(bench.published.empty());
  REQUIRE(bench.replies.empty());
  bench.end_creation();
  REQUIRE(bench.published.size() == 1);
  REQUIRE(bench.published[0]->topic("a") != nullptr);
  REQUIRE(bench.replies.size() == 1);
  REQUIRE(bench.replies[0].token == 5);
}

TEST_CASE("what needs no new directory is published at once") {
  Bench bench;
  bench.submit(1, {controller::AllocateProducerIds{NodeId(1),
                                                   bench.host->image()->broker(NodeId(1))->epoch}});
  REQUIRE(bench.creations.empty());
  REQUIRE(bench.published.size() == 1);
  REQUIRE(bench.replies.size() == 1);
}

TEST_CASE("a refusal is answered at once, behind what came before it") {
  Bench bench;
  bench.submit(1, create_topic("a", 1));
  bench.submit(2, create_topic("a", 1));  // exists already, but nobody may know yet
  REQUIRE(bench.replies.empty());
  bench.end_creation();
  REQUIRE(bench.replies.size() == 2);
  REQUIRE(bench.replies[1].result->items.at(0).error.has_value());
}

TEST_CASE("commits that gather while partitions are made are published together") {
  Bench bench;
  for (std::uint64_t i = 1; i <= 5; ++i) bench.submit(i, create_topic("t" + std::to_string(i), 1));
  REQUIRE(bench.creations.size() == 1);
  bench.end_creation();
  REQUIRE(bench.replies.size() == 1);
  REQUIRE(bench.creations.size() == 1);
  REQUIRE(bench.creations.front().image->topic("t5") != nullptr);
  REQUIRE(bench.creations.front().from == bench.published.back()->end_offset());
  bench.end_creation();
  REQUIRE(bench.replies.size() == 5);
  REQUIRE(bench.published.size() == 2);
}

TEST_CASE("a topic made again under its name never hides the deletion of the first") {
  Bench bench;
  bench.submit(1, create_topic("a", 1));
  bench.submit(2, delete_topic("a"));
  bench.submit(3, create_topic("a", 1));
  const auto first = bench.creations.front().image->topic("a")->id;
  bench.end_creation();
  REQUIRE(bench.published.size() == 2);
  REQUIRE(bench.published[0]->topic("a")->id == first);
  REQUIRE(bench.published[1]->topic("a") == nullptr);
  bench.end_creation();
  REQUIRE(bench.published.size() == 3);
  REQUIRE(bench.published[2]->topic("a")->id != first);
  REQUIRE(bench.replies.size() == 3);
}

TEST_CASE("when the log fails, what waits and what comes is answered with an error") {
  Bench bench;
  bench.log->failure = ErrorCode::kIo;
  bench.submit(1, create_topic("a", 1));
  bench.log->failure.reset();
  bench.submit(2, create_topic("b", 1));
  REQUIRE(bench.replies.size() == 2);
  for (const auto& reply : bench.replies) REQUIRE(reply.result->error.has_value());
  REQUIRE(bench.published.empty());
  REQUIRE(bench.log->entries.size() == 3);
}

TEST_CASE("a full disk refuses one change, and the next one may do") {
  Bench bench;
  bench.log->failure = ErrorCode::kNoSpace;
  bench.submit(1, create_topic("a", 1));
  REQUIRE(bench.replies.at(0).result->error->code == ErrorCode::kNoSpace);
  bench.log->failure.reset();
  bench.submit(2, create_topic("a", 1));
  bench.end_creation();
  REQUIRE_FALSE(bench.replies.at(1).result->error.has_value());
}

TEST_CASE("the log may take a snapshot of what is committed after each command") {
  Bench bench;
  bench.submit(1, create_topic("a", 1));
  bench.submit(2, create_topic("b", 1));
  REQUIRE(bench.log->snapshot_offers == 2);
}

}  // namespace millrace::node
