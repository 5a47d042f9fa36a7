#pragma once

#include <string>
#include <string_view>
#include <vector>

/// What a command prints, as data: tables, tsv, names and the JSON schema all come from it.
namespace millrace::cli {

enum class FieldType { kString, kInteger, kBoolean, kIntegers, kMap, kObject, kObjects };

/// A field of a JSON item. A kMap is an object of strings with free names.
struct Field {
  std::string name;
  FieldType type = FieldType::kString;
  std::string text;
  bool nullable = false;
  std::vector<Field> fields;  // of kObject and kObjects
};

/// A column of the table and of tsv. `path` is a field of the item, or "<rows>.<field>" for one of
/// the row's.
struct Column {
  std::string title;
  std::string path;
  bool wide_only = false;
};

/// Items of one command. Column order is a contract for tsv, which has every column.
struct Shape {
  std::vector<Field> fields;
  std::vector<Column> columns;
  /// A kObjects field of the item with one table row for each element; "" for one row per item.
  std::string rows;
  /// Another such field with the same fields: its elements are rows, too, after those of `rows`.
  std::string more_rows;
  /// What `-o name` prints: a path like a column's.
  std::string name;
  /// The plain table shows nothing: what the command says goes to stderr.
  bool silent_table = false;
};

}  // namespace millrace::cli
