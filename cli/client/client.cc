#include "cli/client/client.h"

#include <fmt/format.h>

#include <algorithm>

namespace millrace::cli {

using kafka::MetadataRequest;
using kafka::MetadataResponse;

namespace {

// Since this version of Metadata a question can say that it must not create topics.
constexpr std::int16_t kAutoCreationVersion = 4;

}  // namespace

std::int32_t Client::node_timeout_ms() const {
  const auto ms = options_.timeout.count();
  return static_cast<std::int32_t>(std::clamp<std::int64_t>(ms - ms / 10, 1, 600'000));
}

Answer<NodeSession*> Client::any_node() {
  if (session_ != nullptr) return session_.get();
  Answer<NodeSession*> first_failure = problem(Problem{});
  bool failed = false;
  for (const auto& endpoint : options_.bootstrap) {
    auto opened = NodeSession::open(endpoint, {.bootstrap = options_.bootstrap_origin},
                                    options_.settings, options_.timeout);
    if (opened) {
      session_ = std::move(*opened);
      return session_.get();
    }
    if (!failed) first_failure = problem(opened.error());
    failed = true;
  }
  const auto others = options_.bootstrap.size() - 1;
  if (others > 0) {
    first_failure.error().message +=
        fmt::format("; nor {} other server{}", others, others == 1 ? "" : "s");
  }
  return first_failure;
}

void Client::forget_node() {
  session_.reset();
  // The server that hung up is asked last from now on.
  std::rotate(options_.bootstrap.begin(), options_.bootstrap.begin() + 1, options_.bootstrap.end());
}

Answer<MetadataResponse> Client::metadata_of_all() {
  return ask<MetadataResponse>([](std::int16_t version) {
    MetadataRequest request;
    // Version 0 says "all" with an empty list.
    if (version > 0) request.topics = std::nullopt;
    request.allow_auto_topic_creation = version < kAutoCreationVersion;
    return request;
  });
}

Answer<MetadataResponse> Client::metadata_of(const std::vector<std::string>& topics) {
  return ask<MetadataResponse>([&](std::int16_t version) {
    MetadataRequest request;
    request.allow_auto_topic_creation = version < kAutoCreationVersion;
    for (const auto& name : topics) request.topics->emplace_back().name = name;
    return request;
  });
}

Answer<NodeSession*> Client::advertised_node(const MetadataResponse& cluster, NodeId node) {
  if (const auto found = nodes_.find(node); found != nodes_.end()) return found->second.get();
  const auto broker = std::find_if(cluster.brokers.begin(), cluster.brokers.end(),
                                   [&](const auto& each) { return each.node_id == node; });
  if (broker == cluster.brokers.end()) {
    return problem({ExitCode::kUnreachable, "BROKER_NOT_AVAILABLE", to_string(node),
                    fmt::format("node {} is not alive", to_string(node)),
                    "millrace cluster info lists the nodes that are"});
  }
  const Endpoint endpoint{broker->host, static_cast<std::uint16_t>(broker->port)};
  if (session_ != nullptr && session_->endpoint() == endpoint) return session_.get();
  auto opened = NodeSession::open(
      endpoint,
      {.node = to_string(node), .answered_by = session_ ? session_->endpoint().text() : ""},
      options_.settings, options_.timeout);
  if (!opened) return problem(std::move(opened).error());
  return (nodes_[node] = std::move(*opened)).get();
}

Answer<NodeSession*> Client::controller_node() {
  auto cluster = cluster_metadata();
  if (!cluster) return problem(std::move(cluster).error());
  if (cluster->controller_id == kNoNode) {
    return problem({ExitCode::kFailed, "CONTROLLER_NOT_AVAILABLE", "",
                    "the cluster has no active controller at the moment",
                    "try again; if it stays so, most of the voters are down"});
  }
  return advertised_node(*cluster, cluster->controller_id);
}

}  // namespace millrace::cli
