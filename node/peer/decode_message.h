#pragma once

#include "base/result.h"
#include "raft/messages.h"

namespace millrace::peer::v1 {
class Message;
}

namespace millrace::node {

/// For convert.cc. Takes the bytes of commands and chunks out of `from`. Errors: kMalformed.
Result<raft::Message> decode_message(peer::v1::Message* from);

}  // namespace millrace::node
