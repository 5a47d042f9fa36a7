#include "broker/handlers/00_produce.h"

#include <algorithm>

#include "broker/handlers/error_map.h"
#include "broker/handlers/leader_hints.h"
#include "proto/kafka/records/batch_header.h"

/// Produce: checks each partition's batch against its topic, gives it to the partition's owner and
/// answers when all have their acks. With acks=0 nothing is answered; the request still counts as
/// in flight until its bytes are written, so that a client without acks cannot fill the memory.
namespace millrace::broker {

namespace {

using kafka::KafkaError;
using kafka::ProduceRequest;
using kafka::ProduceResponse;

/// Too busy to take it in: a code that every producer retries without asking for metadata.
KafkaError to_produce_error(ErrorCode code) {
  return code == ErrorCode::kLimitReached ? KafkaError::kRequestTimedOut : to_kafka(code);
}

/// One partition of the request, in request order.
struct Part {
  std::size_t topic = 0;  // index in the response
  std::size_t partition = 0;
  std::string topic_name;
  TopicPartitionId id;
  std::int64_t records = 0;
  std::uint64_t bytes = 0;
};

class Producing final : public Gathering<AppendAnswer> {
 public:
  Producing(Call call, const ProduceRequest& request, std::vector<Part> parts,
            ProduceResponse response)
      : Gathering(std::move(call), parts.size()),
        acks_(request.acks),
        parts_(std::move(parts)),
        response_(std::move(response)) {}

  void refuse(std::size_t slot, KafkaError error, std::string message) {
    auto& answer = answer_of(slot);
    answer.error_code = error;
    answer.base_offset = kNoOffset;
    answer.error_message = std::move(message);
    refused_.push_back(slot);
  }
  void refuse(std::size_t slot, const kafka::ValidationFailure& failure) {
    refuse(slot, to_produce_error(failure.error.code), failure.error.message);
    for (const std::int32_t index : failure.record_indexes) {
      answer_of(slot).record_errors.push_back({index, failure.error.message, {}});
    }
  }

  void finish(Desk& desk) override {
    for (std::size_t slot = 0; slot < parts_.size(); ++slot) {
      if (std::find(refused_.begin(), refused_.end(), slot) == refused_.end()) fill(slot);
      count(desk, slot);
      if (!parts_[slot].id.topic_id.is_zero()) {
        add_leader_hint(desk.metadata(), call_, kProduceHints, parts_[slot].id, answer_of(slot),
                        response_.node_endpoints);
      }
    }
    if (acks_ != 0) {
      desk.reply(call_, response_);
    } else if (const auto* failed = first_failure()) {
      // The only way to make a producer without acks look for the leader.
      desk.close(call_,
                 fmt::format("produce with acks=0 failed: {}", failed->error_message.value_or("")));
    } else {
      desk.reply_nothing(call_);
    }
  }

 private:
  ProduceResponse::PartitionProduceResponse& answer_of(std::size_t slot) {
    return response_.responses[parts_[slot].topic].partition_responses[parts_[slot].partition];
  }

  void fill(std::size_t slot) {
    auto& to = answer_of(slot);
    const AppendAnswer& from = answers_[slot];
    to.log_start_offset = from.log_start;
    if (from.error) {
      to.error_code = to_produce_error(from.error->code);
      to.error_message = from.error->message;
      to.base_offset = kNoOffset;
      return;
    }
    to.base_offset = from.base_offset;
    to.log_append_time_ms = from.append_time;
  }

  void count(Desk& desk, std::size_t slot) {
    const Part& part = parts_[slot];
    if (part.id.topic_id.is_zero()) return;  // no topic of ours: names must not fill the memory
    TopicCounters& counters = desk.topic_counters(part.topic_name);
    ++counters.produce_requests;
    if (answer_of(slot).error_code == KafkaError::kNone) {
      counters.messages_in += static_cast<std::uint64_t>(part.records);
      counters.bytes_in += part.bytes;
    } else {
      ++counters.failed_produce_requests;
      counters.bytes_rejected += part.bytes;
    }
  }

  const ProduceResponse::PartitionProduceResponse* first_failure() const {
    for (const auto& topic : response_.responses) {
      for (const auto& partition : topic.partition_responses) {
        if (partition.error_code != KafkaError::kNone) return &partition;
      }
    }
    return nullptr;
  }

  const std::int16_t acks_;
  const std::vector<Part> parts_;
  std::vector<std::size_t> refused_;
  ProduceResponse response_;
};

SharedBytes whole(const std::optional<BytesChain>& records) {
  if (!records || records->empty()) return {};
  if (records->pieces().size() == 1) return records->pieces().front();
  return SharedBytes::own(records->flatten());
}

bool is_transactional(const SharedBytes& records) {
  return records.size() >= kafka::kBatchHeaderBytes &&
         kafka::read_batch_header(records.view()).is_transactional();
}

/// Whether a partition of the request may be looked at, and the topic it means.
class Gate {
 public:
  Gate(Desk& desk, const Call& call, const ProduceRequest& request)
      : desk_(desk), access_(desk.access(call)), call_(call), request_(request) {}

  /// The topic, when it exists and may be written to. Sets `failure` otherwise.
  const controller::Topic* topic(const ProduceRequest::TopicProduceData& asked) {
    failure = KafkaError::kNone;
    const auto& image = desk_.metadata().image();
    const controller::Topic* topic = nullptr;
    if (call_.version >= 13) {
      topic = image.topic(asked.topic_id);
      if (topic == nullptr) {
        return fail(KafkaError::kUnknownTopicId, "no topic has this id");
      }
    } else {
      topic = image.topic(asked.name);
    }
    const std::string& name = topic != nullptr ? topic->name : asked.name;
    if (!access_.topic(Operation::kWrite, name)) {
      return fail(KafkaError::kTopicAuthorizationFailed, "not allowed to write to the topic");
    }
    if (topic == nullptr) {
      return fail(KafkaError::kUnknownTopicOrPartition,
                  fmt::format("there is no topic '{}'", asked.name));
    }
    return topic;
  }

