#include "broker/handlers/desk.h"

#include <chrono>

#include "broker/handlers/18_api_versions.h"

namespace millrace::broker {

Desk::Desk(ShardIndex self, const ShardConfig& config, MetadataView& metadata)
    : self_(self),
      config_(config),
      metadata_(metadata),
      sessions_(Random(config.seed), kFetchSessionsMax, kFetchSessionPartitionsMax) {}

void Desk::on_request(RequestId id, const RequestContext& context, SharedBytes frame) {
  kafka::Reader reader(std::move(frame));
  auto start = kafka::decode_request_start(reader);
  if (!start) {
    refuse(id, "malformed request header: " + start.error().message);
    return;
  }
  Call call;
  call.id = id;
  call.context = context;
  call.api = start->api == nullptr ? nullptr : find_api(start->header.request_api_key);
  call.version = start->header.request_api_version;
  call.correlation_id = start->header.correlation_id;
  call.started = now_.mono;
  if (call.api == nullptr) {
    refuse(id, fmt::format("API key {} is not there{}", start->header.request_api_key,
                           context.is_authenticated ? "" : "; the client is not authenticated"));
    return;
  }
  if (!context.is_authenticated && !call.api->before_authentication) {
    refuse(id, fmt::format("{} before authentication; only ApiVersions and SASL are allowed",
                           call.api->info().name));
    return;
  }
  if (!start->supported) {
    if (call.api->key == kafka::ApiKey::kApiVersions) {
      answer_unknown_api_versions(*this, call);
    } else {
      refuse(id, fmt::format("UNSUPPORTED_VERSION: {} {} is not served, {} to {} are",
                             call.api->info().name, call.version, call.api->info().min,
                             call.api->info().max));
    }
    return;
  }
  call.context.client_id = start->header.client_id.value_or("");
  dispatch(std::move(call), reader);
}

void Desk::dispatch(Call call, kafka::Reader& body) {
  RequestCounters& counted = counters_.requests[std::string(call.api->info().name)];
  ++counted.requests;
  if (!metadata_.is_there() && !call.api->before_authentication) {
    close(call, "the node has no metadata yet");
  } else if (running_.size() >= kRunningRequestsMax) {
    close(call, fmt::format("{} requests are being handled already", running_.size()));
  } else {
    call.api->start(*this, std::move(call), body);
  }
}

void Desk::refuse(RequestId id, std::string reason) {
  output_.replies.emplace_back(id, Reply{Reply::Kind::kClose, {}, std::move(reason)});
}

void Desk::close(const Call& call, std::string reason) {
  ++counters_.requests[std::string(call.api->info().name)].errors;
  send(call, {Reply::Kind::kClose, {}, std::move(reason)});
}

void Desk::send_frame(const Call& call, Result<BytesChain> frame) {
  if (frame) {
    send(call, {Reply::Kind::kSend, std::move(*frame), {}});
  } else {
    close(call, "the response cannot be encoded: " + frame.error().message);
  }
}

void Desk::send(const Call& call, Reply reply) {
  const auto took =
      std::chrono::duration_cast<std::chrono::microseconds>(now_.mono - call.started).count();
  counters_.requests[std::string(call.api->info().name)].total_time_us +=
      static_cast<std::uint64_t>(took);
  output_.replies.emplace_back(call.id, std::move(reply));
}

void Desk::keep(Token token, std::unique_ptr<Running> running,
                std::optional<MonotonicTime> deadline) {
  connections_[running->call().id.connection].running.insert(token);
  const auto [place, is_new] = running_.emplace(token, Kept{std::move(running), std::nullopt});
  CHECK(is_new);
  if (deadline) set_deadline(token, deadline);
}

void Desk::set_deadline(Token token, std::optional<MonotonicTime> deadline) {
  const auto found = running_.find(token);
  CHECK(found != running_.end());
  if (found->second.deadline) deadlines_.erase({*found->second.deadline, token});
  found->second.deadline = deadline;
  if (deadline) deadlines_.emplace(*deadline, token);
}

void Desk::forget(Token token) {
  const auto found = running_.find(token);
  CHECK(found != running_.end());
  if (found->second.deadline) deadlines_.erase({*found->second.deadline, token});
  awaiting_metadata_.erase(token);
  awaiting_producer_ids_.erase(token);
  const auto connection = connections_.find(found->second.running->call().id.connection);
  if (connection != connections_.end()) connection->second.running.erase(token);
  running_.erase(found);
}

bool Desk::try_wait_for_data() {
  if (counters_.pending_fetch >= kWaitingFetchesMax) return false;
  ++counters_.pending_fetch;
  return true;
}

void Desk::on_connection_closed(ConnectionId connection) {
  const auto found = connections_.find(connection);
  if (found == connections_.end()) return;
  const std::set<Token> tokens = std::move(found->second.running);
  connections_.erase(found);
  for (const Token token : tokens) {
    running_.at(token).running->on_abandoned(*this);
    forget(token);
  }
}

void Desk::on_metadata() {
  const std::set<Token> waiting = awaiting_metadata_;
  for (const Token token : waiting) {
    if (running_.at(token).running->on_metadata(*this)) forget(token);
  }
}

void Desk::await_producer_ids(Token token) {
  awaiting_producer_ids_.insert(token);
  ask_for_producer_ids();
}

void Desk::ask_for_producer_ids() {
  if (producer_ids_asked_ != 0) return;
  const controller::Broker* const self = metadata_.image().broker(config_.node_id);
  producer_ids_asked_ = next_token();
  submit(producer_ids_asked_,
         controller::Command{controller::AllocateProducerIds{
             config_.node_id, self == nullptr ? kNoBrokerEpoch : self->epoch}});
}

void Desk::on_command_done(CommandDone done) {
  if (done.token != producer_ids_asked_) {
    on_answer(done.token, done);
    return;
  }
  producer_ids_asked_ = 0;
  if (done.result->error) {
    const std::set<Token> waiting = std::exchange(awaiting_producer_ids_, {});
    for (const Token token : waiting) on_answer(token, done);
    return;
  }
  producer_ids_.refill(done.result->first_producer_id, done.result->producer_ids);
  // Only as many as there are ids: with many waiting, waking all for every block would be
  // quadratic.
  while (producer_ids_.left() > 0 && !awaiting_producer_ids_.empty()) {
    const Token token = *awaiting_producer_ids_.begin();
    awaiting_producer_ids_.erase(awaiting_producer_ids_.begin());
    on_answer(token, done);
  }
  if (!awaiting_producer_ids_.empty()) ask_for_producer_ids();
}

void Desk::on_tick() {
  while (!deadlines_.empty() && deadlines_.begin()->first <= now_.mono) {
    const Token token = deadlines_.begin()->second;
    set_deadline(token, std::nullopt);
    if (running_.at(token).running->on_deadline(*this)) forget(token);
  }
}

std::optional<MonotonicTime> Desk::next_deadline() const {
  if (deadlines_.empty()) return std::nullopt;
  return deadlines_.begin()->first;
}

std::string Desk::describe() const {
  return fmt::format("{} connections, {} requests running, {} fetches waiting, {}",
                     connections_.size(), running_.size(), counters_.pending_fetch,
                     sessions_.describe());
}

}  // namespace millrace::broker
