#pragma once

#include "node/loops/io_pool.h"
#include "storage/directory_writer.h"

namespace millrace::node {

/// Runs tasks side by side on the pool, the caller helping, so that it works even when every other
/// thread of the pool waits in here too.
storage::RunAll run_all_on(IoPool& pool);

/// The same at the pool's leisure: other work of the pool goes first between any two tasks.
storage::RunAll run_all_in_background_on(IoPool& pool);

}  // namespace millrace::node
