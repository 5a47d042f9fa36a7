#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "base/random.h"
#include "base/settings/settings.h"
#include "controller/metadata/command.h"
#include "controller/metadata/image.h"

namespace millrace::controller {

/// The node's settings under those altered for the whole cluster.
Settings effective_settings(const Settings& node, const MetadataImage& image);

/// Decides every change of metadata. A core: no thread, no I/O; owned by the metadata loop, which
/// appends what step() returns to the metadata log, in order, and says when it is committed.
///
/// Invariants: speculative() is committed() plus the entries that are not committed yet. A reply
/// leaves when everything that it depends on is committed. Nothing survives a crash but the log.
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

  /// `random` makes the ids of topics.
  Controller(ImagePtr image, Settings settings, Random random);

  Output step(std::uint64_t token, const Command& command);

  /// Everything below `end` is committed. Requires: end <= speculative()->end_offset().
  std::vector<Reply> on_committed(Offset end);

  /// Appending failed: answers all that wait with the error. Unless it was for lack of space or for
  /// the entry's size no command is taken any more in this life.
  std::vector<Reply> on_append_failed(const Error& error);

  [[nodiscard]] const ImagePtr& committed() const { return committed_; }
  [[nodiscard]] const ImagePtr& speculative() const { return speculative_; }

 private:
  struct Pending {
    ImagePtr image;  // after the entry
    std::vector<Reply> replies;
  };

  ImagePtr committed_;
  ImagePtr speculative_;
  Settings settings_;
  Random random_;
  std::deque<Pending> pending_;
  std::optional<Error> failed_;
};

}  // namespace millrace::controller
