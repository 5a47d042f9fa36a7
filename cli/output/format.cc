#include "cli/output/format.h"

#include <array>
#include <utility>

namespace millrace::cli {
namespace {

constexpr std::array<std::pair<OutputFormat, std::string_view>, 8> kFormats = {
    {{OutputFormat::kTable, "table"},
     {OutputFormat::kWide, "wide"},
     {OutputFormat::kJson, "json"},
     {OutputFormat::kYaml, "yaml"},
     {OutputFormat::kTsv, "tsv"},
     {OutputFormat::kName, "name"},
     {OutputFormat::kTsvHeader, "tsv-header"},
     {OutputFormat::kSchema, "schema"}}};

}  // namespace

std::optional<OutputFormat> output_format_named(std::string_view name) {
  for (const auto& [format, its_name] : kFormats) {
    if (its_name == name) return format;
  }
  return std::nullopt;
}

std::string_view name_of(OutputFormat format) {
  return kFormats[static_cast<std::size_t>(format)].second;
}

std::vector<std::string> output_format_names() {
  std::vector<std::string> names;
  for (const auto& entry : kFormats) names.emplace_back(entry.second);
  return names;
}

}  // namespace millrace::cli
