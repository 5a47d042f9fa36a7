#include "tests/sim/metadata_actor.h"

#include "base/check.h"
#include "controller/metadata/codec.h"

namespace millrace::sim {

using controller::CommandResult;

MetadataActor::MetadataActor(NodeId id, controller::ImagePtr image, Random random, Exits exits)
    : id_(id),
      controller_(std::move(image), Settings(), random),
      exits_(std::move(exits)),
      router_({.run_here =
                   [this](controller::Request request, Done done) {
                     run_here(std::get<controller::Command>(request), std::move(done));
                   },
               .ask =
                   [this](NodeId node, SharedBytes bytes, Duration timeout, Answer answer) {
                     exits_.ask(node, std::move(bytes), timeout, std::move(answer));
                   }}) {}

void MetadataActor::tick() {
  const auto now = exits_.now();
  router_.tick(now);
  const auto deadline = controller_.next_deadline();
  if (deadline && *deadline <= now) carry_out(controller_.tick(now));
}

void MetadataActor::submit(controller::Command command, Done done) {
  router_.submit(
      std::move(command),
      [this, done = std::move(done)](CommandResult result) mutable {
        const auto end = result.metadata_end;
        until_committed_.emplace(end, WaitingReply{std::move(result), std::move(done)});
        send_due();
      },
      exits_.now());
}

void MetadataActor::send_due() {
  answer(std::exchange(ready_, {}));
  while (!until_committed_.empty() && until_committed_.begin()->first <= image()->end_offset()) {
    auto due = std::move(until_committed_.extract(until_committed_.begin()).mapped());
    std::move(due.send)(std::move(due.result));
  }
}

void MetadataActor::run_here(const controller::Command& command, Done done) {
  const auto token = ++last_token_;
  asked_.emplace(token, std::move(done));
  carry_out(controller_.step(token, command, exits_.now()));
}

void MetadataActor::carry_out(controller::Controller::Output output) {
  if (output.append) append(*output.append);
  answer(std::move(output.replies));
}

void MetadataActor::append(const controller::MetadataTransaction& records) {
  const auto offset = exits_.propose(SharedBytes::own(controller::encode(records)));
  if (!offset) return answer(controller_.on_append_failed(offset.error()));
  CHECK(*offset + 1 == controller_.speculative()->end_offset());
}

void MetadataActor::answer(std::vector<controller::Controller::Reply> replies) {
  for (const auto& reply : replies) {
    auto done = std::move(asked_.extract(reply.token).mapped());
    std::move(done)(*reply.result);
  }
}

void MetadataActor::on_committed(const raft::Entry& entry) {
  if (controller_.is_active()) {
    for (auto& reply : controller_.on_committed(entry.offset + 1)) ready_.push_back(reply);
    return;
  }
  CHECK(entry.offset == image()->end_offset());
  const auto* command = std::get_if<raft::Command>(&entry.body);
  controller::MetadataTransaction records;
  if (command != nullptr) records = controller::decode(command->bytes.view()).value();
  const auto applied = controller_.apply(records);
  CHECK_MSG(applied.has_value(), applied.error().message);
}

void MetadataActor::on_installed(controller::ImagePtr image) {
  controller_.install(std::move(image));
  send_due();
}

void MetadataActor::on_leads() {
  controller_.become_active(exits_.now());
  router_.on_leader(id_, true);
}

void MetadataActor::on_resigned() {
  answer(controller_.resign());
  router_.on_leader(leader_ == id_ ? std::nullopt : leader_, false);
}

void MetadataActor::on_leader(std::optional<NodeId> leader) {
  leader_ = leader;
  if (controller_.is_active()) return;
  router_.on_leader(leader == id_ ? std::nullopt : leader, false);
}

}  // namespace millrace::sim
