#pragma once

#include <memory>
#include <string>

#include "base/ids.h"
#include "base/uuid.h"
#include "cli/invocation.h"
#include "storage/file_system.h"

/// What the offline commands take from the machine, and how they tell of its failures. They work on
/// a log directory whose node does not run, and ask no cluster. One thread; every call blocks.
namespace millrace::cli {

/// The directory that a command line names.
struct ChosenDirectory {
  std::string path;
  std::optional<NodeId> node_id;  // when the command line or the configuration says
};

/// --log-dir and --node-id, or what the file of --config says in log.dirs (or log.dir) and node.id.
/// Problems: neither or both are given, the file cannot be read, it names no directory or several.
Answer<ChosenDirectory> chosen_directory(const Invocation& invocation, storage::FileSystem& files);

/// The options that chosen_directory() reads, but for --node-id.
std::vector<Option> directory_options();

TimestampMs wall_now();
Uuid random_uuid();

}  // namespace millrace::cli
