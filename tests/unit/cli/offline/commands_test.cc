#include <fmt/format.h>

#include <filesystem>
#include <fstream>

#include "cli/output/json.h"
#include "controller/metadata/codec.h"
#include "controller/metadata/snapshot.h"
#include "node/metadata_log/quorum_store.h"
#include "storage/log_directory.h"
#include "storage/posix/posix_file_system.h"
#include "tests/support/catch.h"
#include "tests/unit/cli/support/run_cli.h"
#include "tests/unit/node/temporary_directory.h"

/// The offline commands as a user sees them, on a directory of their own.
namespace millrace::cli::test {
namespace {

constexpr TimestampMs kNow{1'700'000'000'000};
const std::string kCluster = "K7aAPcfLQt2bqs1JTrrMgQ";
const std::string kControllers =
    "1@node-1:9093:AQAAAAAAAAAAAAAAAAAAAA,2@node-2:9093:AgAAAAAAAAAAAAAAAAAAAA,"
    "3@node-3:9093:AwAAAAAAAAAAAAAAAAAAAA";
const raft::Replica kSelf{NodeId(1), DirectoryId(Uuid({1}))};

/// A directory to work in; in command lines it is called DIR.
class World {
 public:
  World() : files_(storage::make_posix_file_system()) {}

  CliResult run(std::string line) {
    line = replaced(line, "DIR", directory_.path());
    line = replaced(replaced(line, "CLUSTER", kCluster), "CONTROLLERS", kControllers);
    return run_cli(split_line(line));
  }
  void require(const std::string& name, const std::string& line) {
    const auto result = run(line);
    const auto text = fmt::format("$ millrace {}\nexit {}\n--- stdout\n{}--- stderr\n{}", line,
                                  result.exit_code, result.out, result.err);
    require_golden(name, replaced(text, directory_.path(), "DIR"));
  }
  void require_done(const std::string& line) {
    const auto result = run(line);
    INFO(line << "\n" << result.out << result.err);
    REQUIRE(result.exit_code == 0);
  }

