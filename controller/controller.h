#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/settings/settings.h"
#include "controller/liveness/liveness.h"
#include "controller/metadata/command.h"
#include "controller/metadata/image.h"

namespace millrace::controller {

/// The node's settings under those altered for the whole cluster.
Settings effective_settings(const Settings& node, const MetadataImage& image);

/// The cluster's metadata on one node. On the node that leads the quorum it is active: it decides
/// every change of metadata and hands it out to be appended to the log. Everywhere else it is a
/// standby that follows what was committed.
///
/// Owner: the metadata loop, which runs the core of the quorum too. A core: no thread, no I/O.
/// Nothing survives a crash but the log.
///
/// Invariants:
///  1. committed() is the committed log below committed()->end_offset(), applied in order, and
///     nothing else; it never goes back.
///  2. speculative() is committed() and the entries appended since by this controller and its
///  quorum
///     while active; a standby has none: speculative() == committed().
///  3. An answer leaves when all that it says is committed, or says that it may not have happened.
///     Every token of a step is answered exactly once, in the order of the steps.
///  4. An entry appended while active is never applied a second time: its image is kept until it is
///     committed. What a resigned controller had appended comes back through apply(), if at all.
///  5. Fenced brokers lead nothing, and are in an ISR only as its last member.
class Controller {
 public:
  using ResultPtr = std::shared_ptr<const CommandResult>;
  struct Reply {
    std::uint64_t token;
    ResultPtr result;
  };
  struct Output {
    /// To append as one entry, at the end of speculative() before the step.
    std::optional<MetadataTransaction> append;
    std::vector<Reply> replies;
  };

  /// A standby that knows `image`. `random` makes the ids of topics.
  Controller(ImagePtr image, Settings settings, Random random);

  // Standby.

  /// The next committed entry; one of the quorum's own (a new leader, voters) has no records.
  /// Requires: !is_active(). Errors: kCorrupt when it does not fit; then nothing has changed, and
  /// this node must not go on: others see another cluster.
  Status apply(const MetadataTransaction& records);
  /// A snapshot took the place of the log below its end. Requires: !is_active(), `image` does not
  /// end before committed().
  void install(ImagePtr image);
  /// This node leads, and everything that earlier leaders appended is applied. Every registered
  /// broker has a full session from `now` on. Requires: !is_active().
  void become_active(MonotonicTime now);

  // Active.

  [[nodiscard]] bool is_active() const { return active_.has_value(); }
  /// Another node leads: what waits is answered with kTimedOut where a change was appended, which
  /// may or may not happen, and with kNotController where nothing was done. Nothing on a standby.
  std::vector<Reply> resign();
  /// A standby answers kNotController at once.
  Output step(std::uint64_t token, const Command& command, MonotonicTime now);
  /// Time passes: at most one transaction, which fences the dead and moves leaderships away from
  /// the leaving. To be called at next_deadline(). Nothing on a standby.
  Output tick(MonotonicTime now);
  [[nodiscard]] std::optional<MonotonicTime> next_deadline() const;
  /// The quorum appended an entry of its own at the end of speculative(). Requires: is_active().
  void on_other_entry();
  /// Everything below `end` is committed. Requires: is_active(), end <=
  /// speculative()->end_offset().
  std::vector<Reply> on_committed(Offset end);
  /// kNoSpace, kInvalidArgument, kLimitReached, kNotController (the lead is being handed over): the
  /// entry handed out last was refused and nothing of it stored, and those that saw it are told so;
  /// what was appended before it goes on. To be said before the next step. Anything else: the log
  /// is gone, all that wait are told so and no command is taken any more in this life.
  std::vector<Reply> on_append_failed(const Error& error);

  [[nodiscard]] const ImagePtr& committed() const { return committed_; }
  [[nodiscard]] const ImagePtr& speculative() const {
    return active_ ? active_->speculative : committed_;
  }

  /// Brokers fenced for their silence in all leaderships of this process, for operators.
  [[nodiscard]] std::uint64_t timed_out_heartbeats() const { return timed_out_heartbeats_; }

  /// One line: role, ends, what waits.
  [[nodiscard]] std::string describe() const;

 private:
  struct Waiting {
    Reply reply;
    bool changes;  // its command's records are in the entry
  };
  /// An entry that is not committed yet.
  struct Pending {
    ImagePtr image;  // after it
    std::vector<Waiting> waiting;
  };
  struct Active {
    ImagePtr speculative;
    std::deque<Pending> pending;
    Liveness liveness;
  };

  void append(const MetadataTransaction& records);
  void count_timed_out(const MetadataTransaction& records, MonotonicTime now);
  std::vector<Reply> answer_all(const Error& error);

  ImagePtr committed_;
  Settings settings_;
  Random random_;
  std::optional<Active> active_;
  std::optional<Error> failed_;
  std::uint64_t timed_out_heartbeats_ = 0;
};

}  // namespace millrace::controller