  /// False, and `failure` set, when the batch belongs to a transaction: those are not served yet.
  bool admits(const SharedBytes& records) {
    if (!request_.transactional_id && !is_transactional(records)) return true;
    if (!access_.transactional_id(Operation::kWrite, request_.transactional_id.value_or(""))) {
      fail(KafkaError::kTransactionalIdAuthorizationFailed,
           "not allowed to write with the transactional id");
    } else {
      fail(KafkaError::kInvalidTxnState, "transactions are not there yet; nothing was stored");
    }
    return false;
  }

  KafkaError failure = KafkaError::kNone;
  std::string message;

 private:
  const controller::Topic* fail(KafkaError error, std::string why) {
    failure = error;
    message = std::move(why);
    return nullptr;
  }

  Desk& desk_;
  const Access access_;
  const Call& call_;
  const ProduceRequest& request_;
};

std::vector<Part> list_parts(const ProduceRequest& request, ProduceResponse& response) {
  std::vector<Part> parts;
  for (const auto& topic : request.topic_data) {
    auto& answer = response.responses.emplace_back();
    answer.name = topic.name;
    answer.topic_id = topic.topic_id;
    for (const auto& partition : topic.partition_data) {
      answer.partition_responses.emplace_back().index = partition.index;
      Part& part = parts.emplace_back();
      part.topic = response.responses.size() - 1;
      part.partition = answer.partition_responses.size() - 1;
      part.bytes = partition.records ? partition.records->size() : 0;
    }
  }
  return parts;
}

/// Checks one partition. The append to ask its owner for, or nothing and the refusal is noted.
std::optional<AppendAsk> check(Desk& desk, Gate& gate, const Call& call,
                               const ProduceRequest& request, const controller::Topic& topic,
                               const ProduceRequest::PartitionProduceData& asked, std::size_t slot,
                               Producing& producing) {
  const SharedBytes records = whole(asked.records);
  if (!gate.admits(records)) {
    producing.refuse(slot, gate.failure, gate.message);
    return std::nullopt;
  }
  if (request.acks < -1 || request.acks > 1) {
    producing.refuse(slot, KafkaError::kInvalidRequiredAcks, "acks must be -1, 0 or 1");
    return std::nullopt;
  }
  const TopicTraits& traits = desk.metadata().traits(topic);
  kafka::ValidateOptions options = traits.validate;
  options.produce_version = call.version;
  auto batch = kafka::validate_for_append(records, desk.now().wall, options);
  if (!batch) {
    producing.refuse(slot, batch.error());
    return std::nullopt;
  }
  AppendAsk ask;
  ask.slot = static_cast<std::uint32_t>(slot);
  ask.id = {topic.id, asked.index};
  ask.batch = std::move(*batch);
  ask.acks = request.acks;
  ask.stamp_append_time = traits.stamps_append_time;
  ask.deadline = desk.now().mono + std::chrono::milliseconds(std::max(0, request.timeout_ms));
  return ask;
}

bool has_partition(const controller::Topic& topic, PartitionIndex index) {
  return index.value() >= 0 && static_cast<std::size_t>(index.value()) < topic.partitions.size();
}

}  // namespace

void start_produce(Desk& desk, Call call, ProduceRequest request) {
  ProduceResponse response;
  std::vector<Part> parts = list_parts(request, response);
  Gate gate(desk, call, request);
  // First who is meant, because Producing keeps it; then what is wrong with it.
  std::vector<const controller::Topic*> topics;
  std::vector<std::pair<KafkaError, std::string>> failures;
  std::size_t slot = 0;
  for (const auto& asked : request.topic_data) {
    topics.push_back(gate.topic(asked));
    failures.emplace_back(gate.failure, gate.message);
    for (const auto& partition : asked.partition_data) {
      Part& part = parts[slot++];
      if (topics.back() == nullptr || !has_partition(*topics.back(), partition.index)) continue;
      part.topic_name = topics.back()->name;
      part.id = {topics.back()->id, partition.index};
      if (partition.records && partition.records->size() >= kafka::kBatchHeaderBytes) {
        part.records = kafka::read_batch_header(whole(partition.records).view()).record_count;
      }
    }
  }
  const Token token = desk.next_token();
  auto producing =
      std::make_unique<Producing>(call, request, std::move(parts), std::move(response));
  slot = 0;
  for (std::size_t index = 0; index < request.topic_data.size(); ++index) {
    for (const auto& partition : request.topic_data[index].partition_data) {
      const std::size_t here = slot++;
      if (topics[index] == nullptr) {
        producing->refuse(here, failures[index].first, failures[index].second);
      } else if (!has_partition(*topics[index], partition.index)) {
        producing->refuse(here, KafkaError::kUnknownTopicOrPartition,
                          fmt::format("topic '{}' has no partition {}", topics[index]->name,
                                      partition.index.value()));
      } else if (auto ask = check(desk, gate, call, request, *topics[index], partition, here,
                                  *producing)) {
        ask->asker = desk.asker(token);
        producing->expect();
        desk.ask(desk.owner_of(ask->id), std::move(*ask));
      }
    }
  }
  if (producing->is_complete()) {
    producing->finish(desk);
  } else {
    desk.keep(token, std::move(producing));
  }
}

}  // namespace millrace::broker
