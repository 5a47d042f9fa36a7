#pragma once

#include "controller/controller.h"
#include "tests/support/catch.h"

namespace millrace::node {

inline const Uuid kTestCluster{{7}};
inline const IncarnationId kTestIncarnation{Uuid({8})};

/// What makes node 1 a registered, unfenced broker.
inline std::vector<controller::Command> commands_of_a_start() {
  controller::BrokerRecord broker;
  broker.id = NodeId(1);
  broker.endpoints = {{"PLAINTEXT", "127.0.0.1", 9092}};
  broker.incarnation = kTestIncarnation;
  return {{controller::FormCluster{kTestCluster}},
          {controller::RegisterBroker{kTestCluster, broker}},
          {controller::UnfenceBroker{NodeId(1), kTestIncarnation}}};
}

inline controller::Command create_topic(const std::string& name, std::int32_t partitions) {
  controller::NewTopic topic;
  topic.name = name;
  topic.partitions = partitions;
  topic.replication_factor = 1;
  return {controller::CreateTopics{{topic}}};
}

inline controller::Command delete_topic(const std::string& name) {
  return {controller::DeleteTopics{{{name, {}}}}};
}

}  // namespace millrace::node
