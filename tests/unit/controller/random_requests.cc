#include "tests/unit/controller/random_requests.h"

#include "controller/metadata/error_numbers.h"

namespace millrace::controller {
namespace {

std::int32_t number(Random& random) {
  constexpr std::int32_t kOdd[] = {-1, 0, INT32_MAX, INT32_MIN};
  return random.chance(1, 3) ? kOdd[random.below(std::size(kOdd))]
                             : static_cast<std::int32_t>(random.below(1000));
}
std::int64_t position(Random& random) {
  return random.chance(1, 8) ? INT64_MAX : std::int64_t{number(random)};
}
std::int16_t small(Random& random) {
  return static_cast<std::int16_t>(number(random));
}
bool coin(Random& random) {
  return random.chance(1, 2);
}
std::string text(Random& random) {
  std::string text;
  for (auto count = random.below(9); count > 0; --count) {
    text += static_cast<char>(random.below(256));
  }
  return text;
}
std::optional<std::string> maybe_text(Random& random) {
  return coin(random) ? std::optional(text(random)) : std::nullopt;
}
NodeId node(Random& random) {
  return NodeId(number(random));
}
template <class Id>
Id id(Random& random) {
  return random.chance(1, 5) ? Id() : Id(Uuid::random(random));
}
Endpoint endpoint(Random& random) {
  return {text(random), text(random), static_cast<std::uint16_t>(random.below(65536))};
}

template <class Make>
auto many(Random& random, Make make) {
  std::vector<decltype(make(random))> all;
  for (auto count = random.below(4); count > 0; --count) all.push_back(make(random));
  return all;
}
std::vector<NodeId> nodes(Random& random) {
  return many(random, node);
}

NewTopic new_topic(Random& random) {
  NewTopic topic{text(random), number(random), small(random), {}, {}};
  topic.assignments = many(random, [](Random& r) {
    return std::pair<PartitionIndex, std::vector<NodeId>>{PartitionIndex(number(r)), nodes(r)};
  });
  topic.configs = many(random, [](Random& r) {
    return std::pair<std::string, std::optional<std::string>>{text(r), maybe_text(r)};
  });
  return topic;
}
AlterConfig alter_config(Random& random) {
  return {coin(random) ? ConfigResource::kTopic : ConfigResource::kBroker, text(random),
          many(random, [](Random& r) {
            return ConfigChange{text(r), static_cast<ConfigOperation>(r.below(4)), maybe_text(r)};
          })};
}
RegisterBroker registration(Random& random) {
  RegisterBroker command;
  command.cluster_id = id<Uuid>(random);
  auto& broker = command.broker;
  broker.id = node(random);
  broker.rack = text(random);
  broker.endpoints = many(random, endpoint);
  broker.incarnation = id<IncarnationId>(random);
  broker.directory = id<DirectoryId>(random);
  if (coin(random)) broker.peer = endpoint(random);
  broker.versions = {small(random), small(random)};
  command.lost = many(random, [](Random& r) {
    return TopicPartitionId{id<TopicId>(r), PartitionIndex(number(r))};
  });
  return command;
}
UpdateFeatures features(Random& random) {
  return {many(random,
               [](Random& r) {
                 return FeatureChange{text(r), small(r),
                                      static_cast<FeatureUpgrade>(1 + r.below(3))};
               }),
          coin(random)};
}

std::optional<Error> maybe_error(Random& random) {
  if (coin(random)) return std::nullopt;
  return Error{*error_code_of(static_cast<std::uint32_t>(1 + random.below(58))), text(random)};
}
ItemResult item(Random& random) {
  ItemResult item{text(random),   maybe_error(random), id<TopicId>(random),
                  number(random), small(random),       {}};
  for (auto count = random.below(3); count > 0; --count) item.configs[text(random)] = text(random);
  return item;
}
QuorumReplica replica(Random& random) {
  return {node(random),
          id<DirectoryId>(random),
          Offset(position(random)),
          TimestampMs(position(random)),
          TimestampMs(position(random)),
          many(random, endpoint)};
}

}  // namespace

std::vector<Request> one_request_of_each_kind(Random& random) {
  const auto command = [](auto body) { return Request(Command{std::move(body)}); };
  const auto quorum = [](auto body) { return Request(QuorumCommand{std::move(body)}); };
  const auto refs = [](Random& r) { return TopicRef{text(r), id<TopicId>(r)}; };
  const auto more = [](Random& r) { return MorePartitions{text(r), number(r), many(r, nodes)}; };
  return {
      command(CreateTopics{many(random, new_topic), coin(random)}),
      command(DeleteTopics{many(random, refs)}),
      command(CreatePartitions{many(random, more), coin(random)}),
      command(AlterConfigs{many(random, alter_config), coin(random), coin(random)}),
      command(FormCluster{id<Uuid>(random)}),
      command(registration(random)),
      command(UnfenceBroker{node(random), id<IncarnationId>(random)}),
      command(AllocateProducerIds{node(random), BrokerEpoch(position(random))}),
      command(BrokerHeartbeat{node(random), BrokerEpoch(position(random)), Offset(position(random)),
                              coin(random)}),
      command(ReportBrokerDeath{node(random), id<IncarnationId>(random)}),
      command(UnregisterBroker{node(random)}),
      command(features(random)),
      quorum(DescribeQuorum{}),
      quorum(AddVoter{node(random), id<DirectoryId>(random), coin(random)}),
      quorum(RemoveVoter{node(random), id<DirectoryId>(random)}),
      quorum(TransferLeadership{node(random)}),
  };
}

Request random_request(Random& random) {
  auto all = one_request_of_each_kind(random);
  return std::move(all[static_cast<std::size_t>(random.below(all.size()))]);
}

CommandResult random_result(Random& random) {
  CommandResult result;
  result.error = maybe_error(random);
  result.items = many(random, item);
  result.broker_epoch = BrokerEpoch(position(random));
  result.first_producer_id = ProducerId(position(random));
  result.producer_ids = position(random);
  result.is_fenced = coin(random);
  result.may_shut_down = coin(random);
  if (coin(random)) {
    result.quorum = QuorumDescription{node(random), number(random), Offset(position(random)),
                                      many(random, replica), many(random, replica)};
  }
  result.metadata_end = Offset(position(random));
  return result;
}

}  // namespace millrace::controller
