#pragma once

#include <string>

namespace millrace::node {

/// Names the calling thread for ps, perf and core dumps; cut to 15 characters.
void name_this_thread(const std::string& name);

/// Blocks every signal for the calling thread and those it starts: signals are for main alone.
void block_signals();

/// Asks for a higher priority for the calling thread. False when not permitted; nothing depends on
/// it.
bool raise_priority_of_this_thread();

}  // namespace millrace::node
