#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::cli {

/// What -o chooses.
enum class OutputFormat { kTable, kWide, kJson, kYaml, kTsv, kName, kTsvHeader, kSchema };

std::optional<OutputFormat> output_format_named(std::string_view name);
std::string_view name_of(OutputFormat format);
std::vector<std::string> output_format_names();

/// json and yaml: errors are part of the one document on standard output.
inline bool is_document(OutputFormat format) {
  return format == OutputFormat::kJson || format == OutputFormat::kYaml;
}

}  // namespace millrace::cli
