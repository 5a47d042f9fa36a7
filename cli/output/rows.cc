#include "cli/output/rows.h"

namespace millrace::cli {
namespace {

std::string joined(const Json& list) {
  std::string text;
  for (const auto& element : list) text += (text.empty() ? "" : ",") + cell_text(element);
  return text;
}

std::string joined_map(const Json& map) {
  std::string text;
  for (const auto& [name, value] : map.items()) {
    text += (text.empty() ? "" : ",") + name + "=" + cell_text(value);
  }
  return text;
}

const Json& member(const Json& object, const std::string& name) {
  static const Json null;
  const auto found = object.find(name);
  return found == object.end() ? null : *found;
}

// `row` is the element of shape.rows, or null when the item is its own row.
const Json& value_at(const Json& item, const Json& row, const Shape& shape,
                     const std::string& path) {
  const auto prefix = shape.rows + ".";
  if (!shape.rows.empty() && path.starts_with(prefix)) {
    return member(row, path.substr(prefix.size()));
  }
  return member(item, path);
}

std::vector<std::string> row_of(const Json& item, const Json& row, const Shape& shape,
                                const std::vector<Column>& columns) {
  std::vector<std::string> cells;
  for (const auto& column : columns) {
    cells.push_back(cell_text(value_at(item, row, shape, column.path)));
  }
  return cells;
}

}  // namespace

std::string cell_text(const Json& value) {
  std::string text;
  if (value.is_string()) {
    text = value.get<std::string>();
  } else if (value.is_boolean()) {
    text = value.get<bool>() ? "yes" : "no";
  } else if (value.is_array()) {
    text = joined(value);
  } else if (value.is_object()) {
    text = joined_map(value);
  } else if (!value.is_null()) {
    text = value.dump();
  }
  return text.empty() ? "-" : text;
}

std::vector<std::vector<std::string>> rows_of(const Json& item, const Shape& shape,
                                              const std::vector<Column>& columns) {
  if (shape.rows.empty()) return {row_of(item, Json(), shape, columns)};
  std::vector<std::vector<std::string>> rows;
  for (const auto& field : {shape.rows, shape.more_rows}) {
    if (field.empty()) continue;
    for (const auto& row : member(item, field)) {
      rows.push_back(row_of(item, row, shape, columns));
    }
  }
  return rows;
}

}  // namespace millrace::cli
