#include "broker/handlers/81_remove_raft_voter.h"

#include "broker/handlers/raft_voter.h"

namespace millrace::broker {

void start_remove_raft_voter(Desk& desk, Call call, kafka::RemoveRaftVoterRequest request) {
  using Response = kafka::RemoveRaftVoterResponse;
  const controller::RemoveVoter remove{request.voter_id, request.voter_directory_id};
  if (!check_alters_this_cluster<Response>(desk, call, request.cluster_id)) return;
  if (!check_names_voter<Response>(desk, call, remove.id, remove.directory)) return;
  submit_and_keep(desk, std::make_unique<OneAnswer<Response>>(call, voter_error),
                  controller::QuorumCommand{remove}, kCommandTimeoutMs);
}

}  // namespace millrace::broker
