#include "broker/handlers/60_describe_cluster.h"

namespace millrace::broker {

namespace {

using kafka::DescribeClusterResponse;
using kafka::KafkaError;

constexpr std::int8_t kBrokers = 1;
constexpr std::int8_t kControllers = 2;

void refuse(Desk& desk, const Call& call, KafkaError error, std::string message) {
  DescribeClusterResponse response;
  response.error_code = error;
  response.error_message = std::move(message);
  desk.reply(call, response);
}

void add_brokers(Desk& desk, const Call& call, bool with_fenced,
                 DescribeClusterResponse& response) {
  for (const auto& [id, broker] : desk.metadata().image().brokers()) {
    if (broker.fenced && !with_fenced) continue;
    for (const controller::Endpoint& endpoint : broker.endpoints) {
      if (endpoint.listener != call.context.listener) continue;
      auto& row = response.brokers.emplace_back();
      row.broker_id = id;
      row.host = endpoint.host;
      row.port = endpoint.port;
      if (!broker.rack.empty()) row.rack = broker.rack;
      row.is_fenced = broker.fenced;
    }
  }
}

}  // namespace

void start_describe_cluster(Desk& desk, Call call, kafka::DescribeClusterRequest request) {
  const Access access = desk.access(call);
  if (request.endpoint_type == kControllers) {
    refuse(desk, call, KafkaError::kMismatchedEndpointType,
           "this listener is for clients of brokers; it does not tell controllers");
    return;
  }
  if (request.endpoint_type != kBrokers) {
    refuse(desk, call, KafkaError::kUnsupportedEndpointType,
           fmt::format("there is no endpoint type {}", request.endpoint_type));
    return;
  }
  DescribeClusterResponse response;
  response.cluster_id = desk.metadata().image().cluster_id().to_string();
  response.controller_id = desk.config().node_id;
  add_brokers(desk, call, request.include_fenced_brokers, response);
  if (request.include_cluster_authorized_operations) {
    response.cluster_authorized_operations =
        access.cluster(Operation::kDescribe) ? access.cluster_operations() : 0;
  }
  desk.reply(call, response);
}

}  // namespace millrace::broker
