#include "cli/records/property_names.h"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include <array>
#include <memory>

#include "cli/text/nearest.h"

namespace millrace::cli {
namespace {

using Configuration = std::unique_ptr<rd_kafka_conf_t, decltype(&rd_kafka_conf_destroy)>;

std::vector<std::string> known_names() {
  std::vector<std::string> names;
  for (const auto& spec : client_properties()) names.push_back(spec.name);
  const Configuration configuration(rd_kafka_conf_new(), rd_kafka_conf_destroy);
  std::size_t count = 0;
  const char** const dump = rd_kafka_conf_dump(configuration.get(), &count);
  for (std::size_t i = 0; i + 1 < count; i += 2) names.emplace_back(dump[i]);
  rd_kafka_conf_dump_free(dump, count);
  return names;
}

bool librdkafka_knows(const std::string& name, const std::string& value) {
  const Configuration configuration(rd_kafka_conf_new(), rd_kafka_conf_destroy);
  std::array<char, 512> why{};
  return rd_kafka_conf_set(configuration.get(), name.c_str(), value.c_str(), why.data(),
                           why.size()) != RD_KAFKA_CONF_UNKNOWN;
}

}  // namespace

Answer<void> check_property_names(const Properties& properties) {
  for (const auto& [name, value] : properties) {
    if (librdkafka_knows(name, value)) continue;
    const auto near = did_you_mean(name, known_names());
    return problem(usage_problem("-X", fmt::format("-X {}: there is no such property", name),
                                 near.empty() ? "-X list names the most useful ones" : near));
  }
  return {};
}

}  // namespace millrace::cli
