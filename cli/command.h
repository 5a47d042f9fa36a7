#pragma once

#include <string>
#include <vector>

#include "cli/output/format.h"
#include "cli/output/outcome.h"
#include "cli/output/shape.h"
#include "cli/problem.h"

/// A command as data. Parsing, help, completion and docs/reference/cli.md all come from it.
namespace millrace::cli {

class Context;

enum class ValueKind { kFlag, kText, kInteger, kDuration, kKeyValue, kChoice };

struct Option {
  std::string names;  // "-p,--partition"; the last name is what code asks for
  std::string value;  // what help calls the value; "" for a flag
  std::string text;
  ValueKind kind = ValueKind::kText;
  bool repeatable = false;
  bool required = false;
  std::string fallback;              // shown in help; "" for none
  std::vector<std::string> choices;  // of kChoice
  long long min = 0;                 // of kInteger
  long long max = 2147483647;

  /// "--partition"
  [[nodiscard]] std::string key() const;
};

struct Argument {
  std::string name;  // "TOPIC"; "" when the command takes none
  std::string text;
  int min = 0;
  int max = 0;            // -1 for any number
  bool is_topic = false;  // completion offers the cluster's topics
  std::vector<std::string> choices;
};

struct Example {
  std::string line;
  std::string text;
};

struct Command {
  std::string path;  // "topic create"
  std::string summary;
  std::string details;
  Argument argument;
  std::vector<Option> options;
  Shape shape;
  std::vector<Example> examples;
  /// Exactly one of the two: an answer is rendered as -o says; a stream writes by itself and
  /// returns what went wrong.
  Outcome (*answer)(Context&) = nullptr;
  std::vector<Problem> (*stream)(Context&) = nullptr;
  /// Left out of help and the reference.
  bool hidden = false;
  /// Formats of -o that make no sense for it.
  std::vector<OutputFormat> refused_formats;

  [[nodiscard]] const Option* option(const std::string& key) const;
};

/// A word that groups commands: "topic".
struct Noun {
  std::string name;
  std::string summary;
};

}  // namespace millrace::cli
