#include "controller/controller.h"

#include "controller/metadata/apply.h"
#include "tests/support/catch.h"

namespace millrace::controller {
namespace {

/// A controller whose log commits when the test says so.
struct Fixture {
  explicit Fixture(Settings settings = {})
      : controller(MetadataImage::empty(), std::move(settings), Random(1)) {
    controller.become_active(now);
    Random random(2);
    cluster = Uuid::random(random);
    incarnation = IncarnationId(Uuid::random(random));
    run(FormCluster{cluster});
    run(RegisterBroker{cluster, {NodeId(1), "", {}, incarnation, {}}});
    run(UnfenceBroker{NodeId(1), incarnation});
  }

  template <class Body>
  CommandResult run(Body body) {
    auto output = controller.step(7, Command{std::move(body)}, now);
    if (output.append) {
      REQUIRE(output.replies.empty());
      log.push_back(*output.append);
      output.replies = controller.on_committed(controller.speculative()->end_offset());
    }
    REQUIRE(output.replies.size() == 1);
    REQUIRE(output.replies[0].token == 7);
    return *output.replies[0].result;
  }

  ItemResult create(NewTopic topic) { return run(CreateTopics{{std::move(topic)}}).items.at(0); }
  ItemResult alter(ConfigResource resource, std::string name, ConfigChange change) {
    return run(AlterConfigs{{{resource, std::move(name), {std::move(change)}}}}).items.at(0);
  }
  const MetadataImage& image() { return *controller.committed(); }

