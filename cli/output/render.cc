#include "cli/output/render.h"

#include <algorithm>

#include "base/check.h"
#include "cli/output/rows.h"
#include "cli/output/table.h"
#include "cli/output/yaml.h"
#include "cli/text/encoding.h"

namespace millrace::cli {
namespace {

std::string tsv_line(const std::vector<std::string>& cells) {
  std::string line;
  for (const auto& cell : cells) line += (line.empty() ? "" : "\t") + cell;
  return line + "\n";
}

std::string table(const Shape& shape, const Outcome& outcome, bool wide) {
  std::vector<Column> columns = shape.columns;
  if (!wide) std::erase_if(columns, [](const Column& column) { return column.wide_only; });
  std::vector<std::string> titles;
  for (const auto& column : columns) titles.push_back(column.title);
  std::vector<std::vector<std::string>> rows;
  for (const auto& item : outcome.items) {
    for (auto& row : rows_of(item, shape, columns)) rows.push_back(std::move(row));
  }
  if (rows.empty() || titles.empty()) return "";
  std::string out = table_text(titles, rows);
  for (const auto& line : outcome.table_footer) out += line + "\n";
  return out;
}

std::string tsv(const Shape& shape, const Outcome& outcome) {
  std::string out;
  for (const auto& item : outcome.items) {
    for (auto& row : rows_of(item, shape, shape.columns)) {
      for (auto& cell : row) cell = escape_cell(cell);
      out += tsv_line(row);
    }
  }
  return out;
}

// Items with several rows are named once, unless the name is the row's own.
std::string names(const Shape& shape, const Outcome& outcome) {
  std::vector<std::string> lines;
  for (const auto& item : outcome.items) {
    for (const auto& row : rows_of(item, shape, {{"NAME", shape.name}})) {
      if (lines.empty() || lines.back() != row[0]) lines.push_back(row[0]);
    }
  }
  std::string out;
  for (const auto& line : lines) out += line + "\n";
  return out;
}

std::string body(const std::string& command, const Shape& shape, const Outcome& outcome,
                 OutputFormat format) {
  switch (format) {
    case OutputFormat::kTable:
      return shape.silent_table ? "" : table(shape, outcome, false);
    case OutputFormat::kWide:
      return table(shape, outcome, true);
    case OutputFormat::kTsv:
      return tsv(shape, outcome);
    case OutputFormat::kName:
      return names(shape, outcome);
    case OutputFormat::kJson:
      return document(command, outcome).dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
    case OutputFormat::kYaml:
      return yaml_text(document(command, outcome));
    case OutputFormat::kTsvHeader:
    case OutputFormat::kSchema:
      break;
  }
  CHECK_MSG(false, "this format needs no outcome");
}

}  // namespace

Rendered render(const std::string& command, const Shape& shape, const Outcome& outcome,
                OutputFormat format) {
  Rendered rendered;
  rendered.out = body(command, shape, outcome, format);
  for (const auto& note : outcome.notes) rendered.err += note + "\n";
  if (is_document(format)) return rendered;
  for (const auto& error : outcome.errors) rendered.err += problem_text(error);
  return rendered;
}

Json document(const std::string& command, const Outcome& outcome) {
  Json errors = Json::array();
  for (const auto& error : outcome.errors) {
    errors.push_back({{"code", error.code},
                      {"target", error.target},
                      {"message", error.message},
                      {"hint", error.hint}});
  }
  return {{"command", command},
          {"version", kDocumentVersion},
          {"items", outcome.items},
          {"errors", std::move(errors)}};
}

std::string tsv_header(const Shape& shape) {
  std::vector<std::string> titles;
  for (const auto& column : shape.columns) titles.push_back(column.title);
  return tsv_line(titles);
}

std::string problem_text(const Problem& error) {
  std::string text = "millrace: " + error.message + "\n";
  if (!error.hint.empty()) text += "  " + error.hint + "\n";
  return text;
}

}  // namespace millrace::cli
