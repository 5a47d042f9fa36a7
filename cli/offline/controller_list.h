#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/problem.h"
#include "raft/voter_set.h"

namespace millrace::cli {

/// One entry of --initial-controllers: a voter, and where to look for it.
struct InitialController {
  raft::Replica replica;
  std::string host;  // an IPv6 address in brackets
  std::uint16_t port = 0;
};

/// A quorum larger than this is slower and no safer.
inline constexpr std::size_t kSensibleVotersMax = 5;
/// More are a mistake.
inline constexpr std::size_t kInitialControllersMax = 99;

/// `ID@HOST:PORT:DIRECTORY_ID`, with commas between, as Kafka's kafka-storage takes it. Problems:
/// an entry of another form, a node or a directory twice, too many.
Answer<std::vector<InitialController>> parse_initial_controllers(const std::string& text);

raft::VoterSet voters_of(const std::vector<InitialController>& controllers);

/// The values of controller.quorum.voters (`1@HOST:PORT,...`) and of
/// controller.quorum.bootstrap.servers (`HOST:PORT,...`).
std::string quorum_voters(const std::vector<InitialController>& controllers);
std::string quorum_bootstrap_servers(const std::vector<InitialController>& controllers);

/// A sentence when so many voters are a bad choice; "" when they are not.
std::string advice_on_count(std::size_t voters);

}  // namespace millrace::cli
