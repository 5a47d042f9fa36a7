#include "cli/offline/controller_list.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <set>
#include <string_view>

namespace millrace::cli {
namespace {

constexpr const char* kOption = "--initial-controllers";

template <class Number>
std::optional<Number> whole_number(std::string_view text) {
  Number number{};
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || stop != text.data() + text.size() || text.empty()) return {};
  return number;
}

bool is_host(std::string_view host) {
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  return !host.empty() && host.find_first_of(" @,/") == std::string_view::npos &&
         (bracketed || host.find(':') == std::string_view::npos);
}

std::optional<InitialController> parse_one(std::string_view entry) {
  const auto at = entry.find('@');
  const auto before_directory = entry.rfind(':');
  if (at == std::string_view::npos || before_directory == std::string_view::npos) return {};
  if (before_directory < at) return {};
  const auto address = entry.substr(at + 1, before_directory - at - 1);
  const auto before_port = address.rfind(':');
  if (before_port == std::string_view::npos) return {};
  const auto id = whole_number<std::int32_t>(entry.substr(0, at));
  const auto port = whole_number<std::uint16_t>(address.substr(before_port + 1));
  const auto directory = Uuid::parse(entry.substr(before_directory + 1));
  const auto host = address.substr(0, before_port);
  if (!id || *id < 0 || !port || *port == 0 || !directory || directory->is_zero()) return {};
  if (!is_host(host)) return {};
  return InitialController{{NodeId(*id), DirectoryId(*directory)}, std::string(host), *port};
}

Answer<void> check_unique(const std::vector<InitialController>& controllers) {
  std::set<NodeId> nodes;
  std::set<DirectoryId> directories;
  for (const auto& each : controllers) {
    const auto& [id, directory] = each.replica;
    if (!nodes.insert(id).second) {
      return problem(usage_problem(kOption,
                                   fmt::format("node {} is in {} twice", id.value(), kOption),
                                   "give every voter a node.id of its own"));
    }
    if (!directories.insert(directory).second) {
      return problem(usage_problem(
          kOption, fmt::format("directory {} is in {} twice", directory.to_string(), kOption),
          "millrace storage random-uuid makes an id for each"));
    }
  }
  return {};
}

}  // namespace

Answer<std::vector<InitialController>> parse_initial_controllers(const std::string& text) {
  std::vector<InitialController> controllers;
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto end = std::min(text.find(',', begin), text.size());
    const auto entry = std::string_view(text).substr(begin, end - begin);
    const auto controller = parse_one(entry);
    if (!controller) {
      return problem(usage_problem(
          kOption, fmt::format("{}: '{}' is not ID@HOST:PORT:DIRECTORY_ID", kOption, entry),
          "as in 1@node-1:9093:J8aAPcfLQt2bqs1JT_rMgQ,2@node-2:9093:..."));
    }
    controllers.push_back(*controller);
    begin = end + 1;
  }
  if (controllers.size() > kInitialControllersMax) {
    return problem(usage_problem(
        kOption,
        fmt::format("{} are more than {} voters", controllers.size(), kInitialControllersMax),
        "three or five decide for a cluster of any size; the others join without a vote"));
  }
  CLI_TRY(check_unique(controllers));
  return controllers;
}

raft::VoterSet voters_of(const std::vector<InitialController>& controllers) {
  std::vector<raft::Replica> voters;
  for (const auto& each : controllers) voters.push_back(each.replica);
  return raft::VoterSet(std::move(voters));
}

std::string quorum_voters(const std::vector<InitialController>& controllers) {
  std::string text;
  for (const auto& each : controllers) {
    text += fmt::format("{}{}@{}:{}", text.empty() ? "" : ",", each.replica.id.value(), each.host,
                        each.port);
  }
  return text;
}

std::string quorum_bootstrap_servers(const std::vector<InitialController>& controllers) {
  std::string text;
  for (const auto& each : controllers)
    text += fmt::format("{}{}:{}", text.empty() ? "" : ",", each.host, each.port);
  return text;
}

std::string advice_on_count(std::size_t voters) {
  if (voters == 2) {
    return "two voters are worse than one: the loss of either stops the cluster; use three";
  }
  if (voters % 2 == 0) {
    return fmt::format("{} voters survive no more losses than {} do; use an odd number", voters,
                       voters - 1);
  }
  if (voters > kSensibleVotersMax) {
    return fmt::format("{} voters make every change wait for {} disks; three or five are enough",
                       voters, voters / 2 + 1);
  }
  return "";
}

}  // namespace millrace::cli
