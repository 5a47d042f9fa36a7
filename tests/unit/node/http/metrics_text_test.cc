#include "node/http/metrics_text.h"

#include "tests/support/catch.h"

namespace millrace::node {

TEST_CASE("samples are grouped by family and escaped") {
  MetricsText text;
  text.counter("b_total", "Second.", 3, {{"topic", "a\"b"}});
  text.gauge("a", "First.", 0.5);
  text.counter("b_total", "Second.", 4, {{"topic", "c"}});
  REQUIRE(text.render() ==
          "# HELP a First.\n# TYPE a gauge\na 0.5\n"
          "# HELP b_total Second.\n# TYPE b_total counter\n"
          "b_total{topic=\"a\\\"b\"} 3\nb_total{topic=\"c\"} 4\n");
}

TEST_CASE("the process describes itself") {
  MetricsText text;
  add_process_metrics(text, 1.0);
  const auto rendered = text.render();
  for (const auto* name : {"process_cpu_seconds_total", "process_resident_memory_bytes",
                           "process_open_fds", "process_max_fds", "millrace_build_info"}) {
    REQUIRE(rendered.find(name) != std::string::npos);
  }
}

}  // namespace millrace::node
