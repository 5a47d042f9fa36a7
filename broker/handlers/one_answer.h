#pragma once

#include <optional>
#include <string>
#include <utility>

#include "broker/handlers/commanding.h"

/// For requests whose whole answer is one error code and a sentence.
namespace millrace::broker {

template <class Response>
void refuse(Desk& desk, const Call& call, kafka::KafkaError error, std::string message) {
  Response response;
  response.error_code = error;
  response.error_message = std::move(message);
  desk.reply(call, response);
}

/// Whether a request that may name its cluster means this one.
inline bool is_this_cluster(Desk& desk, const std::optional<std::string>& cluster_id) {
  return !cluster_id || *cluster_id == desk.metadata().image().cluster_id().to_string();
}

/// Refuses a request whose sender may not alter the cluster, or that means another cluster.
template <class Response>
bool check_alters_this_cluster(Desk& desk, const Call& call,
                               const std::optional<std::string>& cluster_id = std::nullopt) {
  if (!desk.access(call).cluster(Operation::kAlter)) {
    refuse<Response>(desk, call, kafka::KafkaError::kClusterAuthorizationFailed,
                     "not allowed to alter the cluster");
    return false;
  }
  if (!is_this_cluster(desk, cluster_id)) {
    refuse<Response>(
        desk, call, kafka::KafkaError::kInconsistentClusterId,
        fmt::format("this is cluster {}, not {}; check the addresses that you connect to",
                    desk.metadata().image().cluster_id().to_string(), *cluster_id));
    return false;
  }
  return true;
}

/// A command that is done or refused as a whole. `name_error` is to_kafka, or what an API that has
/// errors of its own makes of ours.
template <class Response>
class OneAnswer final : public Commanding {
 public:
  using NameError = kafka::KafkaError (*)(ErrorCode);

  explicit OneAnswer(Call call, NameError name_error = to_kafka)
      : Commanding(std::move(call)), name_error_(name_error) {}

  void finish(Desk& desk, const controller::CommandResult& result) override {
    if (result.error) {
      refuse<Response>(desk, call_, name_error_(result.error->code), result.error->message);
      return;
    }
    Response response;
    response.error_message.reset();
    desk.reply(call_, response);
  }

 private:
  const NameError name_error_;
};

}  // namespace millrace::broker
