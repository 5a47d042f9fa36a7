#include <deque>

#include "controller/controller.h"
#include "controller/metadata/apply.h"
#include "controller/metadata/snapshot.h"
#include "tests/support/catch.h"
#include "tests/unit/controller/twin.h"

namespace millrace::controller {
namespace {

/// Draws commands that work most of the time, on few names, so that they meet each other.
class Commands {
 public:
  explicit Commands(std::uint64_t seed) : random(seed) { cluster = Uuid::random(random); }

  Command next(const MetadataImage& image) {
    if (image.cluster_id().is_zero() || random.chance(1, 50)) return {FormCluster{cluster}};
    const auto draw = random.below(20);
    if (draw < 6) return {create()};
    if (draw < 9) return {remove(image)};
    if (draw < 12) return {grow()};
    if (draw < 16) return {alter()};
    if (draw < 17) return {register_broker()};
    if (draw < 19) return {unfence(image)};
    return {AllocateProducerIds{node(), epoch(image)}};
  }

  Random random;
  Uuid cluster;

 private:
  template <class T>
  T any(std::initializer_list<T> values) {
    return *(values.begin() + static_cast<std::ptrdiff_t>(random.below(values.size())));
  }
  std::string name() { return any<const char*>({"a", "b", "c.d", "c_d", "e", "f/g"}); }
  NodeId node() { return NodeId(any({1, 1, 2, 3})); }
  BrokerEpoch epoch(const MetadataImage& image) {
    return image.brokers().empty() ? BrokerEpoch(0) : image.brokers().begin()->second.epoch;
  }

