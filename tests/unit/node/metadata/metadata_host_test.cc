#include "node/metadata/metadata_host.h"

#include <boost/asio/io_context.hpp>
#include <deque>

#include "controller/metadata/codec.h"
#include "node/loops/system_clock.h"
#include "tests/support/catch.h"
#include "tests/unit/node/metadata/one_node_cluster.h"

namespace millrace::node {
namespace {

using controller::ImagePtr;

/// A quorum of one whose commits the test times.
class FakeQuorum final : public QuorumPort {
 public:
  Result<Offset> propose(SharedBytes command) override {
    if (failure) return fail(*failure, "the test says so");
    return append(raft::Command{std::move(command)});
  }
  Result<Offset> add_voter(const raft::Replica& replica) override {
    return append(raft::VoterSet({replica}));
  }
  Result<Offset> remove_voter(const raft::Replica&) override {
    return fail(ErrorCode::kNotFound, "no such voter");
  }
  void await(Offset offset, Done done) override { awaited.emplace_back(offset, std::move(done)); }
  Status transfer(NodeId to) override {
    transferred = to;
    return {};
  }
  void confirm_lead(Done done) override { std::move(done)(confirmed); }
  [[nodiscard]] const raft::VoterSet& voters() const override { return voter_set; }
  [[nodiscard]] controller::QuorumDescription describe_quorum() const override {
    controller::QuorumDescription description;
    description.leader = NodeId(1);
    description.voters.push_back({NodeId(1), {}, Offset(5)});
    return description;
  }
  void snapshot_if_due(const ImagePtr&) override { ++snapshot_offers; }

  Result<Offset> append(std::variant<raft::LeaderChange, raft::Command, raft::VoterSet> body) {
    const Offset offset(static_cast<std::int64_t>(log.size()));
    log.push_back({offset, raft::Term(1), std::move(body)});
    return offset;
  }

  raft::VoterSet voter_set{{{NodeId(1), DirectoryId(Uuid({1}))}}};
  std::vector<raft::Entry> log;
  std::size_t committed = 0;
  std::optional<ErrorCode> failure;
  std::vector<std::pair<Offset, Done>> awaited;
  std::optional<NodeId> transferred;
  Status confirmed;
  int snapshot_offers = 0;
};

/// A host whose loop the test turns by hand, and whose creations it ends when it likes.
struct Bench {
  Bench() {
    for (const auto& command : commands_of_a_start()) lead_and_run(command);
    host.hold();
    host.start_publishing(
        {.create =
             [this](ImagePtr image, Offset from, MetadataHost::Created done) {
               creations.push_back({std::move(image), from, std::move(done)});
             },
         .publish = [this](ImagePtr image, LogsByShard) { published.push_back(image); },
         .reply = [this](broker::ShardIndex,
                         broker::CommandDone done) { replies.push_back(std::move(done)); }});
  }

