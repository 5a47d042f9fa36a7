#pragma once

#include <deque>
#include <string>
#include <vector>

#include "controller/metadata/image.h"

namespace millrace::node {

/// Committed images on their way to the shards. While one is under way the newest takes the place
/// of those before it, but for one case: where a topic has the name of one that was deleted, an
/// image without both comes in between, or the directory of the first would never be let go. So at
/// most one image waits, and one more for each topic that was made again meanwhile.
///
/// Owned by the metadata host; lives on its loop.
class ImageQueue {
 public:
  /// Everything that is pushed follows `first`.
  explicit ImageQueue(controller::ImagePtr first) : sent_(std::move(first)) {}

  /// The next image; the entry that made it created these topics.
  void push(controller::ImagePtr image, const std::vector<std::string>& created);
  /// An image that came as a whole: what happened since the last one is not known.
  void push_after_gap(controller::ImagePtr image);

  [[nodiscard]] bool empty() const { return images_.empty(); }
  [[nodiscard]] std::size_t size() const { return images_.size(); }
  /// Requires: !empty().
  controller::ImagePtr pop();

 private:
  std::deque<controller::ImagePtr> images_;
  controller::ImagePtr sent_;  // popped last
};

}  // namespace millrace::node
