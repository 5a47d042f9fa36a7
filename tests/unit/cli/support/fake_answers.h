#pragma once

#include "proto/kafka/codec/reader.h"
#include "tests/unit/cli/support/fake_node.h"

namespace millrace::cli::test {

/// The frame that answers the request, or nothing for an API that the fake does not know. `seen`
/// receives the request as text. Topics that are created appear in the cluster.
std::optional<BytesChain> fake_answer(FakeCluster& cluster, int port,
                                      const kafka::RequestStart& start, kafka::Reader& reader,
                                      std::string& seen);

}  // namespace millrace::cli::test
