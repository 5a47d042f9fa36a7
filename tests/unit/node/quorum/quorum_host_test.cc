#include "node/quorum/quorum_host.h"

#include <fmt/format.h>

#include <future>

#include "controller/metadata/apply.h"
#include "controller/metadata/codec.h"
#include "node/loops/system_clock.h"
#include "node/metadata_log/formation.h"
#include "storage/posix/posix_file_system.h"
#include "tests/support/catch.h"
#include "tests/unit/node/temporary_directory.h"

namespace millrace::node {
namespace {

constexpr auto kPatience = std::chrono::seconds(20);

raft::Replica replica(int id) {
  return {NodeId(id), DirectoryId(Uuid({static_cast<std::uint8_t>(id)}))};
}

/// What one replica's state machine has seen. Written on its loop.
struct Machine {
  std::vector<raft::Entry> applied;
  Offset end{0};
  bool leads = false;
};

class Cluster;

/// A replica with a loop, a disk and a state machine of its own.
class Member {
 public:
  Member(Cluster& cluster, int id, const std::string& directory);
  ~Member() {
    host_->stop_disk();
    loop_.stop();
  }

  void start();
  /// Runs `question` on the loop.
  template <class Question>
  auto ask(Question question) {
    std::promise<decltype(question(*this))> answer;
    loop_.post([&] { answer.set_value(question(*this)); });
    return answer.get_future().get();
  }
  void post(raft::Message message) {
    loop_.post([this, message = std::move(message)] { host_->receive(message); });
  }
  QuorumHost& host() { return *host_; }
  Machine machine;

 private:
  Cluster& cluster_;
  SystemClock clock_;
  Loop loop_{"quorum"};
  std::unique_ptr<storage::FileSystem> files_ = storage::make_posix_file_system(100);
  std::unique_ptr<QuorumHost> host_;
};

/// Replicas that reach each other, but for those that are cut off.
class Cluster {
 public:
  explicit Cluster(int size) {
    std::vector<raft::Replica> voters;
    for (int id = 1; id <= size; ++id) voters.push_back(replica(id));
    auto files = storage::make_posix_file_system(100);
    for (int id = 1; id <= size; ++id) {
      const auto path = directory(id);
      REQUIRE_OK(form(*files, path,
                      {{"cluster", NodeId(id), replica(id).directory}, raft::VoterSet(voters)},
                      TimestampMs(1)));
      members[id] = std::make_unique<Member>(*this, id, path);
    }
    for (auto& [id, member] : members) member->start();
  }
  ~Cluster() {
    closed = true;
    const MutexLock lock(mutex);
    for (auto& [id, member] : members) member->host().stop_disk();
  }

  std::string directory(int id) { return fmt::format("{}/{}", temporary.path(), id); }

  void deliver(raft::Message message) {
    if (closed) return;
    const MutexLock lock(mutex);
    const auto to = members.find(message.to.id.value());
    if (to != members.end() && to->second) to->second->post(std::move(message));
  }
  /// The first member for which it holds; fails the test after a while.
  template <class Condition>
  int await(Condition condition) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (std::chrono::steady_clock::now() < deadline) {
      for (auto& [id, member] : members)
        if (member && member->ask(condition)) return id;
    }
    for (auto& [id, member] : members)
      if (member)
        UNSCOPED_INFO(member->ask([](Member& m) {
          return fmt::format("end {}: {}", m.machine.end.value(), m.host().describe());
        }));
    FAIL("what the test waits for did not come");
    return 0;
  }
  int leader() {
    return await([](Member& member) { return member.machine.leads; });
  }
  void stop(int id) {
    std::unique_ptr<Member> stopped;
    {
      const MutexLock lock(mutex);
      stopped = std::move(members[id]);
    }
  }
  /// A replica without a vote, which knows nobody yet.
  void add(int id) {
    auto files = storage::make_posix_file_system(100);
    const raft::Replica self = replica(id);
    REQUIRE_OK(
        form(*files, directory(id), {{"cluster", self.id, self.directory}, {}}, TimestampMs(1)));
    restart(id);
  }
  void restart(int id) {
    auto member = std::make_unique<Member>(*this, id, directory(id));
    member->start();
    const MutexLock lock(mutex);
    members[id] = std::move(member);
  }

