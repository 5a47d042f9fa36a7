#include <deque>
#include <map>

#include "controller/controller.h"
#include "controller/metadata/snapshot.h"
#include "tests/support/catch.h"
#include "tests/unit/controller/random_commands.h"

/// Several controllers on one log whose leader changes, some of whose entries are lost: what a
/// quorum does to them.
namespace millrace::controller {
namespace {

constexpr std::size_t kNodes = 3;

class Cluster {
 public:
  explicit Cluster(std::uint64_t seed) : commands_(seed) {
    for (std::size_t i = 0; i < kNodes; ++i) {
      nodes_.emplace_back(MetadataImage::empty(), Settings(), Random(seed * kNodes + i));
    }
  }

  void run_one() {
    now_ += std::chrono::milliseconds(random().below(300));
    const auto draw = random().below(20);
    if (leader_ == kNodes || draw == 0) {
      change_leader();
    } else if (draw < 8) {
      step();
    } else if (draw < 10) {
      keep(nodes_[leader_].tick(now_));
    } else if (draw < 13) {
      commit();
    } else if (draw < 14) {
      nodes_[leader_].on_other_entry();
      log_.emplace_back();
    } else {
      follow(random().below(kNodes));
    }
    check();
  }

  void finish() {
    if (leader_ == kNodes) change_leader();
    committed_ = log_.size();
    take(nodes_[leader_].on_committed(end_of(committed_)));
    REQUIRE(unanswered_.empty());
    for (std::size_t i = 0; i < kNodes; ++i) {
      while (nodes_[i].committed()->end_offset() < end_of(committed_)) follow(i);
      REQUIRE(nodes_[i].committed()->describe() == nodes_[leader_].committed()->describe());
    }
    check();
  }

  int leader_changes = 0;
  int lost_entries = 0;
  int unknown_answers = 0;

 private:
  static Offset end_of(std::size_t entries) { return Offset(static_cast<std::int64_t>(entries)); }
  Random& random() { return commands_.random; }

  void keep(Controller::Output output) {
    if (output.append) log_.push_back(std::move(*output.append));
    take(std::move(output.replies));
  }
  void take(std::vector<Controller::Reply> replies) {
    for (const auto& reply : replies) {
      REQUIRE(!unanswered_.empty());
      REQUIRE(unanswered_.front() == reply.token);
      unanswered_.pop_front();
      const auto& error = reply.result->error;
      const bool is_unknown = error && error->code == ErrorCode::kTimedOut;
      unknown_answers += is_unknown ? 1 : 0;
      if (is_unknown || (error && error->code == ErrorCode::kNotController)) continue;
      REQUIRE(reply.result->metadata_end <= end_of(committed_));
    }
  }
  void step() {
    auto& leader = nodes_[leader_];
    unanswered_.push_back(++last_token_);
    keep(leader.step(last_token_, commands_.next(*leader.speculative()), now_));
  }
  void commit() {
    committed_ += random().below(log_.size() - committed_ + 1);
    take(nodes_[leader_].on_committed(end_of(committed_)));
  }
  /// The next leader has some of what was not committed, and all that was.
  void change_leader() {
    ++leader_changes;
    if (leader_ != kNodes) {
      take(nodes_[leader_].resign());
      REQUIRE(unanswered_.empty());
      REQUIRE(nodes_[leader_].speculative() == nodes_[leader_].committed());
    }
    const auto kept = committed_ + random().below(log_.size() - committed_ + 1);
    lost_entries += static_cast<int>(log_.size() - kept);
    log_.resize(kept);
    committed_ = kept;
    leader_ = random().below(kNodes);
    while (nodes_[leader_].committed()->end_offset() < end_of(committed_)) follow(leader_);
    nodes_[leader_].become_active(now_);
    nodes_[leader_].on_other_entry();
    log_.emplace_back();
  }
  /// A standby applies what it has not, or gets a snapshot of another node.
  void follow(std::size_t index) {
    auto& node = nodes_[index];
    const auto end = node.committed()->end_offset();
    if (node.is_active() || end >= end_of(committed_)) return;
    const auto& other = nodes_[random().below(kNodes)].committed();
    if (random().chance(1, 10) && other->end_offset() >= end) {
      node.install(load_image(other->end_offset(), records_of(*other)).value());
    } else {
      REQUIRE_OK(node.apply(log_[static_cast<std::size_t>(end.value())]));
    }
  }
  /// Views converge: whoever is as far sees the same, and nobody goes back.
  void check() {
    for (std::size_t i = 0; i < kNodes; ++i) {
      const auto& image = *nodes_[i].committed();
      REQUIRE(image.end_offset() >= seen_[i]);
      seen_[i] = image.end_offset();
      const auto [at, is_new] = hashes_.emplace(image.end_offset(), image.state_hash());
      REQUIRE(at->second == image.state_hash());
      if (is_new) REQUIRE(computed_state_hash(image) == image.state_hash());
      if (!nodes_[i].is_active()) REQUIRE(nodes_[i].speculative() == nodes_[i].committed());
    }
    check_fencing(*nodes_[leader_ == kNodes ? 0 : leader_].speculative());
  }
  static void check_fencing(const MetadataImage& image) {
    for (const auto* topic : image.topics()) {
      for (const auto& state : topic->partitions) {
        for (const auto id : state.isr) {
          REQUIRE((!image.broker(id)->fenced || state.isr.size() == 1));
        }
        const auto* leader = image.broker(state.leader);
        REQUIRE((state.leader == kNoNode) == (leader == nullptr));
        if (leader != nullptr) REQUIRE(!leader->fenced);
      }
    }
  }

