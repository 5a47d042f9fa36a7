#include "broker/handlers/01_fetch.h"

#include <algorithm>

#include "broker/handlers/error_map.h"
#include "broker/handlers/fetch_scope.h"
#include "broker/handlers/leader_hints.h"
#include "broker/limits.h"

/// Fetch: asks the owners of the partitions for what they have; with too little, watches them until
/// they grow or the client's patience ends, and asks again.
namespace millrace::broker {

namespace {

using kafka::FetchRequest;
using kafka::FetchResponse;
using kafka::KafkaError;

constexpr std::int8_t kReadCommitted = 1;
/// With several owners none of them sees the whole growth. Each tells of its own at this part of an
/// even share, so that at most that part of min.bytes is overlooked.
constexpr std::uint64_t kGrowthParts = 4;

/// States: kReading until every owner has answered; then answered, or kWaiting until a watch fires
/// (back to kReading) or the deadline comes (answered, after one more reading where something may
/// have been overlooked).
class Fetching final : public Running {
 public:
  using Running::on;

  Fetching(Call call, Token token, const FetchRequest& request, FetchScope scope,
           std::size_t bytes_max, MonotonicTime deadline)
      : Running(std::move(call)),
        token_(token),
        deadline_(deadline),
        scope_(std::move(scope)),
        answers_(scope_.slots.size()),
        bytes_max_(std::min<std::size_t>(bytes_max,
                                         static_cast<std::size_t>(std::max(0, request.max_bytes)))),
        bytes_min_(static_cast<std::uint64_t>(std::max(0, request.min_bytes))),
        read_committed_(request.isolation_level == kReadCommitted) {}

  /// Begins to read. True when there is nobody to ask.
  bool read(Desk& desk) {
    state_ = State::kReading;
    std::map<ShardIndex, FetchAsk> asks;
    for (std::size_t i = 0; i < scope_.slots.size(); ++i) {
      const std::size_t slot = (first_slot() + i) % scope_.slots.size();
      const FetchSlot& one = scope_.slots[slot];
      answers_[slot] = {};
      if (one.refusal != KafkaError::kNone) continue;
      FetchPart part;
      part.slot = static_cast<std::uint32_t>(slot);
      part.id = one.id;
      part.current_leader_epoch = one.asked.current_leader_epoch;
      part.last_fetched_epoch = one.asked.last_fetched_epoch;
      part.offset = one.asked.fetch_offset;
      part.max_bytes = static_cast<std::size_t>(std::max(0, one.asked.max_bytes));
      asks[desk.owner_of(one.id)].parts.push_back(part);
    }
    owners_ = outstanding_ = asks.size();
    for (auto& [shard, ask] : asks) {
      ask.asker = desk.asker(token_);
      ask.max_bytes = std::max<std::size_t>(1, answer_bytes_max() / owners_);
      ask.at_least_one = true;
      ask.read_committed = read_committed_;
      desk.ask(shard, std::move(ask));
    }
    return owners_ == 0;
  }

  bool on(Desk& desk, FetchAnswer& answer) override {
    CHECK(state_ == State::kReading && outstanding_ > 0);
    for (FetchedPart& part : answer.parts) {
      const std::size_t slot = part.slot;
      answers_[slot] = std::move(part);
    }
    if (--outstanding_ > 0) return false;
    if (is_enough() || desk.now().mono >= deadline_ || !watch(desk)) {
      reply(desk);
      return true;
    }
    return false;
  }

  bool on(Desk& desk, WatchFired& /*fired*/) override {
    if (state_ != State::kWaiting) return false;  // of a watch that was called off too late
    stop_watching(desk);
    return read(desk);
  }

  bool on_deadline(Desk& desk) override {
    if (state_ == State::kReading) return false;  // the answers will find that time is up
    stop_watching(desk);
    if (bytes_min_ > 1) return read(desk);  // less than that may have come
    reply(desk);
    return true;
  }

