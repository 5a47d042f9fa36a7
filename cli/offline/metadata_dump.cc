#include <fmt/format.h>

#include <limits>
#include <ostream>

#include "cli/commands/commands.h"
#include "cli/context.h"
#include "cli/local_problem.h"
#include "cli/offline/machine.h"
#include "cli/offline/record_items.h"
#include "cli/offline/voter_items.h"
#include "cli/output/rows.h"
#include "controller/metadata/codec.h"
#include "controller/metadata/snapshot.h"
#include "node/metadata_log/metadata_partition.h"
#include "node/metadata_log/quorum_inspection.h"
#include "storage/posix/posix_file_system.h"

namespace millrace::cli {
namespace {

using controller::MetadataTransaction;

Shape dump_shape() {
  return {.fields = {{"offset", FieldType::kInteger,
                      "of the entry; of a snapshot the offset at which it ends"},
                     {"term", FieldType::kInteger, "of the leader that wrote it"},
                     {"timestamp", FieldType::kInteger,
                      "when, in ms since 1970 (UTC); null of a snapshot", true},
                     {"kind", FieldType::kString, "snapshot, leader_change, voters or records"},
                     {"voters", FieldType::kObjects, "who votes from here on; empty in other kinds",
                      false, voter_fields()},
                     {"records",
                      FieldType::kObjects,
                      "what it says, empty in other kinds",
                      false,
                      {{"type", FieldType::kString, "kind of record; its own fields follow"}}}},
          .columns = {{"OFFSET", "offset"},
                      {"TERM", "term"},
                      {"KIND", "kind"},
                      {"TIMESTAMP", "timestamp"},
                      {"VOTERS", "voters"},
                      {"RECORDS", "records"}},
          .name = "offset"};
}

/// Writes item by item, so that a log of any size needs little memory.
class DumpWriter {
 public:
  DumpWriter(OutputFormat format, std::ostream& out)
      : format_(format), out_(out), shape_(dump_shape()) {
    if (format_ == OutputFormat::kTable)
      out_ << fmt::format(kLine, "OFFSET", "TERM", "KIND", "CONTENT");
  }

  void write(const Json& item) {
    if (format_ == OutputFormat::kJson) {
      out_ << item.dump(-1, ' ', false, Json::error_handler_t::replace) << "\n";
    } else if (format_ == OutputFormat::kTsv) {
      write_tsv(item);
    } else {
      out_ << fmt::format(kLine, item["offset"].dump(), item["term"].dump(),
                          item["kind"].get<std::string>(), content_of(item));
    }
  }

 private:
  static constexpr const char* kLine = "{:>8}  {:>8}  {:<13}  {}\n";

  /// One line, whatever names and values hold: JSON escapes what would break it.
  static std::string content_of(const Json& item) {
    std::string text;
    for (const char* list : {"voters", "records"}) {
      for (const auto& each : item[list])
        text +=
            (text.empty() ? "" : " ") + each.dump(-1, ' ', false, Json::error_handler_t::replace);
    }
    return text.empty() ? "-" : text;
  }

  void write_tsv(const Json& item) {
    Json row = item;
    for (const char* list : {"voters", "records"})
      row[list] = item[list].empty()
                      ? Json()
                      : Json(item[list].dump(-1, ' ', false, Json::error_handler_t::replace));
    const auto cells = rows_of(row, shape_, shape_.columns).front();
    for (std::size_t i = 0; i < cells.size(); ++i) out_ << (i == 0 ? "" : "\t") << cells[i];
    out_ << "\n";
  }

