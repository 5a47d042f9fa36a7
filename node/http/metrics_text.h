#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace millrace::node {

/// Collects samples and renders them in Prometheus' text format. Families without samples are left
/// out. Samples of one family may be added at any time; they are grouped by name.
class MetricsText {
 public:
  using Labels = std::initializer_list<std::pair<std::string_view, std::string>>;

  MetricsText();
  ~MetricsText();

  void counter(std::string_view name, std::string_view help, double value, Labels labels = {});
  void gauge(std::string_view name, std::string_view help, double value, Labels labels = {});
  /// Without quantiles: count and sum, from which a rate and a mean follow.
  void summary(std::string_view name, std::string_view help, std::uint64_t count, double sum,
               Labels labels = {});

  [[nodiscard]] std::string render() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// process_* of this process and millrace_build_info.
void add_process_metrics(MetricsText& text, double start_time_seconds);

}  // namespace millrace::node