  void lead_and_run(const controller::Command& command) {
    if (!host.is_active()) lead();
    bool done = false;
    host.submit(command, [&](const controller::CommandResult& result) {
      REQUIRE_FALSE(result.error.has_value());
      done = true;
    });
    commit();
    REQUIRE(done);
  }
  void lead() {
    REQUIRE_OK(quorum.append(raft::LeaderChange{}));
    commit();
    host.on_leader(NodeId(1));
    host.on_leads(raft::Term(1));
  }
  void commit() {
    const std::vector<raft::Entry> news(
        quorum.log.begin() + static_cast<std::ptrdiff_t>(quorum.committed), quorum.log.end());
    quorum.committed = quorum.log.size();
    if (!news.empty()) host.on_committed(news);
  }
  /// Without committing.
  void ask(std::uint64_t token, controller::Request request) {
    host.submit(broker::ShardIndex(0), token, std::move(request));
    loop.context().restart();
    loop.context().poll();
  }
  void submit(std::uint64_t token, controller::Command command) {
    ask(token, std::move(command));
    commit();
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
  FakeQuorum quorum;
  std::optional<Error> failed;
  std::vector<NodeId> asked;
  MetadataHost host{
      loop,
      clock,
      NodeId(1),
      quorum,
      controller::Controller(controller::MetadataImage::empty(), Settings(), Random(1)),
      {.ask = [this](NodeId node, SharedBytes, Duration,
                     RequestRouter::Answer) { asked.push_back(node); },
       .image = [](const ImagePtr&) {},
       .failed = [this](Error error) { failed = std::move(error); }}};
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
                                                   bench.host.image()->broker(NodeId(1))->epoch}});
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

TEST_CASE("nothing is answered or published before it is committed") {
  Bench bench;
  bench.ask(1, create_topic("a", 1));
  REQUIRE(bench.replies.empty());
  REQUIRE(bench.creations.empty());
  bench.commit();
  REQUIRE(bench.creations.size() == 1);
}

TEST_CASE("a full disk refuses one change, and the next one may do") {
  Bench bench;
  bench.quorum.failure = ErrorCode::kNoSpace;
  bench.submit(1, create_topic("a", 1));
  REQUIRE(bench.replies.at(0).result->error->code == ErrorCode::kNoSpace);
  bench.quorum.failure.reset();
  bench.submit(2, create_topic("a", 1));
  bench.end_creation();
  REQUIRE_FALSE(bench.replies.at(1).result->error.has_value());
}

TEST_CASE("who loses the lead says so to those that wait, and goes on as the log says") {
  Bench bench;
  bench.ask(1, create_topic("mine", 1));
  bench.quorum.log.pop_back();
  bench.host.on_resigned();
  REQUIRE(bench.replies.size() == 1);
  REQUIRE(bench.replies[0].result->error.has_value());
  REQUIRE_FALSE(bench.host.is_active());
  controller::Controller other(bench.host.image(), Settings(), Random(2));
  other.become_active(bench.clock.now());
  const auto theirs = other.step(1, create_topic("theirs", 1), bench.clock.now());
  REQUIRE_OK(
      bench.quorum.append(raft::Command{SharedBytes::own(controller::encode(*theirs.append))}));
  bench.commit();
  REQUIRE(bench.host.image()->topic("theirs") != nullptr);
  REQUIRE(bench.host.image()->topic("mine") == nullptr);
}

TEST_CASE("requests follow the lead") {
  Bench bench;
  bench.host.on_resigned();
  bench.host.on_leader(NodeId(2));
  bench.ask(1, create_topic("a", 1));
  REQUIRE(bench.asked == std::vector<NodeId>{NodeId(2)});
  bench.host.on_leader(std::nullopt);
  bench.ask(2, create_topic("b", 1));
  REQUIRE(bench.asked.size() == 1);
  bench.lead();
  REQUIRE(bench.quorum.log.size() == bench.quorum.committed + 1);  // b is proposed here
}

TEST_CASE("an entry that cannot be understood stops the node, and nothing behind it is applied") {
  Bench bench;
  bench.host.on_resigned();
  const auto end = bench.host.image()->end_offset();
  REQUIRE_OK(bench.quorum.append(raft::Command{SharedBytes::copy_of(as_bytes("nonsense"))}));
  REQUIRE_OK(bench.quorum.append(raft::LeaderChange{}));
  bench.commit();
  REQUIRE(bench.failed.has_value());
  REQUIRE(bench.host.image()->end_offset() == end);
}

TEST_CASE("an entry above the level that the cluster has agreed on stops the node") {
  Bench bench;
  bench.host.on_resigned();
  auto bytes = controller::encode({controller::ProducerIdsRecord{ProducerId(1'000)}});
  REQUIRE(bytes.at(0) == 0x08);  // field 1, the version
  bytes.at(1) = static_cast<std::uint8_t>(bench.host.image()->version_level() + 1);
  REQUIRE_OK(bench.quorum.append(raft::Command{SharedBytes::own(std::move(bytes))}));
  bench.commit();
  REQUIRE(bench.failed.has_value());
  REQUIRE(bench.failed->code == ErrorCode::kUnsupportedVersion);
}

TEST_CASE("changes of the voters take their place among the commands") {
  Bench bench;
  bench.ask(1, controller::QuorumCommand{controller::AddVoter{NodeId(2), DirectoryId(), true}});
  bench.ask(2, create_topic("a", 1));
  REQUIRE(bench.quorum.awaited.size() == 1);
  bench.commit();
  bench.end_creation();
  REQUIRE(bench.replies.size() == 1);
  std::move(bench.quorum.awaited[0].second)({});
  REQUIRE(bench.replies.size() == 2);
  bench.ask(3, controller::QuorumCommand{controller::AddVoter{NodeId(2), DirectoryId(), false}});
  REQUIRE(bench.replies.size() == 3);  // appended, which is all that was asked for
  bench.ask(4, controller::QuorumCommand{controller::RemoveVoter{NodeId(7), DirectoryId()}});
  REQUIRE_SAME_CODE(bench.replies.at(3).result->error->code, ErrorCode::kNotFound);
  bench.ask(5, controller::QuorumCommand{controller::TransferLeadership{NodeId(2)}});
  REQUIRE(bench.quorum.transferred == NodeId(2));
}

TEST_CASE("the quorum is described by who was confirmed to lead it") {
  Bench bench;
  bench.ask(1, controller::QuorumCommand{controller::DescribeQuorum{}});
  REQUIRE(bench.replies.at(0).result->quorum->leader == NodeId(1));
  bench.quorum.confirmed = fail(ErrorCode::kNotController, "deposed");
  bench.ask(2, controller::QuorumCommand{controller::DescribeQuorum{}});
  REQUIRE_SAME_CODE(bench.replies.at(1).result->error->code, ErrorCode::kNotController);
}

TEST_CASE("a snapshot may be taken whenever something was committed") {
  Bench bench;
  const int before = bench.quorum.snapshot_offers;
  bench.submit(1, create_topic("a", 1));
  bench.submit(2, create_topic("b", 1));
  REQUIRE(bench.quorum.snapshot_offers == before + 2);
}

TEST_CASE("an image from a snapshot is published like any other") {
  Bench bench;
  bench.host.on_resigned();
  controller::Controller other(bench.host.image(), Settings(), Random(2));
  REQUIRE_OK(other.apply({}));
  bench.host.on_installed(other.committed());
  REQUIRE(bench.published.back()->end_offset() == other.committed()->end_offset());
}

}  // namespace millrace::node
