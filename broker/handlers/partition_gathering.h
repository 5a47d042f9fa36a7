#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "broker/handlers/desk.h"

namespace millrace::broker {

/// A request about partitions, answered topic by topic: whose response has topics[].partitions[].
/// The handler appends a partition to the response and, unless it is refused, asks its owner.
template <class Answer, class Response>
class PartitionGathering : public Gathering<Answer> {
 public:
  using Partition = typename decltype(Response::topics)::value_type;
  using PartitionAnswer = typename decltype(Partition::partitions)::value_type;

  explicit PartitionGathering(Call call) : Gathering<Answer>(std::move(call), 0) {}

  Response response;

  /// The slot for the partition that was appended last; an answer must come.
  std::uint32_t expect_last() {
    places_.emplace_back(response.topics.size() - 1, response.topics.back().partitions.size() - 1);
    this->answers_.emplace_back();
    this->expect();
    return static_cast<std::uint32_t>(places_.size() - 1);
  }

  void finish(Desk& desk) override {
    for (std::size_t slot = 0; slot < places_.size(); ++slot) {
      fill(response.topics[places_[slot].first].partitions[places_[slot].second],
           this->answers_[slot]);
    }
    desk.reply(this->call_, response);
  }

  virtual void fill(PartitionAnswer& to, const Answer& from) = 0;

 private:
  std::vector<std::pair<std::size_t, std::size_t>> places_;  // by slot: topic, partition
};

/// Answers at once, or keeps the request until everybody has answered.
template <class Gathering>
void finish_or_keep(Desk& desk, Token token, std::unique_ptr<Gathering> gathering) {
  if (gathering->is_complete()) {
    gathering->finish(desk);
  } else {
    desk.keep(token, std::move(gathering));
  }
}

}  // namespace millrace::broker
