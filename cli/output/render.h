#pragma once

#include <string>

#include "cli/output/format.h"
#include "cli/output/outcome.h"
#include "cli/output/shape.h"

namespace millrace::cli {

/// The version of the JSON documents: it changes when a field changes its meaning or goes away.
inline constexpr int kDocumentVersion = 1;

/// What goes to standard output and to standard error.
struct Rendered {
  std::string out;
  std::string err;
};

/// The outcome in the format. Requires: not kTsvHeader or kSchema, which need no outcome.
Rendered render(const std::string& command, const Shape& shape, const Outcome& outcome,
                OutputFormat format);

/// `{"command","version","items","errors"}`
Json document(const std::string& command, const Outcome& outcome);

/// The titles of all columns, as the first line of a tsv file.
std::string tsv_header(const Shape& shape);

/// The problem as a person reads it, on one or two lines.
std::string problem_text(const Problem& error);

}  // namespace millrace::cli
