#pragma once

#include "node/http/metrics_text.h"
#include "node/http/node_metrics.h"

namespace millrace::node {

/// The part of /metrics about the metadata quorum. What was not measured lately is left out.
void add_quorum_metrics(MetricsText& text, const QuorumSample& quorum);

/// The part of /metrics about the connections to other nodes.
void add_peer_metrics(MetricsText& text, const PeerSample& peers);

}  // namespace millrace::node
