#pragma once

#include "raft/messages.h"

namespace millrace::peer::v1 {
class Message;
}

namespace millrace::node {

/// For convert.cc.
void encode_message(const raft::Message& message, peer::v1::Message* to);

}  // namespace millrace::node
