#include "node/metadata/metadata_host.h"

#include "node/log/log.h"
#include "node/partitions/assignment.h"

namespace millrace::node {
namespace {

using controller::ImagePtr;
using controller::MetadataImage;

/// Whether a topic of `next` has the name of another one that `published` has: then the shards must
/// first hear of the deletion.
bool recreates_topic(const MetadataImage& published, const MetadataImage& next) {
  for (const auto* topic : next.topics()) {
    if (topic->created_at < published.end_offset()) continue;
    const auto* old = published.topic(topic->name);
    if (old != nullptr && old->id != topic->id) return true;
  }
  return false;
}

}  // namespace

MetadataHost::MetadataHost(Loop& loop, const Clock& clock, NodeId node_id,
                           std::unique_ptr<MetadataLog> log, controller::Controller controller)
    : loop_(loop),
      clock_(clock),
      node_id_(node_id),
      log_(std::move(log)),
      controller_(std::move(controller)) {
  controller_.become_active(clock_.now());
}

Result<controller::CommandResult> MetadataHost::run_now(const controller::Command& command) {
  const auto replies = commit(controller_.step(++last_token_, command, clock_.now()));
  CHECK(replies.size() == 1);
  const auto& result = *replies.front().result;
  if (result.error) return fail(*result.error);
  return result;
}

void MetadataHost::start(Exits exits) {
  exits_ = std::move(exits);
  published_ = controller_.committed();
  queue_.clear();
}

void MetadataHost::submit(broker::ShardIndex shard, std::uint64_t token,
                          controller::Request request) {
  loop_.post([this, asker = Asker{shard, token}, request = std::move(request)] {
    if (const auto* command = std::get_if<controller::Command>(&request)) run(asker, *command);
  });
}

void MetadataHost::run(Asker asker, const controller::Command& command) {
  askers_[++last_token_] = asker;
  take_replies(commit(controller_.step(last_token_, command, clock_.now())));
  publish_next();
  take_snapshot();
}

void MetadataHost::take_snapshot() {
  const auto taken = log_->snapshot_if_due(controller_.committed(), clock_.wall_now());
  if (!taken) {
    log_warn("no snapshot of the metadata: the next start takes longer",
             {{"reason", taken.error().message}});
  }
}

std::vector<controller::Controller::Reply> MetadataHost::commit(
    controller::Controller::Output output) {
  auto replies = std::move(output.replies);
  if (!output.append) return replies;
  const auto appended = log_->append(*output.append, clock_.wall_now());
  if (!appended) {
    log_error("the metadata log refused a change", {{"reason", appended.error().message}});
  }
  auto more = appended ? controller_.on_committed(log_->end())
                       : controller_.on_append_failed(appended.error());
  if (appended) queue_.push_back(controller_.committed());
  std::move(more.begin(), more.end(), std::back_inserter(replies));
  return replies;
}

void MetadataHost::take_replies(std::vector<controller::Controller::Reply> replies) {
  std::move(replies.begin(), replies.end(), std::back_inserter(waiting_));
  send_published_replies();
}

void MetadataHost::send_published_replies() {
  while (!waiting_.empty() && waiting_.front().result->metadata_end <= published_->end_offset()) {
    const auto reply = std::move(waiting_.front());
    waiting_.pop_front();
    const auto asker = askers_.extract(reply.token).mapped();
    exits_.reply(asker.shard, {asker.token, reply.result});
  }
}

void MetadataHost::publish_next() {
  if (publishing_ || queue_.empty()) return;
  publishing_ = true;
  auto image = take_publishable();
  const auto from = published_->end_offset();
  if (assigned_partitions(*image, node_id_, from).empty()) return publish(image, {});
  exits_.create(image, from, [this, image](LogsByShard logs) { publish(image, std::move(logs)); });
}

/// The newest image that may follow the published one; those in between need not be seen.
ImagePtr MetadataHost::take_publishable() {
  while (queue_.size() > 1 && !recreates_topic(*published_, *queue_[1])) queue_.pop_front();
  auto image = std::move(queue_.front());
  queue_.pop_front();
  return image;
}

void MetadataHost::publish(const ImagePtr& image, LogsByShard logs) {
  published_ = image;
  exits_.publish(image, std::move(logs));
  publishing_ = false;
  send_published_replies();
  publish_next();
}

ControllerSample MetadataHost::sample() const {
  ControllerSample sample;
  for (const auto& [id, broker] : published_->brokers()) {
    ++(broker.fenced ? sample.fenced_brokers : sample.active_brokers);
  }
  sample.topics = published_->topic_count();
  sample.partitions = published_->partition_count();
  for (const auto* topic : published_->topics()) {
    for (const auto& partition : topic->partitions) {
      sample.offline_partitions += partition.leader == kNoNode ? 1 : 0;
    }
  }
  sample.last_applied_offset = published_->end_offset().value() - 1;
  return sample;
}

std::string MetadataHost::describe() const {
  return published_->describe();
}

}  // namespace millrace::node
