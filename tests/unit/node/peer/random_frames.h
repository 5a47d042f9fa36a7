#pragma once

#include "base/random.h"
#include "node/peer/convert.h"

namespace millrace::node {

/// Of any kind, with contents that a node may send.
raft::Message random_message(Random& random);
Frame random_frame(Random& random);
Question random_question(Random& random);
Reply random_reply(Random& random);

}  // namespace millrace::node