  OutputFormat format_;
  std::ostream& out_;
  const Shape shape_;
};

Json item_of(Offset offset, raft::Term term, const Json& timestamp, const char* kind) {
  return {{"offset", offset.value()}, {"term", term.value()},
          {"timestamp", timestamp},   {"kind", kind},
          {"voters", Json::array()},  {"records", Json::array()}};
}

Json item_of(const node::SnapshotId& id, const node::Snapshot& snapshot) {
  auto item = item_of(id.end, raft::Term(id.epoch.value()), Json(), "snapshot");
  item["voters"] = voters_json(snapshot.voters);
  for (const auto& part : controller::records_of(*snapshot.image)) {
    for (const auto& record : records_json(part)) item["records"].push_back(record);
  }
  return item;
}

/// Errors: what the entry says cannot be read.
Result<Json> item_of(const node::InspectedEntry& inspected) {
  const auto& [offset, term, body] = inspected.entry;
  const Json timestamp(inspected.timestamp.value());
  if (const auto* voters = std::get_if<raft::VoterSet>(&body)) {
    auto item = item_of(offset, term, timestamp, "voters");
    item["voters"] = voters_json(*voters);
    return item;
  }
  if (std::holds_alternative<raft::LeaderChange>(body))
    return item_of(offset, term, timestamp, "leader_change");
  ASSIGN_OR_RETURN(const auto records,
                   controller::decode(std::get<raft::Command>(body).bytes.view()));
  auto item = item_of(offset, term, timestamp, "records");
  item["records"] = records_json(records);
  return item;
}

Problem damage_problem(const node::QuorumDamage& damage) {
  return {ExitCode::kFailed, "CORRUPT", damage.file, damage.describe(),
          "what is shown lies before it"};
}

/// The snapshots, and then the entries up to the first that cannot be read.
class Dump {
 public:
  Dump(storage::FileSystem& files, std::string log_dir, Offset from, DumpWriter& writer)
      : files_(files), log_dir_(std::move(log_dir)), from_(from), writer_(writer) {}

  std::vector<Problem> run() {
    const auto snapshots = node::inspect_snapshots(files_, log_dir_);
    if (!snapshots) return {local_problem(snapshots.error(), log_dir_)};
    for (const auto& snapshot : *snapshots) {
      if (snapshot.content && snapshot.id.end >= from_)
        writer_.write(item_of(snapshot.id, *snapshot.content));
    }
    const auto seen = node::inspect_quorum(
        files_, log_dir_, [this](const node::InspectedEntry& entry) { take(entry); });
    if (!seen) return {local_problem(seen.error(), log_dir_)};
    std::vector<Problem> problems;
    if (unreadable_) problems.push_back(damage_problem(*unreadable_));
    for (const auto& damage : seen->damage) problems.push_back(damage_problem(damage));
    return problems;
  }

 private:
  void take(const node::InspectedEntry& entry) {
    if (unreadable_ || entry.entry.offset < from_) return;
    const auto item = item_of(entry);
    if (item) {
      writer_.write(*item);
    } else {
      unreadable_ = {
          entry.file, entry.position,
          fmt::format("metadata entry {}: {}", entry.entry.offset.value(), item.error().message)};
    }
  }

  storage::FileSystem& files_;
  const std::string log_dir_;
  const Offset from_;
  DumpWriter& writer_;
  std::optional<node::QuorumDamage> unreadable_;
};

std::vector<Problem> dump(Context& context) {
  const auto files = storage::make_posix_file_system();
  const auto directory = chosen_directory(context.invocation(), *files);
  if (!directory) return {directory.error()};
  const auto log = directory->path + "/" + node::kMetadataLogDirectory;
  const auto there = files->exists(log);
  if (!there) return {local_problem(there.error(), log)};
  if (!*there) {
    return {{ExitCode::kFailed, "NOT_FOUND", log, "there is no " + log,
             "name the directory that holds it, or format it with millrace storage format"}};
  }
  DumpWriter writer(context.globals().output, context.io().out);
  const Offset from(context.invocation().integer("--from").value_or(0));
  return Dump(*files, directory->path, from, writer).run();
}

}  // namespace

Command metadata_dump_command() {
  auto options = directory_options();
  options.push_back({.names = "--from",
                     .value = "OFFSET",
                     .text = "leave out what ends before",
                     .kind = ValueKind::kInteger,
                     .fallback = "0",
                     .max = std::numeric_limits<long long>::max()});
  return {
      .path = "metadata dump",
      .summary = "Show the metadata log of a node's directory",
      .details =
          "Reads the snapshots and the log of __cluster_metadata-0 of a node that does not "
          "run, or of a copy, and changes nothing. Entries that are in the log need not be "
          "committed. What is damaged is named with its place, what lies before it is "
          "shown, and the exit code is 1. With -o json it prints one object a line; if "
          "something is damaged, the last line is a document with `errors`.",
      .options = std::move(options),
      .shape = dump_shape(),
      .examples = {{"millrace metadata dump --log-dir /data", "all of it"},
                   {"millrace metadata dump -c node.properties --from 1000 -o json | jq "
                    "'select(.kind == \"voters\")'",
                    "changes of the voters since entry 1000"}},
      .stream = dump,
      .refused_formats = {OutputFormat::kWide, OutputFormat::kYaml, OutputFormat::kName},
  };
}

}  // namespace millrace::cli