  NewTopic topic() {
    NewTopic topic;
    topic.name = name();
    topic.partitions = any({-1, 1, 2, 70, 0, -2, 20000});
    topic.replication_factor = any<std::int16_t>({-1, -1, 1, 1, 1, 0, 3});
    if (random.chance(1, 3)) topic.configs = {{"retention.ms", any<const char*>({"5", "x", "77"})}};
    return topic;
  }
  CreateTopics create() {
    CreateTopics command;
    for (auto count = 1 + random.below(4); count > 0; --count) command.topics.push_back(topic());
    command.validate_only = random.chance(1, 6);
    return command;
  }
  DeleteTopics remove(const MetadataImage& image) {
    DeleteTopics command;
    for (auto count = 1 + random.below(2); count > 0; --count)
      command.topics.push_back({name(), {}});
    const auto topics = image.topics();
    if (!topics.empty() && random.chance(1, 2)) {
      command.topics.push_back({"", topics[random.below(topics.size())]->id});
    }
    return command;
  }
  CreatePartitions grow() {
    CreatePartitions command;
    for (auto count = 1 + random.below(2); count > 0; --count) {
      command.topics.push_back({name(), any({1, 2, 3, 64, 65, 130, 20000}), {}});
    }
    command.validate_only = random.chance(1, 6);
    return command;
  }
  ConfigChange change() {
    const auto operation =
        any({ConfigOperation::kSet, ConfigOperation::kSet, ConfigOperation::kDelete,
             ConfigOperation::kAppend, ConfigOperation::kSubtract});
    const std::string setting = any<const char*>(
        {"retention.ms", "cleanup.policy", "min.insync.replicas", "num.partitions"});
    std::string value = any<const char*>({"1", "3", "x"});
    if (setting == "cleanup.policy") value = any<const char*>({"compact", "delete", "x"});
    return {setting, operation, value};
  }
  AlterConfigs alter() {
    AlterConfigs command;
    for (auto count = 1 + random.below(2); count > 0; --count) {
      const bool is_topic = random.chance(3, 4);
      AlterConfig resource{
          is_topic ? ConfigResource::kTopic : ConfigResource::kBroker, is_topic ? name() : "", {}};
      for (auto changes = 1 + random.below(2); changes > 0; --changes) {
        resource.changes.push_back(change());
      }
      command.resources.push_back(std::move(resource));
    }
    command.replace_all = random.chance(1, 5);
    if (command.replace_all) {
      for (auto& resource : command.resources) {
        for (auto& each : resource.changes) each.operation = ConfigOperation::kSet;
      }
    }
    command.validate_only = random.chance(1, 6);
    return command;
  }
  RegisterBroker register_broker() {
    return {
        random.chance(1, 10) ? Uuid() : cluster,
        {node(), "", {}, IncarnationId(Uuid::random(random)), DirectoryId(Uuid::random(random))}};
  }
  UnfenceBroker unfence(const MetadataImage& image) {
    const auto id = node();
    const auto* broker = image.broker(id);
    if (broker == nullptr || random.chance(1, 8)) return {id, IncarnationId(Uuid::random(random))};
    return {id, broker->incarnation};
  }
};

std::string code_of(const std::optional<Error>& error) {
  return error ? std::string(name_of(error->code)) : "";
}
std::string code_of(const std::optional<ErrorCode>& code) {
  return code ? std::string(name_of(*code)) : "";
}

struct Totals {
  std::map<std::size_t, int> done;     // commands without any error, by kind
  std::map<std::size_t, int> refused;  // with one, by kind
};

/// One life of a controller whose entries commit late and in groups; ends with a crash.
void run(std::uint64_t seed, Totals& totals) {
  Commands commands(seed);
  Controller controller(MetadataImage::empty(), Settings(), Random(seed));
  Twin twin;
  std::vector<MetadataTransaction> log;
  std::deque<std::uint64_t> unanswered;
  std::map<std::uint64_t, Controller::ResultPtr> results;
  const auto take = [&](std::vector<Controller::Reply> replies) {
    for (auto& reply : replies) {
      // Answers leave in the order of the commands.
      REQUIRE(unanswered.front() == reply.token);
      unanswered.pop_front();
      REQUIRE(reply.result->metadata_end <= controller.committed()->end_offset());
    }
  };
  for (std::uint64_t token = 0; token < 150; ++token) {
    const auto command = commands.next(*controller.speculative());
    // A second controller of the same state tells the answer at once: nothing else is random.
    Controller oracle = controller;
    auto told = oracle.step(token, command);
    auto early = oracle.on_committed(oracle.speculative()->end_offset());
    early.insert(early.end(), told.replies.begin(), told.replies.end());
    const auto& given = *early.back().result;

    unanswered.push_back(token);
    auto output = controller.step(token, command);
    REQUIRE((output.append == told.append));
    if (output.append) log.push_back(*output.append);
    take(std::move(output.replies));

    const auto codes = twin.run(command, given, *controller.speculative());
    INFO("seed " << seed << " command " << token << " of kind " << command.body.index());
    REQUIRE(code_of(given.error) == code_of(twin.command_error));
    REQUIRE(given.items.size() == codes.size());
    bool refused = given.error.has_value();
    for (std::size_t i = 0; i < codes.size(); ++i) {
      INFO("item " << i << " " << (given.items[i].error ? given.items[i].error->message : ""));
      REQUIRE(code_of(given.items[i].error) == code_of(codes[i]));
      refused = refused || codes[i];
    }
    ++(refused ? totals.refused : totals.done)[command.body.index()];
    twin.check(*controller.speculative());
    if (commands.random.chance(1, 3)) {
      take(controller.on_committed(Offset(static_cast<std::int64_t>(
          log.size() -
          (commands.random.chance(1, 2) ? 0 : std::min<std::size_t>(log.size(), 2))))));
    }
  }
  take(controller.on_committed(Offset(static_cast<std::int64_t>(log.size()))));
  REQUIRE(unanswered.empty());
  REQUIRE(controller.committed() == controller.speculative());

  auto replayed = MetadataImage::empty();
  for (const auto& entry : log) replayed = apply_records(*replayed, entry).value();
  REQUIRE(state_hash(*replayed) == state_hash(*controller.committed()));
}

}  // namespace

TEST_CASE("the controller and its twin agree") {
  Totals totals;
  for (std::uint64_t seed = 0; seed < 60; ++seed) run(seed, totals);
  for (std::size_t kind = 0; kind < std::variant_size_v<decltype(Command::body)>; ++kind) {
    INFO("kind " << kind);
    REQUIRE(totals.done[kind] > 20);
    REQUIRE(totals.refused[kind] > 20);
  }
}

TEST_CASE("losing the log takes back what was not committed") {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    Commands commands(seed);
    Controller controller(MetadataImage::empty(), Settings(), Random(seed));
    ImagePtr committed;
    std::size_t waiting = 0;
    for (std::uint64_t token = 0; token < 40; ++token) {
      auto output = controller.step(token, commands.next(*controller.speculative()));
      waiting += 1 - output.replies.size();
      if (token != 25) continue;
      controller.on_committed(controller.speculative()->end_offset());
      committed = controller.committed();
      waiting = 0;
    }
    const auto replies = controller.on_append_failed({ErrorCode::kIo, "gone"});
    REQUIRE(replies.size() == waiting);
    for (const auto& reply : replies) REQUIRE(reply.result->error->code == ErrorCode::kIo);
    REQUIRE(controller.speculative() == committed);
    REQUIRE(controller.committed() == committed);
  }
}

}  // namespace millrace::controller
