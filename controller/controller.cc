#include "controller/controller.h"

#include "base/check.h"
#include "controller/metadata/apply.h"
#include "controller/ops/ops.h"

namespace millrace::controller {

Settings effective_settings(const Settings& node, const MetadataImage& image) {
  auto settings = node;
  for (const auto& [name, value] : image.cluster_configs()) {
    // One that an older version stored and this one does not take keeps the node's value.
    (void)settings.set(name, value, SettingSource::kDynamicCluster);
  }
  return settings;
}

Controller::Controller(ImagePtr image, Settings settings, Random random)
    : committed_(image),
      speculative_(std::move(image)),
      settings_(std::move(settings)),
      random_(random) {}

Controller::Output Controller::step(std::uint64_t token, const Command& command) {
  if (failed_) {
    CommandResult result;
    result.error = failed_;
    return {std::nullopt, {{token, std::make_shared<CommandResult>(std::move(result))}}};
  }
  const auto settings = effective_settings(settings_, *speculative_);
  const Context context{*speculative_, settings, random_};
  auto planned = std::visit([&](const auto& body) { return plan(context, body); }, command.body);
  Output output;
  if (!planned.records.empty()) {
    auto next = apply_records(*speculative_, planned.records);
    CHECK_MSG(next.has_value(), next.error().message);
    speculative_ = *next;
    pending_.push_back({speculative_, {}});
    output.append = std::move(planned.records);
  }
  planned.result.metadata_end = speculative_->end_offset();
  Reply reply{token, std::make_shared<CommandResult>(std::move(planned.result))};
  // Also an answer that changes nothing was found in what may not be committed yet.
  (pending_.empty() ? output.replies : pending_.back().replies).push_back(std::move(reply));
  return output;
}

std::vector<Controller::Reply> Controller::on_committed(Offset end) {
  CHECK(end <= speculative_->end_offset());
  std::vector<Reply> replies;
  while (!pending_.empty() && pending_.front().image->end_offset() <= end) {
    auto& first = pending_.front();
    committed_ = std::move(first.image);
    for (auto& reply : first.replies) replies.push_back(std::move(reply));
    pending_.pop_front();
  }
  return replies;
}

std::vector<Controller::Reply> Controller::on_append_failed(const Error& error) {
  // Refused before anything was stored: the next command may fit.
  const bool refused =
      error.code == ErrorCode::kNoSpace || error.code == ErrorCode::kInvalidArgument;
  if (!refused) failed_ = error;
  speculative_ = committed_;
  CommandResult failure;
  failure.error = error;
  const auto result = std::make_shared<const CommandResult>(std::move(failure));
  std::vector<Reply> replies;
  for (const auto& entry : pending_) {
    for (const auto& reply : entry.replies) replies.push_back({reply.token, result});
  }
  pending_.clear();
  return replies;
}

}  // namespace millrace::controller
