#include "controller/controller.h"

#include <fmt/format.h>

#include "base/check.h"
#include "controller/metadata/apply.h"
#include "controller/ops/ops.h"
#include "controller/planted.h"

namespace millrace::controller {
namespace {

Controller::ResultPtr failure(Error error) {
  CommandResult result;
  result.error = std::move(error);
  return std::make_shared<const CommandResult>(std::move(result));
}

Error not_leading(bool changes) {
  // Who hears kNotController asks again; where something may have happened, that is for a person.
  return {changes ? ErrorCode::kTimedOut : ErrorCode::kNotController,
          changes ? "this node stopped leading the quorum before the change was committed: it may "
                    "or may not have happened; look, then ask the node that leads"
                  : "this node does not lead the quorum; ask the one that does"};
}

Duration session_of(const Settings& settings) {
  return std::chrono::milliseconds(settings.get_long("broker.session.timeout.ms"));
}

bool is_refusal(ErrorCode code) {
  return code == ErrorCode::kNoSpace || code == ErrorCode::kInvalidArgument ||
         code == ErrorCode::kLimitReached || code == ErrorCode::kNotController;
}

}  // namespace

Settings effective_settings(const Settings& node, const MetadataImage& image) {
  auto settings = node;
  for (const auto& [name, value] : image.cluster_configs()) {
    // One that an older version stored and this one does not take keeps the node's value.
    (void)settings.set(name, value, SettingSource::kDynamicCluster);
  }
  return settings;
}

Controller::Controller(ImagePtr image, Settings settings, Random random)
    : committed_(std::move(image)), settings_(std::move(settings)), random_(random) {}

Status Controller::apply(const MetadataTransaction& records) {
  CHECK(!is_active());
  ASSIGN_OR_RETURN(committed_, apply_records(*committed_, records));
  return {};
}

void Controller::install(ImagePtr image) {
  CHECK(!is_active());
  CHECK(image->end_offset() >= committed_->end_offset());
  committed_ = std::move(image);
}

void Controller::become_active(MonotonicTime now) {
  CHECK(!is_active());
  active_ = Active{committed_, {}, Liveness(session_of(settings_))};
  active_->liveness.run(now);
  for (const auto& [id, broker] : committed_->brokers()) active_->liveness.grant(id, now);
}

std::vector<Controller::Reply> Controller::resign() {
  if (!is_active()) return {};
  std::vector<Reply> replies;
  for (const auto& entry : active_->pending) {
    for (const auto& each : entry.waiting) {
      replies.push_back({each.reply.token, failure(not_leading(each.changes))});
    }
  }
  if (planted(Bug::kSpeculativeKept)) committed_ = active_->speculative;
  active_.reset();
  return replies;
}

Controller::Output Controller::step(std::uint64_t token, const Command& command,
                                    MonotonicTime now) {
  if (!is_active()) return {std::nullopt, {{token, failure(not_leading(false))}}};
  if (failed_) return {std::nullopt, {{token, failure(*failed_)}}};
  active_->liveness.run(now);
  const auto settings = effective_settings(settings_, *active_->speculative);
  const auto& known = planted(Bug::kPlannedOnCommitted) ? committed_ : active_->speculative;
  const Context context{*known, settings, random_, active_->liveness, now};
  auto planned = std::visit([&](const auto& body) { return plan(context, body); }, command.body);
  Output output;
  const bool changes = !planned.records.empty();
  if (changes) {
    append(planned.records);
    output.append = std::move(planned.records);
  }
  planned.result.metadata_end = active_->speculative->end_offset();
  Reply reply{token, std::make_shared<CommandResult>(std::move(planned.result))};
  // Also an answer that changes nothing was found in what may not be committed yet.
  const bool at_once =
      planted(Bug::kAnsweredAtOnce) || (planted(Bug::kProducerIdsAtOnce) &&
                                        std::holds_alternative<AllocateProducerIds>(command.body));
  if (at_once || active_->pending.empty()) {
    output.replies.push_back(std::move(reply));
  } else {
    active_->pending.back().waiting.push_back({std::move(reply), changes});
  }
  return output;
}

Controller::Output Controller::tick(MonotonicTime now) {
  if (!is_active() || failed_) return {};
  active_->liveness.run(now);
  const Context context{*active_->speculative, settings_, random_, active_->liveness, now};
  auto records = plan_tick(context);
  if (records.empty()) return {};
  count_timed_out(records, now);
  append(records);
  return {std::move(records), {}};
}

/// A broker that leaves is fenced as well, and was not silent.
void Controller::count_timed_out(const MetadataTransaction& records, MonotonicTime now) {
  for (const auto& record : records) {
    const auto* fence = std::get_if<BrokerFenceRecord>(&record);
    if (fence != nullptr && active_->liveness.is_expired(fence->id, now)) ++timed_out_heartbeats_;
  }
}

std::optional<MonotonicTime> Controller::next_deadline() const {
  return is_active() && !failed_ ? active_->liveness.next_run() : std::nullopt;
}

void Controller::append(const MetadataTransaction& records) {
  auto next = apply_records(*active_->speculative, records);
  CHECK_MSG(next.has_value(), next.error().message);
  active_->speculative = std::move(*next);
  active_->pending.push_back({active_->speculative, {}});
}

void Controller::on_other_entry() {
  CHECK(is_active());
  if (planted(Bug::kOtherEntriesNotCounted)) return;
  append({});
}

std::vector<Controller::Reply> Controller::on_committed(Offset end) {
  CHECK(is_active());
  CHECK(end <= active_->speculative->end_offset());
  std::vector<Reply> replies;
  auto& pending = active_->pending;
  while (!pending.empty() && pending.front().image->end_offset() <= end) {
    committed_ = std::move(pending.front().image);
    for (auto& each : pending.front().waiting) replies.push_back(std::move(each.reply));
    pending.pop_front();
  }
  return replies;
}

std::vector<Controller::Reply> Controller::on_append_failed(const Error& error) {
  CHECK(is_active());
  if (!is_refusal(error.code)) {
    failed_ = error;
    return answer_all(error);
  }
  CHECK(!active_->pending.empty());
  std::vector<Reply> replies;
  for (const auto& each : active_->pending.back().waiting) {
    replies.push_back({each.reply.token, failure(error)});
  }
  active_->pending.pop_back();
  active_->speculative = active_->pending.empty() ? committed_ : active_->pending.back().image;
  return replies;
}

std::vector<Controller::Reply> Controller::answer_all(const Error& error) {
  const auto result = failure(error);
  std::vector<Reply> replies;
  for (const auto& entry : active_->pending) {
    for (const auto& each : entry.waiting) replies.push_back({each.reply.token, result});
  }
  active_->pending.clear();
  active_->speculative = committed_;
  return replies;
}

std::string Controller::describe() const {
  auto text = fmt::format("controller {} committed {}", is_active() ? "active" : "standby",
                          committed_->end_offset().value());
  if (is_active()) {
    std::size_t waiting = 0;
    for (const auto& entry : active_->pending) waiting += entry.waiting.size();
    text += fmt::format(" speculative {} waiting {}", active_->speculative->end_offset().value(),
                        waiting);
  }
  if (failed_) text += " failed: " + to_string(*failed_);
  return text;
}

}  // namespace millrace::controller
