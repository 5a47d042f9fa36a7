#include "controller/planted.h"
#include "node/metadata_log/planted.h"

namespace millrace::controller {

Bug the_planted_bug = Bug::kNone;

}  // namespace millrace::controller

namespace millrace::node {

Bug the_planted_bug = Bug::kNone;

}  // namespace millrace::node