  MonotonicTime now{std::chrono::seconds(1)};
  Uuid cluster;
  IncarnationId incarnation;
  Controller controller;
  std::vector<MetadataTransaction> log;
};

ErrorCode code(const ItemResult& item) {
  REQUIRE(item.error.has_value());
  return item.error->code;
}

NewTopic named(std::string name, std::int32_t partitions = -1, std::int16_t factor = -1) {
  NewTopic topic;
  topic.name = std::move(name);
  topic.partitions = partitions;
  topic.replication_factor = factor;
  return topic;
}

}  // namespace

TEST_CASE("topics are created with defaults and led by the broker that serves") {
  Settings settings;
  REQUIRE_OK(settings.set("num.partitions", "3"));
  Fixture f(settings);
  const auto item = f.create(named("a"));
  REQUIRE(!item.error);
  REQUIRE(item.partitions == 3);
  REQUIRE(item.replication_factor == 1);
  const auto* topic = f.image().topic("a");
  REQUIRE(topic->id == item.id);
  REQUIRE(topic->partitions[2].leader == NodeId(1));
  REQUIRE(topic->partitions[2].isr == std::vector{NodeId(1)});
  REQUIRE(f.image().topic(item.id) != nullptr);
}

TEST_CASE("names of topics") {
  Fixture f;
  for (const auto* bad : {"", ".", "..", "a b", "a/b", "\xc3\xa4"}) {
    REQUIRE(code(f.create(named(bad))) == ErrorCode::kInvalidTopic);
  }
  REQUIRE(!f.create(named(std::string(249, 'x'))).error);
  REQUIRE(code(f.create(named(std::string(250, 'x')))) == ErrorCode::kInvalidTopic);
  REQUIRE(!f.create(named("a.b")).error);
  REQUIRE(code(f.create(named("a_b"))) == ErrorCode::kInvalidTopic);
  REQUIRE(code(f.create(named("a.b"))) == ErrorCode::kTopicAlreadyExists);
}

TEST_CASE("numbers and replicas of topics") {
  Fixture f;
  REQUIRE(code(f.create(named("a", 0))) == ErrorCode::kInvalidPartitions);
  REQUIRE(code(f.create(named("a", 1, 0))) == ErrorCode::kInvalidReplicationFactor);
  REQUIRE(code(f.create(named("a", 1, 2))) == ErrorCode::kInvalidReplicationFactor);
  REQUIRE(code(f.create(named("a", 10001))) == ErrorCode::kPolicyViolation);
  auto topic = named("a");
  topic.assignments = {{PartitionIndex(1), {NodeId(1)}}, {PartitionIndex(0), {NodeId(1)}}};
  auto odd = topic;
  odd.partitions = 2;
  REQUIRE(code(f.create(odd)) == ErrorCode::kInvalidRequest);
  odd = topic;
  odd.assignments[0].first = PartitionIndex(2);
  REQUIRE(code(f.create(odd)) == ErrorCode::kInvalidReplicaAssignment);
  odd.assignments[0] = {PartitionIndex(1), {NodeId(2)}};
  REQUIRE(code(f.create(odd)) == ErrorCode::kInvalidReplicaAssignment);
  odd.assignments[0].second = {NodeId(1), NodeId(1)};
  REQUIRE(code(f.create(odd)) == ErrorCode::kInvalidReplicaAssignment);
  REQUIRE(f.create(topic).partitions == 2);
}

TEST_CASE("each topic of a command has its own result") {
  Fixture f;
  auto bad = named("bad");
  bad.configs = {{"retention.m", "1"}};
  const auto before = f.log.size();
  auto result =
      f.run(CreateTopics{{named("a.b"), bad, named("a_b"), named("c"), named("d"), named("d")}});
  REQUIRE(!result.items[0].error);
  REQUIRE(code(result.items[1]) == ErrorCode::kInvalidConfig);
  REQUIRE(code(result.items[2]) == ErrorCode::kInvalidTopic);
  REQUIRE(!result.items[3].error);
  REQUIRE(code(result.items[4]) == ErrorCode::kInvalidRequest);
  REQUIRE(f.log.size() == before + 1);
  REQUIRE(f.image().topic_count() == 2);
  result = f.run(CreateTopics{{named("e", 5)}, true});
  REQUIRE(result.items[0].partitions == 5);
  REQUIRE(f.image().topic("e") == nullptr);
}

TEST_CASE("topics are deleted by name or id") {
  Fixture f;
  const auto id = f.create(named("a")).id;
  f.create(named("b"));
  const auto result = f.run(DeleteTopics{{{"", id}, {"b", {}}, {"c", {}}, {"", id}}});
  REQUIRE(result.items[0].name == "a");
  REQUIRE(!result.items[1].error);
  REQUIRE(code(result.items[2]) == ErrorCode::kUnknownTopicOrPartition);
  REQUIRE(code(result.items[3]) == ErrorCode::kUnknownTopicId);
  REQUIRE(f.image().topic_count() == 0);
  Settings settings;
  REQUIRE_OK(settings.set("delete.topic.enable", "false"));
  Fixture locked(settings);
  locked.create(named("a"));
  REQUIRE(code(locked.run(DeleteTopics{{{"a", {}}}}).items[0]) ==
          ErrorCode::kTopicDeletionDisabled);
}

TEST_CASE("partitions only grow") {
  Fixture f;
  f.create(named("a", 2));
  const auto grow = [&](std::string name, std::int32_t count) {
    return f.run(CreatePartitions{{{std::move(name), count, {}}}}).items[0];
  };
  REQUIRE(!grow("a", 4).error);
  REQUIRE(f.image().topic("a")->partitions.size() == 4);
  REQUIRE(f.image().topic("a")->partitions_created_at[3] > f.image().topic("a")->created_at);
  REQUIRE(code(grow("a", 4)) == ErrorCode::kInvalidPartitions);
  REQUIRE(code(grow("b", 4)) == ErrorCode::kUnknownTopicOrPartition);
  REQUIRE(code(f.run(CreatePartitions{{{"a", 6, {{NodeId(1)}}}}}).items[0]) ==
          ErrorCode::kInvalidReplicaAssignment);
}

TEST_CASE("settings are altered") {
  Fixture f;
  f.create(named("a"));
  const auto topic = [&](std::string name, ConfigOperation operation,
                         std::optional<std::string> value) {
    return f.alter(ConfigResource::kTopic, "a", {std::move(name), operation, std::move(value)});
  };
  const auto configs = [&] { return f.image().topic("a")->configs; };
  REQUIRE(!topic("cleanup.policy", ConfigOperation::kAppend, "compact").error);
  REQUIRE(configs().at("cleanup.policy") == "delete,compact");
  REQUIRE(!topic("cleanup.policy", ConfigOperation::kSubtract, "delete").error);
  REQUIRE(configs().at("cleanup.policy") == "compact");
  REQUIRE(code(topic("retention.ms", ConfigOperation::kAppend, "5")) == ErrorCode::kInvalidConfig);
  REQUIRE(!topic("retention.ms", ConfigOperation::kSet, "5").error);
  REQUIRE(code(topic("min.insync.replicas", ConfigOperation::kSet, "2")) ==
          ErrorCode::kInvalidConfig);
  REQUIRE(!topic("cleanup.policy", ConfigOperation::kDelete, std::nullopt).error);
  REQUIRE(configs() == SettingMap{{"retention.ms", "5"}});
  f.run(AlterConfigs{{{ConfigResource::kTopic, "a", {{"segment.ms", ConfigOperation::kSet, "9"}}}},
                     true});
  REQUIRE(configs() == SettingMap{{"segment.ms", "9"}});

  REQUIRE(code(f.alter(ConfigResource::kBroker, "", {"node.id", ConfigOperation::kSet, "9"})) ==
          ErrorCode::kInvalidConfig);
  REQUIRE(
      code(f.alter(ConfigResource::kBroker, "1", {"num.partitions", ConfigOperation::kSet, "9"})) ==
      ErrorCode::kInvalidRequest);
  REQUIRE(
      !f.alter(ConfigResource::kBroker, "", {"num.partitions", ConfigOperation::kSet, "9"}).error);
  REQUIRE(f.create(named("nine")).partitions == 9);
}

TEST_CASE("a new incarnation ends what the old one led") {
  Fixture f;
  f.create(named("a"));
  const auto old = f.image().topic("a")->partitions[0];
  Random random(9);
  const IncarnationId again(Uuid::random(random));
  f.now += std::chrono::seconds(3);
  const auto registered = f.run(RegisterBroker{f.cluster, {NodeId(1), "", {}, again, {}}});
  REQUIRE(registered.broker_epoch == f.image().broker(NodeId(1))->epoch);
  REQUIRE(f.image().topic("a")->partitions[0].leader == kNoNode);
  REQUIRE(code(f.create(named("b"))) == ErrorCode::kInvalidReplicationFactor);
  REQUIRE(f.run(UnfenceBroker{NodeId(1), f.incarnation}).error.has_value());
  REQUIRE(!f.run(UnfenceBroker{NodeId(1), again}).error);
  const auto now = f.image().topic("a")->partitions[0];
  REQUIRE(now.leader == NodeId(1));
  REQUIRE(now.leader_epoch > old.leader_epoch);
  REQUIRE(f.run(RegisterBroker{Uuid(), {NodeId(1), "", {}, again, {}}}).error.has_value());
  REQUIRE(f.run(FormCluster{f.cluster}).error.has_value());
}

TEST_CASE("producer ids are never given twice") {
  Fixture f;
  const auto epoch = f.image().broker(NodeId(1))->epoch;
  const auto first = f.run(AllocateProducerIds{NodeId(1), epoch});
  const auto second = f.run(AllocateProducerIds{NodeId(1), epoch});
  REQUIRE(second.first_producer_id.value() == first.first_producer_id.value() + first.producer_ids);
  REQUIRE(f.run(AllocateProducerIds{NodeId(1), BrokerEpoch(99)}).error.has_value());
}

TEST_CASE("answers wait for the commit of what they saw") {
  Fixture f;
  auto first = f.controller.step(1, Command{CreateTopics{{named("a")}}}, f.now);
  auto second = f.controller.step(2, Command{CreateTopics{{named("a")}}}, f.now);
  REQUIRE(first.append.has_value());
  REQUIRE(!second.append.has_value());
  REQUIRE(first.replies.empty());
  REQUIRE(second.replies.empty());
  REQUIRE(f.controller.committed()->topic("a") == nullptr);
  REQUIRE(f.controller.on_committed(f.controller.committed()->end_offset()).empty());
  const auto replies = f.controller.on_committed(f.controller.speculative()->end_offset());
  REQUIRE(replies.size() == 2);
  REQUIRE(replies[0].token == 1);
  REQUIRE(code(replies[1].result->items[0]) == ErrorCode::kTopicAlreadyExists);

  f.controller.step(3, Command{CreateTopics{{named("full")}}}, f.now);
  REQUIRE(f.controller.on_append_failed({ErrorCode::kNoSpace, "full"}).size() == 1);
  f.controller.step(3, Command{CreateTopics{{named("full")}}}, f.now);
  REQUIRE(f.controller.on_append_failed({ErrorCode::kNotController, "handing over"}).size() == 1);
  REQUIRE(!f.create(named("later")).error);
  REQUIRE(f.image().topic("full") == nullptr);

  // While the lead is handed over: what was appended before may still be committed.
  f.controller.step(3, Command{CreateTopics{{named("before")}}}, f.now);
  f.controller.step(4, Command{CreateTopics{{named("during")}}}, f.now);
  const auto refused = f.controller.on_append_failed({ErrorCode::kNotController, "hands over"});
  REQUIRE(refused.size() == 1);
  REQUIRE(refused[0].token == 4);
  REQUIRE(f.controller.on_committed(f.controller.speculative()->end_offset()).size() == 1);
  REQUIRE(f.image().topic("before") != nullptr);
  REQUIRE(f.image().topic("during") == nullptr);

  f.controller.step(3, Command{CreateTopics{{named("b")}}}, f.now);
  const auto failed = f.controller.on_append_failed({ErrorCode::kIo, "gone"});
  REQUIRE(failed.size() == 1);
  REQUIRE(failed[0].result->error->code == ErrorCode::kIo);
  REQUIRE(f.controller.speculative()->topic("b") == nullptr);
  REQUIRE(f.controller.step(4, Command{CreateTopics{{named("c")}}}, f.now)
              .replies[0]
              .result->error.has_value());
}

TEST_CASE("the log alone makes the same image again") {
  Fixture f;
  f.create(named("a", 3));
  f.create(named("b"));
  f.run(DeleteTopics{{{"a", {}}}});
  auto image = MetadataImage::empty();
  for (const auto& entry : f.log) image = *apply_records(*image, entry);
  REQUIRE(image->describe() == f.image().describe());
}

}  // namespace millrace::controller
