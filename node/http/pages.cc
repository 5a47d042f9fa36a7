#include "node/http/pages.h"

namespace millrace::node {
namespace {

constexpr const char* kMetricsType = "text/plain; version=0.0.4; charset=utf-8";
constexpr const char* kIndex = "/healthz\n/readyz\n/metrics\n/metrics/partitions\n/debug/state\n";

}  // namespace

void Pages::handle(const std::string& path, HttpServer::Respond respond) {
  if (path == "/healthz") return std::move(respond)({.body = "ok\n"});
  if (path == "/readyz") {
    return std::move(respond)({.status = readiness_.is_ready() ? 200 : 503,
                               .content_type = "application/json",
                               .body = readiness_.to_json()});
  }
  if (path == "/") return std::move(respond)({.body = kIndex});
  const bool is_metrics = path == "/metrics" || path == "/metrics/partitions";
  if (!is_metrics && path != "/debug/state") {
    return std::move(respond)(
        {.status = 404, .body = std::string("there is no such page; try\n") + kIndex});
  }
  if (!sources_.sample)
    return std::move(respond)({.status = 503, .body = "the node is starting\n"});
  if (path == "/debug/state") {
    return sources_.describe([respond = std::move(respond)](std::string text) mutable {
      std::move(respond)({.body = std::move(text)});
    });
  }
  const auto render = path == "/metrics" ? &render_metrics : &render_partition_metrics;
  sources_.sample([render, respond = std::move(respond)](NodeSample sample) mutable {
    std::move(respond)({.content_type = kMetricsType, .body = render(sample)});
  });
}

}  // namespace millrace::node