  void format() {
    require_done(
        "storage format -t CLUSTER --log-dir DIR/d --node-id 1 "
        "--initial-controllers CONTROLLERS");
  }
  /// Node 1 led in term 3 and wrote something of each kind.
  void run_node() {
    const auto store = open();
    REQUIRE_OK(store->save({1, raft::HardState{raft::Term(3), kSelf}, std::nullopt, {}}, kNow));
    append(*store, raft::LeaderChange{});
    append(*store, command({controller::ClusterRecord{*Uuid::parse(kCluster)}}));
    append(*store, command({controller::TopicRecord{TopicId(Uuid({5})), "orders"},
                            controller::ConfigRecord{TopicId(Uuid({5})), "retention.ms", "5"}}));
    append(*store, raft::VoterSet({kSelf, {NodeId(2), DirectoryId(Uuid({2}))}}));
  }
  void append(node::QuorumStore& store, decltype(raft::Entry::body) body) {
    REQUIRE_OK(store.save(
        {2, std::nullopt, std::nullopt, {{store.end(), raft::Term(3), std::move(body)}}}, kNow));
  }
  static raft::Command command(const controller::MetadataTransaction& records) {
    return {SharedBytes::own(controller::encode(records))};
  }
  std::unique_ptr<node::QuorumStore> open() {
    auto store = node::QuorumStore::open(*files_, path("d"), kNow, {});
    REQUIRE_OK(store);
    return std::move(*store);
  }
  /// Flips a bit in the segment, this far from its end.
  void damage(std::int64_t from_end) {
    const auto segment = path("d/__cluster_metadata-0/00000000000000000000.log");
    const auto at = static_cast<std::int64_t>(std::filesystem::file_size(segment)) - from_end;
    std::fstream file(segment, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(at);
    const int byte = file.get();
    file.seekp(at);
    file.put(static_cast<char>(byte ^ 1));
  }
  [[nodiscard]] std::string path(const std::string& name) const {
    return directory_.path() + "/" + name;
  }
  storage::FileSystem& files() { return *files_; }

 private:
  node::TemporaryDirectory directory_;
  std::unique_ptr<storage::FileSystem> files_;
};

}  // namespace

TEST_CASE("a directory is formatted once, as its list of controllers says") {
  World world;
  const std::string line =
      "storage format -t CLUSTER --log-dir DIR/d --node-id 1 --initial-controllers CONTROLLERS";
  world.require("storage_format_ok", line);
  world.require("storage_format_again", line);
  world.require("storage_format_ignored", line + " --ignore-formatted -o json");
  world.require("storage_format_other",
                "storage format -t CLUSTER --log-dir DIR/d --node-id 2 --initial-controllers "
                "CONTROLLERS --ignore-formatted");
  world.require("storage_info_new", "storage info --log-dir DIR/d");
  REQUIRE(world.open()->found().log.voters.latest().size() == 3);
}

TEST_CASE("the modes of formatting write who votes, or nothing of it") {
  World world;
  std::ofstream(world.path("node.properties")) << "node.id=4\nlog.dirs=" << world.path("d") << "\n";
  const std::string line = "storage format -t CLUSTER -c DIR/node.properties ";
  SECTION("standalone") {
    world.require_done(line + "--standalone");
    const auto item = Json::parse(world.run("storage info -c DIR/node.properties -o json").out);
    REQUIRE(item["items"][0]["node_id"] == 4);
    REQUIRE(item["items"][0]["is_voter"] == true);
    REQUIRE(item["items"][0]["voters"].size() == 1);
    world.require_done(line + "--standalone --ignore-formatted");
  }
  SECTION("no initial controllers") {
    world.require_done(line + "--no-initial-controllers");
    const auto item = Json::parse(world.run("storage info -c DIR/node.properties -o json").out);
    REQUIRE(item["items"][0]["is_voter"] == false);
    REQUIRE(item["items"][0]["voters"].empty());
  }
  SECTION("an even number") {
    world.require("storage_format_two",
                  "storage format -t CLUSTER --log-dir DIR/d --node-id 1 --initial-controllers "
                  "1@a:1:AQAAAAAAAAAAAAAAAAAAAA,2@b:1:AgAAAAAAAAAAAAAAAAAAAA");
  }
}

TEST_CASE("formatting that makes no sense is refused, and nothing is made") {
  const struct {
    const char* name;
    std::string line;
  } cases[] = {
      {"storage_format_no_mode", "-t CLUSTER --log-dir DIR/d --node-id 1"},
      {"storage_format_two_modes",
       "-t CLUSTER --log-dir DIR/d --node-id 1 --standalone --no-initial-controllers"},
      {"storage_format_no_node", "-t CLUSTER --log-dir DIR/d --standalone"},
      {"storage_format_no_directory", "-t CLUSTER --standalone"},
      {"storage_format_bad_cluster", "-t nonsense --log-dir DIR/d --node-id 1 --standalone"},
      {"storage_format_not_listed",
       "-t CLUSTER --log-dir DIR/d --node-id 9 --initial-controllers CONTROLLERS"},
      {"storage_format_twice",
       "-t CLUSTER --log-dir DIR/d --node-id 1 --initial-controllers CONTROLLERS,CONTROLLERS"},
      {"storage_format_no_parent", "-t CLUSTER --log-dir DIR/no/d --node-id 1 --standalone"},
  };
  for (const auto& each : cases) {
    DYNAMIC_SECTION(each.name) {
      World world;
      world.require(each.name, "storage format " + each.line);
      REQUIRE_FALSE(std::filesystem::exists(world.path("d")));
    }
  }
}

TEST_CASE("a directory of something else is not formatted") {
  World world;
  std::filesystem::create_directory(world.path("d"));
  std::ofstream(world.path("d/photo.jpg")) << "x";
  world.require("storage_format_foreign",
                "storage format -t CLUSTER --log-dir DIR/d --node-id 1 --standalone");
}

TEST_CASE("what a node wrote is shown, and read without a change") {
  World world;
  world.format();
  world.run_node();
  world.require("storage_info_ok", "storage info --log-dir DIR/d");
  world.require("storage_info_json", "storage info --log-dir DIR/d -o json");
  world.require("metadata_dump_ok", "metadata dump --log-dir DIR/d");
  world.require("metadata_dump_json", "metadata dump --log-dir DIR/d -o json --from 2");
  world.require("metadata_dump_tsv", "metadata dump --log-dir DIR/d -o tsv --from 3");
  const auto lock = storage::LogDirectory::lock(world.files(), world.path("d"));
  world.require_done("metadata dump --log-dir DIR/d");  // also while a process has it
}

TEST_CASE("a snapshot is shown with the records that make its image") {
  World world;
  world.format();
  world.run_node();
  {
    const auto store = world.open();
    auto image = controller::MetadataImage::empty();
    const controller::TopicRecord topic{TopicId(Uuid({5})), "orders", Offset(2)};
    image = controller::load_image(Offset(4), {{topic}}).value();
    REQUIRE_OK(
        store->take_snapshot({Offset(4), LeaderEpoch(3)}, {raft::VoterSet({kSelf}), image}, kNow));
  }
  world.require("metadata_dump_snapshot", "metadata dump --log-dir DIR/d -o json --from 4");
}

TEST_CASE("damage is named with its place, and what lies before it is shown") {
  World world;
  world.format();
  world.run_node();
  SECTION("an entry") {
    world.damage(3);
    world.require("storage_info_damaged", "storage info --log-dir DIR/d");
    world.require("metadata_dump_damaged", "metadata dump --log-dir DIR/d");
    world.require("metadata_dump_damaged_json", "metadata dump --log-dir DIR/d -o json --from 2");
  }
  SECTION("a command that is none") {
    world.append(*world.open(), raft::Command{SharedBytes::copy_of(as_bytes("\xff\xff"))});
    world.append(*world.open(), raft::LeaderChange{});
    world.require("metadata_dump_unreadable", "metadata dump --log-dir DIR/d --from 3");
  }
}

TEST_CASE("a directory that is nobody's is told apart") {
  World world;
  world.require("storage_info_unformatted", "storage info --log-dir DIR/d");
  world.require("metadata_dump_nothing", "metadata dump --log-dir DIR/d");
}

TEST_CASE("the survivor is made a quorum of its own, once, and only with consent") {
  World world;
  world.format();
  world.run_node();
  world.require("recover_quorum_consent", "storage recover-quorum --log-dir DIR/d");
  const std::string line =
      "storage recover-quorum --log-dir DIR/d --i-understand-that-committed-changes-may-be-lost";
  SECTION("a node that runs") {
    const auto lock = storage::LogDirectory::lock(world.files(), world.path("d"));
    world.require("recover_quorum_in_use", line);
  }
  SECTION("a damaged log") {
    world.damage(3);
    world.require("recover_quorum_damaged", line);
  }
  SECTION("a node that does not run") {
    world.require("recover_quorum_ok", line);
    world.require("recover_quorum_again", line + " -o json");
    world.require("storage_info_recovered", "storage info --log-dir DIR/d");
    world.require("metadata_dump_recovered", "metadata dump --log-dir DIR/d --from 4");
  }
}

TEST_CASE("an id is printed alone, for the shell") {
  const auto plain = run_cli({"storage", "random-uuid"});
  REQUIRE(plain.exit_code == 0);
  REQUIRE(Uuid::parse(plain.out.substr(0, plain.out.size() - 1)).has_value());
  const auto json = Json::parse(run_cli({"storage", "random-uuid", "-o", "json"}).out);
  REQUIRE(Uuid::parse(json["uuid"].get<std::string>()).has_value());
}

}  // namespace millrace::cli::test
