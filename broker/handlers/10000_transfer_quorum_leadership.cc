#include "broker/handlers/10000_transfer_quorum_leadership.h"

#include "broker/handlers/one_answer.h"

namespace millrace::broker {

using kafka::TransferQuorumLeadershipResponse;

void start_transfer_quorum_leadership(Desk& desk, Call call,
                                      kafka::TransferQuorumLeadershipRequest request) {
  using Response = TransferQuorumLeadershipResponse;
  if (!check_alters_this_cluster<Response>(desk, call, request.cluster_id)) return;
  submit_and_keep(desk, std::make_unique<OneAnswer<Response>>(call),
                  controller::QuorumCommand{controller::TransferLeadership{request.to_id}},
                  request.timeout_ms);
}

}  // namespace millrace::broker
