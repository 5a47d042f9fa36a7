#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <span>
#include <string>

namespace millrace::node {

/// What became of a read or write that does not wait.
struct IoOutcome {
  enum class Kind {
    kBytes,       // `bytes` moved; fewer than asked means that the next call would wait
    kWouldBlock,  // nothing moved; wait_readable or wait_writable tells when to try again
    kEnd,         // the peer has finished sending
    kFailed,      // `error` says why; the stream is of no use any more
  };
  Kind kind;
  std::size_t bytes = 0;
  int error = 0;  // errno
};

/// One end of a connection, as the listener sees it: plain TCP today, TLS above it later, a pair of
/// buffers in tests. Used on one loop only.
///
/// No call waits. A wait_... call arms one notification, which arrives later from the loop and
/// never from inside the call. After close() nothing arrives any more.
class ByteStream {
 public:
  /// Who is told.
  class Events {
   public:
    virtual ~Events() = default;
    virtual void on_readable() = 0;
    virtual void on_writable() = 0;
  };

  virtual ~ByteStream() = default;
  /// Must be called before anything is armed. `events` must stay alive until close().
  virtual void set_events(Events* events) = 0;
  virtual IoOutcome read(std::span<iovec> into) = 0;
  virtual IoOutcome write(std::span<const iovec> from) = 0;
  virtual void wait_readable() = 0;
  virtual void wait_writable() = 0;
  /// Idempotent.
  virtual void close() = 0;
};

}  // namespace millrace::node
