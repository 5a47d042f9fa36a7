#pragma once

#include <fmt/format.h>

#include "controller/metadata/apply.h"
#include "node/metadata_log/formation.h"
#include "node/metadata_log/quorum_store.h"
#include "tests/support/catch.h"
#include "tests/support/sim_file_system.h"

namespace millrace::node {

/// The disk of voter 1 of three, formed as an operator would, on which tests write as its node.
struct QuorumDisk {
  static constexpr TimestampMs kNow{1'700'000'000'000};
  /// So small that segments come and go.
  static constexpr QuorumStore::Sizes kSizes{700, 2};

  explicit QuorumDisk(std::uint64_t seed = 1, sim::DiskFaults faults = {}) : files(seed, faults) {
    REQUIRE_OK(form(files, "/d", {{"cluster-1", NodeId(1), self.directory}, voters}, kNow));
  }

  static raft::Replica replica(std::int32_t id) {
    return {NodeId(id), DirectoryId(Uuid({static_cast<std::uint8_t>(id)}))};
  }

  std::unique_ptr<QuorumStore> open() {
    auto store = QuorumStore::open(files, "/d", kNow, kSizes);
    REQUIRE_OK(store);
    return std::move(*store);
  }
  /// The node runs, in `term`, writes so many commands, and ends.
  void run(std::int32_t term, std::size_t commands) {
    const auto store = open();
    REQUIRE_OK(store->save({1, raft::HardState{raft::Term(term), self}, std::nullopt, {}}, kNow));
    for (std::size_t i = 0; i < commands; ++i) {
      const auto text = fmt::format("command {}", store->end().value());
      append(*store, term, raft::Command{SharedBytes::copy_of(as_bytes(text))});
    }
  }
  template <class Body>
  void append(QuorumStore& store, std::int32_t term, Body body) {
    REQUIRE_OK(store.save(
        {2, std::nullopt, std::nullopt, {{store.end(), raft::Term(term), std::move(body)}}}, kNow));
  }
  void take_snapshot(std::int32_t term) {
    const auto store = open();
    auto image = controller::MetadataImage::empty();
    while (image->end_offset() < store->end())
      image = controller::apply_records(*image, {}).value();
    const SnapshotId id{store->end(), LeaderEpoch(term)};
    REQUIRE_OK(store->take_snapshot(id, {voters, image}, kNow));
  }

  const raft::Replica self = replica(1);
  const raft::VoterSet voters{{replica(1), replica(2), replica(3)}};
  sim::SimFileSystem files;
};

}  // namespace millrace::node
