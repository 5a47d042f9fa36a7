#include "tests/sim/network.h"

namespace millrace::sim {
namespace {

constexpr std::int64_t kLateFactor = 100;

}  // namespace

Duration Network::delay() {
  const auto most = quality_.delay_max.count();
  const bool late = random_.chance(quality_.late, 1000);
  return Duration(random_.between(quality_.delay_min.count(), late ? most * kLateFactor : most));
}

std::vector<Duration> Network::send(raft::Message& message) {
  if (cuts_.contains({message.from.id, message.to.id})) return {};
  if (random_.chance(quality_.lost, 1000)) return {};
  auto* chunk = std::get_if<raft::SnapshotChunk>(&message.body);
  if (chunk != nullptr && !chunk->bytes.empty() && random_.chance(quality_.flipped, 1000)) {
    std::vector<std::uint8_t> bytes(chunk->bytes.view().begin(), chunk->bytes.view().end());
    bytes[random_.below(bytes.size())] ^= static_cast<std::uint8_t>(1U << random_.below(8));
    chunk->bytes = SharedBytes::own(std::move(bytes));
  }
  std::vector<Duration> delays{delay()};
  if (random_.chance(quality_.doubled, 1000)) delays.push_back(delay());
  return delays;
}

std::optional<Duration> Network::call(NodeId from, NodeId to) {
  if (cuts_.contains({from, to}) || random_.chance(quality_.lost, 1000)) return std::nullopt;
  return delay();
}

}  // namespace millrace::sim