  void on_abandoned(Desk& desk) override {
    if (state_ == State::kWaiting) stop_watching(desk);
  }

  void reply(Desk& desk);
  /// Nothing to wait for: an error or an empty request answers at once.
  [[nodiscard]] bool is_enough() const {
    std::uint64_t bytes = 0;
    for (std::size_t slot = 0; slot < answers_.size(); ++slot) {
      const FetchedPart& part = answers_[slot];
      if (scope_.slots[slot].refusal != KafkaError::kNone || part.error || part.diverging) {
        return true;
      }
      bytes += part.records.size();
    }
    return answers_.empty() || bytes >= bytes_min_;
  }

 private:
  enum class State { kReading, kWaiting };

  /// Our own limit is for those who take any answer: who asks for many bytes could wait for ever.
  [[nodiscard]] std::size_t answer_bytes_max() const {
    return bytes_min_ > 1 ? bytes_max_ : std::min(bytes_max_, owners_ * kFetchAnswerBytes);
  }
  /// Where filling begins. As the client says (KIP-74), unless it is our own limit that ends an
  /// answer: so as not to starve the same partitions every time, it is then anywhere, by the token.
  /// A session sees to it by its own order.
  [[nodiscard]] std::size_t first_slot() const {
    constexpr std::uint64_t kSpread = 0x9E3779B97F4A7C15;  // 2^64 by the golden ratio
    const bool is_cut_by_client = bytes_min_ > 1 || bytes_max_ <= kFetchAnswerBytes;
    if (scope_.session_id != 0 || is_cut_by_client) return 0;
    return static_cast<std::size_t>((token_ * kSpread >> 32) % scope_.slots.size());
  }
  bool watch(Desk& desk) {
    if (!desk.try_wait_for_data()) return false;
    state_ = State::kWaiting;
    std::uint64_t bytes = 0;
    std::map<ShardIndex, WatchAsk> watches;
    for (std::size_t slot = 0; slot < answers_.size(); ++slot) {
      bytes += answers_[slot].records.size();
      answers_[slot].records = {};  // read again when there is more
      watches[desk.owner_of(scope_.slots[slot].id)].parts.emplace_back(
          scope_.slots[slot].id, answers_[slot].high_watermark);
    }
    const std::uint64_t missing = bytes_min_ - bytes;
    for (auto& [shard, watch] : watches) {
      watch.asker = desk.asker(token_);
      watch.bytes =
          owners_ == 1 ? missing : std::max<std::uint64_t>(1, missing / (owners_ * kGrowthParts));
      watching_.push_back(shard);
      desk.ask(shard, std::move(watch));
    }
    return true;
  }

  void stop_watching(Desk& desk) {
    for (const ShardIndex shard : watching_) desk.ask(shard, WatchCancel{desk.asker(token_)});
    watching_.clear();
    desk.stop_waiting_for_data();
  }

  [[nodiscard]] FetchResponse::PartitionData answer_of(std::size_t slot);
  void count(Desk& desk, const FetchSlot& slot, const FetchResponse::PartitionData& data) const;

