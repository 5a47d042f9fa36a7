#include "cli/records/rdkafka.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "cli/client/endpoint.h"
#include "cli/records/property_names.h"

namespace millrace::cli {
namespace {

void on_error(rd_kafka_t*, int error, const char* reason, void* opaque) {
  static_cast<RdTrouble*>(opaque)->set(reason, error == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN);
}

// Its log lines repeat what on_error says.
void no_log(const rd_kafka_t*, int, const char*, const char*) {}

std::string joined(const std::vector<Endpoint>& endpoints) {
  std::string text;
  for (const auto& endpoint : endpoints) text += (text.empty() ? "" : ",") + endpoint.text();
  return text;
}

std::string sentence(rd_kafka_resp_err_t error) {
  std::string text = rd_kafka_err2str(error);
  for (const std::string_view prefix : {"Broker: ", "Local: "}) {
    if (text.starts_with(prefix)) text = text.substr(prefix.size());
  }
  if (!text.empty()) text[0] = static_cast<char>(std::tolower(text[0]));
  return text;
}

std::string code_of(rd_kafka_resp_err_t error) {
  std::string name = rd_kafka_err2name(error);
  return name.starts_with("_") ? name.substr(1) : name;
}

ExitCode exit_of(rd_kafka_resp_err_t error) {
  switch (error) {
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__MSG_TIMED_OUT:
    case RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT:
      return ExitCode::kTimedOut;
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
    case RD_KAFKA_RESP_ERR__RESOLVE:
      return ExitCode::kUnreachable;
    default:
      return ExitCode::kFailed;
  }
}

}  // namespace

void RdTrouble::set(std::string text, bool all_down) {
  const std::lock_guard lock(mutex_);
  text_ = std::move(text);
  if (all_down && !down_since_) down_since_ = std::chrono::steady_clock::now();
}

void RdTrouble::clear() {
  const std::lock_guard lock(mutex_);
  text_.clear();
  down_since_.reset();
}

std::string RdTrouble::text() const {
  const std::lock_guard lock(mutex_);
  return text_;
}

std::optional<std::chrono::steady_clock::time_point> RdTrouble::down_since() const {
  const std::lock_guard lock(mutex_);
  return down_since_;
}

Answer<void> rd_set(rd_kafka_conf_t* configuration, const std::string& name,
                    const std::string& value) {
  std::array<char, 512> why{};
  const auto set =
      rd_kafka_conf_set(configuration, name.c_str(), value.c_str(), why.data(), why.size());
  if (set == RD_KAFKA_CONF_OK) return {};
  return problem(usage_problem("-X", fmt::format("-X {}={}: {}", name, value, why.data())));
}

Answer<RdConfiguration> rd_configuration(const Globals& globals, RdTrouble& trouble) {
  CLI_TRY(check_property_names(globals.properties));
  const auto endpoints = parse_endpoints(globals.bootstrap, globals.bootstrap_origin);
  if (!endpoints) return problem(endpoints.error());
  RdConfiguration configuration(rd_kafka_conf_new(), rd_kafka_conf_destroy);
  auto* const raw = configuration.get();
  rd_kafka_conf_set_opaque(raw, &trouble);
  rd_kafka_conf_set_error_cb(raw, on_error);
  rd_kafka_conf_set_log_cb(raw, no_log);
  CLI_TRY(rd_set(raw, "bootstrap.servers", joined(*endpoints)));
  CLI_TRY(rd_set(raw, "client.id", "millrace"));
  for (const auto& [name, value] : globals.properties) CLI_TRY(rd_set(raw, name, value));
  return configuration;
}

Answer<RdHandle> rd_open(rd_kafka_type_t type, RdConfiguration configuration) {
  std::array<char, 512> why{};
  auto* const raw = rd_kafka_new(type, configuration.get(), why.data(), why.size());
  if (raw == nullptr) {
    return problem(usage_problem("-X", fmt::format("the client cannot start: {}", why.data())));
  }
  (void)configuration.release();  // now the handle's
  return RdHandle(raw, rd_kafka_destroy);
}

Problem rd_problem(rd_kafka_resp_err_t error, const std::string& target,
                   const std::string& attempted) {
  return {exit_of(error), code_of(error), target, fmt::format("{}: {}", attempted, sentence(error)),
          ""};
}

Answer<std::vector<std::int32_t>> rd_partitions(rd_kafka_t* handle, const std::string& topic,
                                                std::chrono::milliseconds timeout) {
  const RdTopic name(rd_kafka_topic_new(handle, topic.c_str(), nullptr), rd_kafka_topic_destroy);
  const struct rd_kafka_metadata* raw = nullptr;
  auto error = rd_kafka_metadata(handle, 0, name.get(), &raw, static_cast<int>(timeout.count()));
  const auto attempted = "cannot look up topic " + topic;
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return problem(rd_problem(error, topic, attempted));
  const std::unique_ptr<const struct rd_kafka_metadata, decltype(&rd_kafka_metadata_destroy)>
      metadata(raw, rd_kafka_metadata_destroy);
  std::vector<std::int32_t> partitions;
  for (int i = 0; i < metadata->topic_cnt; ++i) {
    error = metadata->topics[i].err;
    for (int j = 0; j < metadata->topics[i].partition_cnt; ++j) {
      partitions.push_back(metadata->topics[i].partitions[j].id);
    }
  }
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return problem(rd_problem(error, topic, attempted));
  std::sort(partitions.begin(), partitions.end());
  return partitions;
}

}  // namespace millrace::cli
