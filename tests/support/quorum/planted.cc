#include "raft/planted.h"

namespace millrace::raft {

Bug the_planted_bug = Bug::kNone;

}  // namespace millrace::raft