  const Token token_;
  const MonotonicTime deadline_;
  const FetchScope scope_;
  std::vector<FetchedPart> answers_;  // by slot
  const std::size_t bytes_max_;
  const std::uint64_t bytes_min_;
  const bool read_committed_;
  State state_ = State::kReading;
  std::size_t owners_ = 0;
  std::size_t outstanding_ = 0;
  std::vector<ShardIndex> watching_;
};

FetchResponse::PartitionData Fetching::answer_of(std::size_t slot) {
  FetchedPart& part = answers_[slot];
  FetchResponse::PartitionData data;
  data.partition_index = scope_.slots[slot].asked.key.partition;
  data.error_code = scope_.slots[slot].refusal;
  if (part.error) data.error_code = to_kafka(part.error->code);
  data.high_watermark = kNoOffset;
  data.aborted_transactions.reset();
  data.records = BytesChain();
  if (data.error_code != KafkaError::kNone) {
    if (data.error_code == KafkaError::kOffsetOutOfRange) data.log_start_offset = part.log_start;
    return data;
  }
  data.high_watermark = part.high_watermark;
  data.last_stable_offset = part.last_stable_offset;
  data.log_start_offset = part.log_start;
  // Without transactions none was aborted; who reads uncommitted is not told at all.
  if (read_committed_) data.aborted_transactions.emplace();
  if (part.diverging && call_.version >= 12) {
    data.diverging_epoch.epoch = part.diverging->epoch;
    data.diverging_epoch.end_offset = part.diverging->end_offset;
  }
  data.records = std::move(part.records);
  return data;
}

void Fetching::count(Desk& desk, const FetchSlot& slot,
                     const FetchResponse::PartitionData& data) const {
  if (slot.id.topic_id.is_zero()) return;
  TopicCounters& counters = desk.topic_counters(slot.topic_name);
  ++counters.fetch_requests;
  if (data.error_code != KafkaError::kNone) ++counters.failed_fetch_requests;
  counters.bytes_out += data.records->size();
}

void Fetching::reply(Desk& desk) {
  FetchResponse response;
  response.error_code = scope_.error;
  response.session_id = scope_.session_id;
  FetchSession* const session = desk.sessions().find(scope_.session_id);
  for (std::size_t slot = 0; slot < answers_.size(); ++slot) {
    const FetchSlot& one = scope_.slots[slot];
    FetchResponse::PartitionData data = answer_of(slot);
    count(desk, one, data);
    add_leader_hint(desk.metadata(), call_, kFetchHints, one.id, data, response.node_endpoints);
    const bool is_news =
        session == nullptr ||
        session->note_answer(one.asked.key, data.high_watermark, data.log_start_offset,
                             data.error_code != KafkaError::kNone, !data.records->empty()) ||
        answers_[slot].diverging.has_value();
    if (scope_.is_incremental && !is_news) continue;
    if (response.responses.empty() || response.responses.back().topic != one.asked.key.topic ||
        response.responses.back().topic_id != one.asked.key.topic_id) {
      response.responses.emplace_back();
      response.responses.back().topic = one.asked.key.topic;
      response.responses.back().topic_id = one.asked.key.topic_id;
    }
    response.responses.back().partitions.push_back(std::move(data));
  }
  desk.reply(call_, response);
}

/// A replica of Kafka's own protocol: ours replicate between nodes, on another port.
bool is_follower(const FetchRequest& request) {
  return request.replica_id >= NodeId(0) || request.replica_state.replica_id >= NodeId(0);
}

void refuse_all(FetchScope& scope, KafkaError error) {
  scope.error = error;
  for (FetchSlot& slot : scope.slots) slot.refusal = error;
}

}  // namespace

void start_fetch(Desk& desk, Call call, FetchRequest request) {
  FetchScope scope;
  if (is_follower(request)) {
    request.session_id = 0;
    request.session_epoch = -1;
    scope = resolve_fetch_scope(desk, call, request);
    refuse_all(scope, KafkaError::kClusterAuthorizationFailed);
  } else {
    scope = resolve_fetch_scope(desk, call, request);
  }
  const Token token = desk.next_token();
  const MonotonicTime deadline =
      desk.now().mono +
      std::min<Duration>(std::chrono::milliseconds(std::max(0, request.max_wait_ms)),
                         kFetchWaitMax);
  const auto bytes_max =
      static_cast<std::size_t>(desk.metadata().settings().get_long("fetch.max.bytes"));
  auto fetching = std::make_unique<Fetching>(std::move(call), token, request, std::move(scope),
                                             bytes_max, deadline);
  if (fetching->read(desk)) {
    fetching->reply(desk);
    return;
  }
  desk.keep(token, std::move(fetching), deadline);
}

}  // namespace millrace::broker
