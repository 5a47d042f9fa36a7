#include "node/metadata_log/recorded_cluster.h"

#include "controller/metadata/apply.h"
#include "controller/metadata/codec.h"
#include "tests/support/catch.h"
#include "tests/support/sim_file_system.h"

namespace millrace::node {
namespace {

constexpr TimestampMs kNow{1'700'000'000'000};
const Uuid kCluster({7});
const raft::VoterSet kVoters({{NodeId(1), DirectoryId(Uuid({1}))}});

raft::Entry command(std::int64_t offset, const controller::MetadataTransaction& records) {
  return {Offset(offset), raft::Term(1),
          raft::Command{SharedBytes::own(controller::encode(records))}};
}

struct Fixture {
  Fixture() : files(1, {}) {
    REQUIRE_OK(files.create_directory("/d"));
    REQUIRE_OK(QuorumStore::form(files, "/d", kVoters, kNow));
    auto opened = QuorumStore::open(files, "/d", kNow, {});
    REQUIRE_OK(opened);
    store = std::move(*opened);
  }
  void save(std::vector<raft::Entry> entries) {
    REQUIRE_OK(store->save({++number, std::nullopt, std::nullopt, std::move(entries)}, kNow));
  }

  sim::SimFileSystem files;
  std::unique_ptr<QuorumStore> store;
  std::uint64_t number = 0;
};

}  // namespace

TEST_CASE("a log that was just formed names no cluster") {
  Fixture fixture;
  REQUIRE_FALSE(recorded_cluster(*fixture.store)->has_value());
  fixture.save({{Offset(0), raft::Term(1), raft::LeaderChange{}}});
  REQUIRE_FALSE(recorded_cluster(*fixture.store)->has_value());
}

TEST_CASE("the cluster is found in the log, behind whatever else there is") {
  Fixture fixture;
  fixture.save({{Offset(0), raft::Term(1), raft::LeaderChange{}},
                {Offset(1), raft::Term(1), kVoters},
                command(2, {controller::ProducerIdsRecord{ProducerId(5)}}),
                {Offset(3), raft::Term(1),
                 raft::Command{SharedBytes::copy_of(as_bytes("of a later release"))}},
                command(4, {controller::ClusterRecord{kCluster}})});
  REQUIRE(recorded_cluster(*fixture.store)->value() == kCluster);
}

TEST_CASE("the cluster is found in a snapshot") {
  Fixture fixture;
  fixture.save({command(0, {controller::ClusterRecord{kCluster}})});
  const auto image = controller::apply_records(*controller::MetadataImage::empty(),
                                               {controller::ClusterRecord{kCluster}});
  REQUIRE_OK(image);
  REQUIRE_OK(fixture.store->take_snapshot({Offset(1), LeaderEpoch(1)}, {kVoters, *image}, kNow));
  auto reopened = QuorumStore::open(fixture.files, "/d", kNow, {});
  REQUIRE_OK(reopened);
  REQUIRE(recorded_cluster(**reopened)->value() == kCluster);
}

}  // namespace millrace::node
