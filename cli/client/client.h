#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/ids.h"
#include "cli/client/node_session.h"
#include "proto/kafka/messages/metadata.h"

namespace millrace::cli {

struct ClientOptions {
  std::vector<Endpoint> bootstrap;
  std::string bootstrap_origin;
  ConnectionSettings settings;
  std::chrono::milliseconds timeout{15'000};
};

/// The command's own Kafka client: synchronous, one request at a time, no state that outlives the
/// command. Questions go to whichever bootstrap server answers first; changes go to the controller
/// at its advertised address. A question is asked again on another bootstrap server when the first
/// one hangs up; a change is repeated only when the node said that it did nothing (NOT_CONTROLLER).
/// Not thread-safe.
class Client {
 public:
  explicit Client(ClientOptions options) : options_(std::move(options)) {}

  [[nodiscard]] std::chrono::milliseconds timeout() const { return options_.timeout; }
  /// How long a node may take for a change before it answers REQUEST_TIMED_OUT: less than our own
  /// limit, so that its answer arrives.
  [[nodiscard]] std::int32_t node_timeout_ms() const;

  /// A session with a bootstrap server, the same one for every call until it breaks.
  Answer<NodeSession*> any_node();

  /// Asks any node. Like in NodeSession, make(version) builds the request.
  template <class Response, class Make>
  Answer<Response> ask(Make make) {
    Answer<Response> last = problem(Problem{});
    for (int attempt = 0; attempt < kQuestionAttempts; ++attempt) {
      auto node = any_node();
      if (!node) return problem(std::move(node).error());
      last = (*node)->template ask<Response>(make);
      if (last || last.error().code != "CONNECTION_LOST") return last;
      forget_node();
    }
    return last;
  }

  /// Asks the controller to change something. `nothing_done(response)` says that the node was not
  /// the controller and did nothing: then the new controller is asked, until the time is over.
  template <class Response, class Make, class NothingDone>
  Answer<Response> change(Make make, NothingDone nothing_done) {
    const auto deadline = std::chrono::steady_clock::now() + options_.timeout;
    while (true) {
      auto controller = controller_node();
      if (!controller) return problem(std::move(controller).error());
      auto response = (*controller)->template ask<Response>(make, true);
      const bool again = response && nothing_done(*response);
      if (!again || std::chrono::steady_clock::now() + kRetryPause > deadline) return response;
      std::this_thread::sleep_for(kRetryPause);
    }
  }

  /// All topics, or those named. Topics that do not exist come back with their error.
  Answer<kafka::MetadataResponse> metadata_of_all();
  Answer<kafka::MetadataResponse> metadata_of(const std::vector<std::string>& topics);
  /// Nodes, cluster id and controller alone.
  Answer<kafka::MetadataResponse> cluster_metadata() { return metadata_of({}); }

  /// Connects to a node at the address that it advertises; fails with the sentence about
  /// unreachable advertised addresses.
  Answer<NodeSession*> advertised_node(const kafka::MetadataResponse& cluster, NodeId node);

 private:
  static constexpr int kQuestionAttempts = 2;
  static constexpr std::chrono::milliseconds kRetryPause{100};

  Answer<NodeSession*> controller_node();
  void forget_node();

  ClientOptions options_;
  std::unique_ptr<NodeSession> session_;
  std::map<NodeId, std::unique_ptr<NodeSession>> nodes_;
};

}  // namespace millrace::cli