  Commands commands_;
  std::vector<Controller> nodes_;
  std::vector<MetadataTransaction> log_;
  std::size_t committed_ = 0;
  std::size_t leader_ = kNodes;  // none
  MonotonicTime now_{std::chrono::seconds(1)};
  std::uint64_t last_token_ = 0;
  std::deque<std::uint64_t> unanswered_;
  std::map<Offset, std::uint64_t> hashes_;
  std::map<std::size_t, Offset> seen_;
};

Command form() {
  return {FormCluster{Uuid({1})}};
}

}  // namespace

TEST_CASE("views converge over changes of leader and lost entries") {
  int leader_changes = 0;
  int lost_entries = 0;
  int unknown_answers = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    INFO("seed " << seed);
    Cluster cluster(seed);
    for (int i = 0; i < 300; ++i) cluster.run_one();
    cluster.finish();
    leader_changes += cluster.leader_changes;
    lost_entries += cluster.lost_entries;
    unknown_answers += cluster.unknown_answers;
  }
  REQUIRE(leader_changes > 500);
  REQUIRE(lost_entries > 200);
  REQUIRE(unknown_answers > 100);
}

TEST_CASE("a standby decides nothing") {
  Controller standby(MetadataImage::empty(), Settings(), Random(1));
  auto output = standby.step(5, form(), {});
  REQUIRE(!output.append.has_value());
  REQUIRE(output.replies.at(0).token == 5);
  REQUIRE(output.replies.at(0).result->error->code == ErrorCode::kNotController);
  REQUIRE(!standby.tick({}).append.has_value());
  REQUIRE(!standby.next_deadline());
  REQUIRE(standby.resign().empty());
  REQUIRE(standby.describe() == "controller standby committed 0");
}

TEST_CASE("an entry that does not fit changes nothing") {
  Controller standby(MetadataImage::empty(), Settings(), Random(1));
  const auto before = standby.committed();
  REQUIRE_ERROR(standby.apply({ClusterRecord{Uuid({1})}, RemoveTopicRecord{}}),
                ErrorCode::kCorrupt);
  REQUIRE(standby.committed() == before);
  REQUIRE_OK(standby.apply({}));
  REQUIRE(standby.committed()->end_offset() == Offset(1));
}

TEST_CASE("who resigns says what is not known") {
  Controller controller(MetadataImage::empty(), Settings(), Random(1));
  controller.become_active({});
  REQUIRE(controller.step(1, form(), {}).append.has_value());
  REQUIRE(!controller.step(2, form(), {}).append.has_value());
  REQUIRE(controller.describe() == "controller active committed 0 speculative 1 waiting 2");
  const auto replies = controller.resign();
  REQUIRE(replies.size() == 2);
  REQUIRE(replies[0].result->error->code == ErrorCode::kTimedOut);
  REQUIRE(replies[0].result->error->message.find("may or may not") != std::string::npos);
  REQUIRE(replies[1].result->error->code == ErrorCode::kNotController);
  REQUIRE(controller.speculative()->end_offset() == Offset(0));
}

TEST_CASE("a refused entry takes only itself back") {
  Controller controller(MetadataImage::empty(), Settings(), Random(1));
  controller.become_active({});
  controller.step(1, form(), {});
  controller.on_other_entry();
  const auto before = controller.speculative();
  BrokerRecord broker;
  broker.id = NodeId(1);
  REQUIRE(controller.step(2, {RegisterBroker{Uuid({1}), broker}}, {}).append.has_value());
  const auto refused = controller.on_append_failed({ErrorCode::kLimitReached, "full"});
  REQUIRE(refused.size() == 1);
  REQUIRE(refused[0].token == 2);
  REQUIRE(controller.speculative() == before);
  REQUIRE(controller.on_committed(Offset(2)).size() == 1);
}

}  // namespace millrace::controller
