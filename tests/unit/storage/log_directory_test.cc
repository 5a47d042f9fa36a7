#include "storage/log_directory.h"

#include "storage/whole_file.h"
#include "tests/support/catch.h"
#include "tests/support/sim_file_system.h"

namespace millrace::storage {
namespace {

struct Fixture {
  sim::SimFileSystem files{1, {0, 0, 0}};
  DirectoryIdentity identity{"cluster-1", NodeId(1), DirectoryId(Uuid({9}))};
  AssignedPartition a{{TopicId(Uuid({1})), PartitionIndex(0)}, "orders", 5};
  AssignedPartition b{{TopicId(Uuid({2})), PartitionIndex(3)}, "with-dash", 7};

  Fixture() {
    REQUIRE_OK(files.create_directory("/d"));
    REQUIRE_OK(files.sync_directory("/"));
  }
  std::unique_ptr<LogDirectory> open() {
    auto directory = LogDirectory::open(files, "/d", "cluster-1", NodeId(1));
    REQUIRE_OK(directory);
    return std::move(*directory);
  }
};

TEST_CASE("formatting is durable, and happens once") {
  Fixture f;
  REQUIRE_OK(LogDirectory::format(f.files, "/d", f.identity));
  f.files.power_cut();
  const auto identity = LogDirectory::identity_of(f.files, "/d");
  REQUIRE_OK(identity);
  REQUIRE(**identity == f.identity);
  REQUIRE_ERROR(LogDirectory::format(f.files, "/d", f.identity), ErrorCode::kAlreadyExists);
}

TEST_CASE("a directory of another cluster or node, or of something else, is refused untouched") {
  Fixture f;
  REQUIRE_ERROR(LogDirectory::open(f.files, "/d", "cluster-1", NodeId(1)), ErrorCode::kNotFound);
  REQUIRE_OK(replace_whole_file(f.files, "/d/photo.jpg", as_bytes("x")));
  REQUIRE_ERROR(LogDirectory::format(f.files, "/d", f.identity), ErrorCode::kInvalidArgument);
  REQUIRE_OK(f.files.remove_file("/d/photo.jpg"));
  REQUIRE_OK(LogDirectory::format(f.files, "/d", f.identity));
  const auto before = f.files.files();
  REQUIRE_ERROR(LogDirectory::open(f.files, "/d", "cluster-2", NodeId(1)),
                ErrorCode::kInvalidArgument);
  REQUIRE_ERROR(LogDirectory::open(f.files, "/d", "cluster-1", NodeId(2)),
                ErrorCode::kInvalidArgument);
  REQUIRE(f.files.files() == before);
}

TEST_CASE("what a formation prepared is not foreign, and asking changes nothing") {
  Fixture f;
  REQUIRE_OK(LogDirectory::check_unformatted(f.files, "/missing"));
  REQUIRE_FALSE(*f.files.exists("/missing"));
  REQUIRE_OK(f.files.create_directory("/d/voters"));
  REQUIRE_ERROR(LogDirectory::check_unformatted(f.files, "/d"), ErrorCode::kInvalidArgument);
  REQUIRE_OK(LogDirectory::format(f.files, "/d", f.identity, {"voters"}));
  REQUIRE_ERROR(LogDirectory::check_unformatted(f.files, "/d", {"voters"}),
                ErrorCode::kAlreadyExists);
}

TEST_CASE("one process at a time") {
  Fixture f;
  REQUIRE_OK(LogDirectory::format(f.files, "/d", f.identity));
  const auto first = f.open();
  REQUIRE_ERROR(LogDirectory::open(f.files, "/d", "cluster-1", NodeId(1)), ErrorCode::kLocked);
}

TEST_CASE("a new partition gets its directory, a missing older one is lost") {
  Fixture f;
  REQUIRE_OK(LogDirectory::format(f.files, "/d", f.identity));
  {
    const auto directory = f.open();
    const auto made = directory->materialise({f.a, f.b}, 7);
    REQUIRE_OK(made);
    REQUIRE(made->created.size() == 2);
    REQUIRE(made->lost.empty());
  }
  f.files.power_cut();
  {
    const auto directory = f.open();
    REQUIRE(directory->materialised_offset() == 7);
    REQUIRE(directory->found().size() == 2);
    REQUIRE(directory->found()[1].topic == "with-dash");
    REQUIRE(directory->found()[1].id == f.b.id);
  }
  REQUIRE_OK(f.files.remove_file("/d/orders-0/partition.metadata"));
  REQUIRE_OK(f.files.remove_directory("/d/orders-0"));
  const auto directory = f.open();
  AssignedPartition young{{TopicId(Uuid({3})), PartitionIndex(0)}, "young", 8};
  const auto made = directory->materialise({f.a, f.b, young}, 8);
  REQUIRE_OK(made);
  REQUIRE(made->lost.size() == 1);
  REQUIRE(made->lost[0].topic == "orders");
  REQUIRE(made->created.size() == 1);
  REQUIRE_FALSE(*f.files.exists("/d/orders-0"));
}

TEST_CASE("a directory that does not say whose it is counts as lost, and is left alone") {
  Fixture f;
  REQUIRE_OK(LogDirectory::format(f.files, "/d", f.identity));
  REQUIRE_OK(f.open()->materialise({f.a, f.b}, 7));
  REQUIRE_OK(replace_whole_file(f.files, "/d/orders-0/partition.metadata", as_bytes("zzz")));
  const auto directory = f.open();
  REQUIRE(directory->unreadable() == std::vector<std::string>{"/d/orders-0/partition.metadata"});
  const auto made = directory->materialise({f.a, f.b}, 8);
  REQUIRE_OK(made);
  REQUIRE(made->lost.size() == 1);
  REQUIRE(made->lost[0].topic == "orders");
  REQUIRE(*f.files.exists("/d/orders-0/partition.metadata"));
}

TEST_CASE("files of the directory that are missing or broken are named") {
  Fixture f;
  REQUIRE_OK(LogDirectory::format(f.files, "/d", f.identity));
  {
    const auto directory = f.open();
    REQUIRE_OK(directory->materialise({f.a}, 5));
    REQUIRE_OK(directory->create_journal(kJournalBytesMin, {}));
  }
  const auto refusal = [&] {
    const auto opened = LogDirectory::open(f.files, "/d", "cluster-1", NodeId(1));
    REQUIRE_ERROR(opened, ErrorCode::kCorrupt);
    return opened.error().message;
  };
  SECTION("the materialised offset, without which a lost partition would look new") {
    REQUIRE_OK(replace_whole_file(f.files, "/d/materialised-offset", as_bytes("many")));
    REQUIRE(refusal().starts_with("/d/materialised-offset does not hold a number"));
    REQUIRE_OK(f.files.remove_file("/d/materialised-offset"));
    REQUIRE(refusal().starts_with("/d/materialised-offset is missing"));
  }
  SECTION("a checkpoint file") {
    REQUIRE_OK(replace_whole_file(f.files, "/d/recovery-point-offset-checkpoint", as_bytes("zzz")));
    REQUIRE(refusal().starts_with("/d/recovery-point-offset-checkpoint: line 1"));
  }
  SECTION("the journal") {
    REQUIRE_FALSE(f.open()->journal_damage().has_value());
    REQUIRE_OK(f.files.remove_file("/d/journal.1"));
    REQUIRE(f.open()->journal_damage() == "/d/journal.1 is missing");
  }
}

TEST_CASE("what is not assigned is put aside, never deleted") {
  Fixture f;
  REQUIRE_OK(LogDirectory::format(f.files, "/d", f.identity));
  const auto directory = f.open();
  REQUIRE_OK(directory->materialise({f.a, f.b}, 7));
  REQUIRE_OK(directory->materialise({f.b}, 8));
  REQUIRE_FALSE(*f.files.exists("/d/orders-0"));
  REQUIRE(*f.files.exists("/d/orders-0.stray"));
}

TEST_CASE("deletion renames first and frees later") {
  Fixture f;
  REQUIRE_OK(LogDirectory::format(f.files, "/d", f.identity));
  const auto directory = f.open();
  REQUIRE_OK(directory->materialise({f.a}, 5));
  REQUIRE_OK(directory->delete_partition(f.a.id));
  REQUIRE_FALSE(*f.files.exists("/d/orders-0"));
  REQUIRE_OK(directory->remove_deleted());
  const auto names = f.files.list("/d");
  REQUIRE_OK(names);
  for (const auto& name : *names) REQUIRE(name.find("-delete") == std::string::npos);
  REQUIRE_OK(directory->delete_partition(f.a.id));
}

TEST_CASE("the clean marker holds until something is written again") {
  Fixture f;
  REQUIRE_OK(LogDirectory::format(f.files, "/d", f.identity));
  REQUIRE_OK(f.open()->mark_clean());
  REQUIRE(f.open()->was_clean());
  REQUIRE(f.open()->was_clean());  // looking is not touching
  REQUIRE_OK(f.open()->create_journal(kJournalBytesMin, {}));
  REQUIRE_FALSE(f.open()->was_clean());
}

}  // namespace
}  // namespace millrace::storage
