#include "node/metadata/metadata_host.h"

#include <fmt/format.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/check.h"
#include "controller/metadata/codec.h"
#include "controller/placement/voter_racks.h"
#include "node/log/log.h"
#include "node/metadata_log/raft_entry.h"
#include "node/partitions/assignment.h"

namespace millrace::node {
namespace {

using controller::CommandResult;
using controller::ImagePtr;
using controller::MetadataImage;

/// Requests that wait, and brokers that do not answer, are looked at this often.
constexpr auto kTickInterval = std::chrono::milliseconds(50);

std::vector<std::string> topics_created(const controller::MetadataTransaction& records) {
  std::vector<std::string> names;
  for (const auto& record : records) {
    if (const auto* topic = std::get_if<controller::TopicRecord>(&record))
      names.push_back(topic->name);
  }
  return names;
}

CommandResult result_of(const Status& status) {
  CommandResult result;
  if (!status) result.error = status.error();
  return result;
}

}  // namespace

struct MetadataHost::Timer {
  explicit Timer(boost::asio::io_context& context) : timer(context) {}
  boost::asio::steady_timer timer;
};

MetadataHost::MetadataHost(Loop& loop, const Clock& clock, NodeId node_id, QuorumPort& quorum,
                           controller::Controller controller, Exits exits)
    : loop_(loop),
      clock_(clock),
      node_id_(node_id),
      quorum_(quorum),
      controller_(std::move(controller)),
      exits_(std::move(exits)),
      router_({.run_here = [this](controller::Request request,
                                  Done done) { run_here(std::move(request), std::move(done)); },
               .ask =
                   [this](NodeId node, SharedBytes bytes, Duration timeout,
                          RequestRouter::Answer answer) {
                     exits_.ask(node, std::move(bytes), timeout, std::move(answer));
                   }}),
      timer_(std::make_unique<Timer>(loop.context())) {}

MetadataHost::~MetadataHost() = default;

void MetadataHost::start() {
  tick();
}

void MetadataHost::tick() {
  const auto now = clock_.now();
  router_.tick(now);
  const auto deadline = controller_.next_deadline();
  if (deadline && *deadline <= now) carry_out(controller_.tick(now));
  timer_->timer.expires_after(kTickInterval);
  timer_->timer.async_wait([this](const boost::system::error_code& error) {
    if (!error) tick();
  });
}

// --- Requests ---

void MetadataHost::submit(broker::ShardIndex shard, std::uint64_t token,
                          controller::Request request) {
  loop_.post([this, shard, token, request = std::move(request)]() mutable {
    router_.submit(
        std::move(request),
        [this, shard, token](CommandResult result) {
          const auto end = result.metadata_end;
          until_published_.emplace(
              end,
              WaitingReply{std::move(result), [this, shard, token](CommandResult ready) {
                             publishing_exits_->reply(
                                 shard,
                                 {token, std::make_shared<const CommandResult>(std::move(ready))});
                           }});
          send_due(until_published_, published_->end_offset());
        },
        clock_.now());
  });
}

void MetadataHost::submit(controller::Request request, Done done) {
  router_.submit(
      std::move(request),
      [this, done = std::move(done)](CommandResult result) mutable {
        const auto end = result.metadata_end;
        until_committed_.emplace(end, WaitingReply{std::move(result), std::move(done)});
        send_due(until_committed_, image()->end_offset());
      },
      clock_.now());
}

void MetadataHost::send_due(WaitingReplies& waiting, Offset end) {
  while (!waiting.empty() && waiting.begin()->first <= end) {
    auto due = std::move(waiting.extract(waiting.begin()).mapped());
    std::move(due.send)(std::move(due.result));
  }
}

void MetadataHost::run_here(controller::Request request, Done done) {
  std::visit([&](const auto& each) { run(each, std::move(done)); }, request);
}

void MetadataHost::run(const controller::Command& command, Done done) {
  const auto token = ++last_token_;
  asked_.emplace(token, std::move(done));
  carry_out(controller_.step(token, command, clock_.now()));
}

void MetadataHost::carry_out(controller::Controller::Output output) {
  if (output.append) append(*output.append);
  answer(std::move(output.replies));
}

void MetadataHost::append(const controller::MetadataTransaction& records) {
  auto bytes = SharedBytes::own(controller::encode(records));
  Result<Offset> offset =
      fail(ErrorCode::kInvalidArgument,
           "the change is too large for one entry of the metadata log: do it in several requests");
  if (bytes.size() <= kMetadataEntryBytesMax) offset = quorum_.propose(std::move(bytes));
  if (!offset) return answer(controller_.on_append_failed(offset.error()));
  CHECK(*offset + 1 == controller_.speculative()->end_offset());
  if (auto created = topics_created(records); !created.empty())
    created_.emplace(*offset, std::move(created));
}

void MetadataHost::answer(std::vector<controller::Controller::Reply> replies) {
  for (const auto& reply : replies) {
    auto done = std::move(asked_.extract(reply.token).mapped());
    std::move(done)(*reply.result);
  }
}

void MetadataHost::run(const controller::QuorumCommand& command, Done done) {
  std::visit([&](const auto& each) { run_one(each, std::move(done)); }, command.body);
}

/// A leader that was replaced without knowing it would tell what was true once.
void MetadataHost::run_one(const controller::DescribeQuorum&, Done done) {
  quorum_.confirm_lead([this, done = std::move(done)](Status confirmed) mutable {
    auto result = result_of(confirmed);
    if (confirmed && controller_.is_active()) {
      result.quorum = quorum_.describe_quorum();
      for (auto* replicas : {&result.quorum->voters, &result.quorum->observers}) {
        for (auto& replica : *replicas) {
          const auto* broker = image()->broker(replica.id);
          if (broker != nullptr && broker->peer) replica.endpoints = {*broker->peer};
        }
      }
    } else if (confirmed) {
      result = result_of(fail(ErrorCode::kNotController, "this node does not lead any more"));
    }
    std::move(done)(std::move(result));
  });
}

void MetadataHost::run_one(const controller::AddVoter& command, Done done) {
  auto voters = voter_ids();
  voters.push_back(command.id);
  if (auto spread = controller::check_voter_racks(*image(), voters); !spread)
    return std::move(done)(result_of(spread));
  follow_change(quorum_.add_voter({command.id, command.directory}), command.when_committed,
                std::move(done));
}

void MetadataHost::run_one(const controller::RemoveVoter& command, Done done) {
  auto voters = voter_ids();
  std::erase(voters, command.id);
  if (auto spread = controller::check_voter_racks(*image(), voters); !spread)
    return std::move(done)(result_of(spread));
  follow_change(quorum_.remove_voter({command.id, command.directory}), true, std::move(done));
}

std::vector<NodeId> MetadataHost::voter_ids() const {
  std::vector<NodeId> ids;
  for (const auto& voter : quorum_.voters()) ids.push_back(voter.id);
  return ids;
}

void MetadataHost::run_one(const controller::TransferLeadership& command, Done done) {
  std::move(done)(result_of(quorum_.transfer(command.to)));
}

void MetadataHost::follow_change(Result<Offset> offset, bool when_committed, Done done) {
  if (!offset) return std::move(done)(result_of(fail(offset.error())));
  controller_.on_other_entry();
  if (!when_committed) return std::move(done)({});
  quorum_.await(*offset, [done = std::move(done)](Status committed) mutable {
    std::move(done)(result_of(committed));
  });
}

// --- From the quorum ---

void MetadataHost::on_committed(const std::vector<raft::Entry>& entries) {
  for (const auto& entry : entries) {
    if (failed_) return;
    controller_.is_active() ? confirm(entry.offset) : apply(entry);
  }
  if (!failed_) tell_image();
}

/// An entry that this node's controller made, or the quorum beside it.
void MetadataHost::confirm(Offset offset) {
  answer(controller_.on_committed(offset + 1));
  const auto created = created_.extract(offset);
  queue_image(created.empty() ? std::vector<std::string>() : created.mapped());
}

void MetadataHost::apply(const raft::Entry& entry) {
  CHECK(entry.offset == image()->end_offset());
  controller::MetadataTransaction records;
  Status applied;
  if (const auto* command = std::get_if<raft::Command>(&entry.body)) {
    const auto level = static_cast<std::uint32_t>(image()->version_level());
    auto decoded = controller::decode(command->bytes.view(), level);
    if (decoded) {
      records = std::move(*decoded);
    } else {
      applied = fail_in(fmt::format("metadata entry {}", entry.offset.value()), decoded.error());
    }
  }
  if (applied) applied = controller_.apply(records);
  if (applied) return queue_image(topics_created(records));
  failed_ = true;
  exits_.failed(std::move(applied).error());
}

void MetadataHost::on_installed(ImagePtr image) {
  controller_.install(image);
  if (queue_) queue_->push_after_gap(std::move(image));
  tell_image();
}

void MetadataHost::queue_image(const std::vector<std::string>& created) {
  if (queue_) queue_->push(image(), created);
}

void MetadataHost::on_leads(raft::Term term) {
  if (failed_) return;  // what it would decide on is not the cluster as it is
  controller_.become_active(clock_.now());
  log_info("this node leads the metadata quorum",
           {{"epoch", term.value()}, {"metadata_end", image()->end_offset().value()}});
  router_.on_leader(node_id_, true);
}

void MetadataHost::on_resigned() {
  log_info("this node does not lead the metadata quorum any more", {});
  answer(controller_.resign());
  created_.clear();
  router_.on_leader(leader_ == node_id_ ? std::nullopt : leader_, false);
}

void MetadataHost::on_leader(std::optional<NodeId> leader) {
  leader_ = leader;
  if (controller_.is_active()) return;
  // Until this node's controller is active it takes no requests.
  router_.on_leader(leader == node_id_ ? std::nullopt : leader, false);
}

void MetadataHost::tell_image() {
  quorum_.snapshot_if_due(image());
  exits_.image(image());
  send_due(until_committed_, image()->end_offset());
  publish_next();
}

// --- To the shards ---

ImagePtr MetadataHost::hold() {
  published_ = image();
  queue_.emplace(published_);
  return published_;
}

void MetadataHost::start_publishing(PublishExits exits) {
  publishing_exits_ = std::move(exits);
  publish_next();
}

void MetadataHost::when_published(Task done) {
  const auto end = image()->end_offset();
  until_published_.emplace(
      end, WaitingReply{
               {}, [done = std::move(done)](const CommandResult&) mutable { std::move(done)(); }});
  send_due(until_published_, published_->end_offset());
}

void MetadataHost::publish_next() {
  if (!publishing_exits_ || publishing_ || queue_->empty()) return;
  publishing_ = true;
  auto image = queue_->pop();
  const auto from = published_->end_offset();
  if (assigned_partitions(*image, node_id_, from).empty()) return publish(image, {});
  publishing_exits_->create(image, from,
                            [this, image](LogsByShard logs) { publish(image, std::move(logs)); });
}

void MetadataHost::publish(const ImagePtr& image, LogsByShard logs) {
  published_ = image;
  publishing_exits_->publish(image, std::move(logs));
  publishing_ = false;
  send_due(until_published_, published_->end_offset());
  publish_next();
}

ControllerSample MetadataHost::sample() const {
  ControllerSample sample;
  sample.is_active = controller_.is_active();
  sample.timed_out_heartbeats = controller_.timed_out_heartbeats();
  const auto& image = *controller_.committed();
  for (const auto& [id, broker] : image.brokers())
    ++(broker.fenced ? sample.fenced_brokers : sample.active_brokers);
  sample.topics = image.topic_count();
  sample.partitions = image.partition_count();
  for (const auto* topic : image.topics()) {
    for (const auto& partition : topic->partitions)
      sample.offline_partitions += partition.leader == kNoNode ? 1 : 0;
  }
  sample.last_applied_offset = image.end_offset().value() - 1;
  return sample;
}

std::string MetadataHost::describe() const {
  return controller_.describe() + "\n" + image()->describe();
}

}  // namespace millrace::node
