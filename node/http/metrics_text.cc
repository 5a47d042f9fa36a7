#include "node/http/metrics_text.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>
#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <vector>

#include "node/config/version.h"

namespace millrace::node {

struct MetricsText::Impl {
  prometheus::ClientMetric& add(prometheus::MetricType type, std::string_view name,
                                std::string_view help, Labels labels) {
    auto& family = families[std::string(name)];
    if (family.name.empty()) {
      family.name = name;
      family.help = help;
      family.type = type;
    }
    auto& metric = family.metric.emplace_back();
    for (const auto& [key, value] : labels) metric.label.push_back({std::string(key), value});
    return metric;
  }

  std::map<std::string, prometheus::MetricFamily> families;
};

MetricsText::MetricsText() : impl_(std::make_unique<Impl>()) {}
MetricsText::~MetricsText() = default;

void MetricsText::counter(std::string_view name, std::string_view help, double value,
                          Labels labels) {
  impl_->add(prometheus::MetricType::Counter, name, help, labels).counter.value = value;
}

void MetricsText::gauge(std::string_view name, std::string_view help, double value, Labels labels) {
  impl_->add(prometheus::MetricType::Gauge, name, help, labels).gauge.value = value;
}

void MetricsText::summary(std::string_view name, std::string_view help, std::uint64_t count,
                          double sum, Labels labels) {
  auto& summary = impl_->add(prometheus::MetricType::Summary, name, help, labels).summary;
  summary.sample_count = count;
  summary.sample_sum = sum;
}

std::string MetricsText::render() const {
  std::vector<prometheus::MetricFamily> families;
  families.reserve(impl_->families.size());
  for (const auto& [name, family] : impl_->families) families.push_back(family);
  return prometheus::TextSerializer().Serialize(families);
}

namespace {

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

double resident_bytes() {
  std::ifstream file("/proc/self/statm");
  long total = 0;
  long resident = 0;
  file >> total >> resident;
  return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double open_descriptors() {
  std::error_code error;
  double count = 0;
  for (auto it = std::filesystem::directory_iterator("/proc/self/fd", error);
       it != std::filesystem::directory_iterator(); it.increment(error)) {
    if (error) break;
    ++count;
  }
  return count;
}

}  // namespace

void add_process_metrics(MetricsText& text, double start_time_seconds) {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  rlimit descriptors{};
  getrlimit(RLIMIT_NOFILE, &descriptors);
  text.counter("process_cpu_seconds_total", "CPU time used, user and system.",
               seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime));
  text.gauge("process_resident_memory_bytes", "Memory in RAM.", resident_bytes());
  text.gauge("process_open_fds", "Open file descriptors.", open_descriptors());
  text.gauge("process_max_fds", "Most file descriptors that may be open.",
             static_cast<double>(descriptors.rlim_cur));
  text.gauge("process_start_time_seconds", "When the process started, in seconds since 1970.",
             start_time_seconds);
  text.gauge("millrace_build_info", "Always 1; the version is a label.", 1,
             {{"version", std::string(kVersion)}});
}

}  // namespace millrace::node
