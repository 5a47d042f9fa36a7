#include <absl/strings/escaping.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>

#include "controller/metadata/apply.h"
#include "controller/metadata/codec.h"
#include "controller/metadata/snapshot.h"
#include "tests/support/catch.h"

/// Bytes as released programs wrote them, kept for ever: tests/golden/metadata/README.md.
namespace millrace::controller {
namespace {

constexpr const char* kFolder = MILLRACE_SOURCE_DIR "/tests/golden/metadata/";

Uuid id(std::uint8_t number) {
  std::array<std::uint8_t, Uuid::kBytes> bytes{};
  bytes.fill(number);
  return Uuid(bytes);
}

PartitionRecord partition(std::int32_t index, std::optional<Offset> since) {
  return {{TopicId(id(2)), PartitionIndex(index)},
          {{NodeId(1), NodeId(2)},
           {NodeId(2)},
           kNoNode,
           LeaderEpoch(3),
           PartitionEpoch(4),
           {DirectoryId(id(5)), DirectoryId(id(6))}},
          since};
}

BrokerRecord broker(std::optional<Offset> since) {
  return {NodeId(2),
          "az-b",
          {{"PLAINTEXT", "b2.example", 9092}, {"SSL", "::1", 65535}},
          IncarnationId(id(7)),
          DirectoryId(id(6)),
          since};
}

/// Entries of version 1, which can be read in this order from an empty log on, by name.
std::vector<std::pair<std::string, MetadataTransaction>> version_1() {
  return {
      {"cluster", {ClusterRecord{id(1)}}},
      {"topic", {TopicRecord{TopicId(id(2)), "orders"}}},
      {"partition", {partition(0, std::nullopt)}},
      {"topic_and_partitions",
       {TopicRecord{TopicId(id(3)), "gone"},
        PartitionRecord{{TopicId(id(3)), PartitionIndex(0)}, {}},
        PartitionRecord{{TopicId(id(3)), PartitionIndex(1)}, {}}}},
      {"topic_config", {ConfigRecord{TopicId(id(2)), "retention.ms", "1000"}}},
      {"cluster_config", {ConfigRecord{std::nullopt, "num.partitions", ""}}},
      {"config_removed", {ConfigRecord{TopicId(id(2)), "retention.ms", std::nullopt}}},
      {"broker", {broker(std::nullopt)}},
      {"broker_unfenced", {BrokerFenceRecord{NodeId(2), false}}},
      {"producer_ids", {ProducerIdsRecord{ProducerId(1000)}}},
      {"remove_topic", {RemoveTopicRecord{TopicId(id(3))}}},
      {"empty", {}},
  };
}

std::vector<std::pair<std::string, SnapshotPart>> snapshot_version_1() {
  return {
      {"header", SnapshotHeader{Offset(12), LeaderEpoch(1)}},
      {"entry", MetadataTransaction{ClusterRecord{id(1)}, broker(Offset(7)),
                                    TopicRecord{TopicId(id(2)), "orders", Offset(1)},
                                    partition(0, Offset(2))}},
      {"footer", SnapshotFooter{1}},
  };
}

using Recorded = std::vector<std::pair<std::string, std::string>>;  // name, hexadecimal bytes

std::string hex(const std::vector<std::uint8_t>& bytes) {
  return absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}
std::string unhex(const std::string& text) {
  // absl's own function has another signature on Debian 13.
  std::string bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2)
    bytes.push_back(static_cast<char>(std::stoi(text.substr(i, 2), nullptr, 16)));
  return bytes;
}

Recorded read_file(const std::string& name) {
  std::ifstream file(kFolder + name);
  Recorded recorded;
  for (std::string line; std::getline(file, line);) {
    const auto space = line.find(' ');
    recorded.emplace_back(line.substr(0, space),
                          space == std::string::npos ? "" : line.substr(space + 1));
  }
  return recorded;
}

/// Only where there is no recording yet: what was released does not change.
Recorded recorded(const std::string& name, const Recorded& now) {
  auto found = read_file(name);
  if (found.empty() && std::getenv("MILLRACE_RECORD") != nullptr) {
    std::ofstream file(kFolder + name);
    for (const auto& [each, bytes] : now) file << each << ' ' << bytes << '\n';
    found = now;
  }
  return found;
}

}  // namespace

TEST_CASE("entries of version 1 are read, and written, as they were recorded") {
  Recorded now;
  for (const auto& [name, records] : version_1()) now.emplace_back(name, hex(encode(records)));
  const auto then = recorded("entries_1.golden", now);
  REQUIRE(then == now);
  auto image = MetadataImage::empty();
  for (std::size_t i = 0; i < then.size(); ++i) {
    INFO(then[i].first);
    const auto bytes = unhex(then[i].second);
    const auto records = decode(as_bytes(bytes));
    REQUIRE_OK(records);
    REQUIRE((*records == version_1()[i].second));
    const auto next = apply_records(*image, *records);
    REQUIRE_OK(next);
    image = *next;
  }
  std::ifstream file(std::string(kFolder) + "image_1.txt");
  const std::string description{std::istreambuf_iterator<char>(file), {}};
  if (description.empty() && std::getenv("MILLRACE_RECORD") != nullptr) {
    std::ofstream(std::string(kFolder) + "image_1.txt") << image->describe();
  }
  REQUIRE(image->describe() == description);
  // What CI compares between nodes must not drift either.
  REQUIRE(state_hash(*image) == state_hash(**load_image(image->end_offset(), records_of(*image))));
}

TEST_CASE("snapshots of version 1 are read, and written, as they were recorded") {
  Recorded now;
  for (const auto& [name, part] : snapshot_version_1()) {
    now.emplace_back(name, hex(encode_snapshot_part(part)));
  }
  const auto then = recorded("snapshot_1.golden", now);
  REQUIRE(then == now);
  for (std::size_t i = 0; i < then.size(); ++i) {
    const auto bytes = unhex(then[i].second);
    const auto part = decode_snapshot_part(as_bytes(bytes));
    REQUIRE_OK(part);
    REQUIRE((*part == snapshot_version_1()[i].second));
  }
}

}  // namespace millrace::controller