  TemporaryDirectory temporary;
  std::atomic<bool> closed = false;
  Mutex mutex;  // guards the map's pointers against delivery
  std::map<int, std::unique_ptr<Member>> members;
};

Member::Member(Cluster& cluster, int id, const std::string& directory) : cluster_(cluster) {
  auto store = QuorumStore::open(*files_, directory, TimestampMs(1), {});
  REQUIRE_OK(store);
  machine.end = (*store)->image()->end_offset();
  raft::Config config;
  config.self = replica(id);
  host_ = std::make_unique<QuorumHost>(loop_, clock_, config, std::move(*store),
                                       static_cast<std::uint64_t>(id));
}

void Member::start() {
  loop_.start();
  loop_.post([this] {
    host_->start({.send = [this](raft::Message message) { cluster_.deliver(std::move(message)); },
                  .committed =
                      [this](const std::vector<raft::Entry>& entries) {
                        for (const auto& entry : entries) {
                          CHECK(entry.offset == machine.end);
                          machine.applied.push_back(entry);
                          ++machine.end;
                        }
                      },
                  .installed =
                      [this](const controller::ImagePtr& image) {
                        machine.end = image->end_offset();
                        machine.applied.clear();
                      },
                  .leads = [this](raft::Term) { machine.leads = true; },
                  .resigned = [this] { machine.leads = false; },
                  .leader_changed = [](std::optional<NodeId>) {},
                  .failed = [](const Error& error) { CHECK_MSG(false, error.message); }});
  });
}

SharedBytes command(int number) {
  const auto text = fmt::format("command {}", number);
  return SharedBytes::copy_of(as_bytes(text));
}

std::vector<SharedBytes> commands(const Member& member) {
  std::vector<SharedBytes> all;
  for (const auto& entry : member.machine.applied) {
    if (const auto* body = std::get_if<raft::Command>(&entry.body)) all.push_back(body->bytes);
  }
  return all;
}

}  // namespace

TEST_CASE("a quorum of one leads at once and applies what it proposes") {
  Cluster cluster(1);
  REQUIRE(cluster.leader() == 1);
  for (int i = 0; i < 100; ++i)
    REQUIRE_OK(cluster.members[1]->ask([i](Member& m) { return m.host().propose(command(i)); }));
  cluster.await([](Member& m) { return commands(m).size() == 100; });
  REQUIRE(cluster.members[1]->ask(commands).back() == command(99));
  const auto sample = cluster.members[1]->ask([](Member& m) { return m.host().sample(); });
  REQUIRE(sample.leaderships == 1);
  REQUIRE(sample.appended == static_cast<std::uint64_t>(sample.log_end));
  REQUIRE(sample.commit_latency);
  REQUIRE(sample.commit_latency->max_ms >= sample.commit_latency->mean_ms);
  const auto end = cluster.members[1]->ask([](Member& m) { return m.machine.end; });
  cluster.stop(1);
  cluster.restart(1);
  REQUIRE(cluster.leader() == 1);
  // What was there before, then the entry of the new term: read from disk and applied again.
  cluster.await([end](Member& m) { return m.machine.end == end + 1; });
  REQUIRE(cluster.members[1]->ask(commands).size() == 100);
}

TEST_CASE("three replicas apply the same, also when their leader is gone for a while") {
  Cluster cluster(3);
  const int first = cluster.leader();
  for (int i = 0; i < 20; ++i)
    (void)cluster.members[first]->ask(
        [i](Member& m) { return m.host().propose(command(i)).has_value(); });
  cluster.await([](Member& m) { return m.machine.end >= Offset(21); });
  cluster.stop(first);
  const int second = cluster.leader();
  REQUIRE(second != first);
  REQUIRE_OK(cluster.members[second]->ask([](Member& m) { return m.host().propose(command(77)); }));
  cluster.await([](Member& m) { return m.machine.leads && m.machine.end >= Offset(23); });
  cluster.restart(first);
  cluster.await([first](Member& m) {
    return m.host().self().id == NodeId(first) && m.machine.end >= Offset(23);
  });
  const auto of_first = cluster.members[first]->ask([](Member& m) { return m.machine.applied; });
  const auto of_second = cluster.members[second]->ask([](Member& m) { return m.machine.applied; });
  for (std::size_t i = 0; i < 23; ++i) REQUIRE(of_first.at(i) == of_second.at(i));
}

TEST_CASE("the lead is handed over without a gap, and confirmed by a majority") {
  Cluster cluster(3);
  const int first = cluster.leader();
  REQUIRE(cluster.members[first]->ask([](Member& m) { return m.host().hand_over(); }));
  cluster.await(
      [first](Member& m) { return m.machine.leads && m.host().self().id != NodeId(first); });
  std::promise<Status> confirmed;
  const int second = cluster.leader();
  cluster.members[second]->ask([&](Member& m) {
    m.host().confirm_lead([&](Status status) { confirmed.set_value(std::move(status)); });
    return true;
  });
  REQUIRE_OK(confirmed.get_future().get());
  const auto description =
      cluster.members[second]->ask([](Member& m) { return m.host().describe_quorum(); });
  REQUIRE(description.leader == NodeId(second));
  REQUIRE(description.voters.size() == 3);
  REQUIRE(description.observers.empty());
}

TEST_CASE("voters are changed one at a time, and told when it is done") {
  Cluster cluster(3);
  const int leader = cluster.leader();
  const int other = leader % 3 + 1;
  std::promise<Status> done;
  const auto removed = cluster.members[leader]->ask([&](Member& m) {
    auto offset = m.host().remove_voter(replica(other));
    if (offset) m.host().await(*offset, [&](Status status) { done.set_value(std::move(status)); });
    return offset;
  });
  REQUIRE_OK(removed);
  REQUIRE_OK(done.get_future().get());
  const auto description =
      cluster.members[leader]->ask([](Member& m) { return m.host().describe_quorum(); });
  REQUIRE(description.voters.size() == 2);
  REQUIRE_ERROR(cluster.members[leader]->ask(
                    [&](Member& m) { return m.host().remove_voter(replica(other)); }),
                ErrorCode::kNotFound);
}

TEST_CASE("a leader that takes its own vote away says that it is done") {
  Cluster cluster(3);
  const int leader = cluster.leader();
  std::promise<Status> done;
  const auto removed = cluster.members[leader]->ask([&](Member& m) {
    auto offset = m.host().remove_voter(replica(leader));
    if (offset) m.host().await(*offset, [&](Status status) { done.set_value(std::move(status)); });
    return offset;
  });
  REQUIRE_OK(removed);
  REQUIRE_OK(done.get_future().get());
  cluster.await(
      [leader](Member& m) { return m.machine.leads && m.host().self().id != NodeId(leader); });
}

TEST_CASE("a new replica finds the leader although nobody led when it made contact") {
  Cluster cluster(3);
  cluster.leader();
  for (int id = 1; id <= 3; ++id) cluster.stop(id);
  cluster.add(4);
  for (int id = 1; id <= 3; ++id) {
    cluster.members[4]->ask([id](Member& m) {
      m.host().on_contact(replica(id));
      return true;
    });
  }
  for (int id = 1; id <= 3; ++id) cluster.restart(id);
  cluster.await([](Member& m) {
    return m.host().self().id == NodeId(4) && m.host().core().leader() &&
           m.host().core().voters().size() == 3;
  });
}

}  // namespace millrace::node
