#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cli/problem.h"

namespace millrace::cli {

/// Whether the bytes are UTF-8 as RFC 3629 defines it (no surrogates, no overlong forms).
bool is_utf8(std::string_view bytes);

std::string base64(std::string_view bytes);
/// Nothing when it is not base64.
std::optional<std::string> from_base64(std::string_view text);

/// Tab, line end, carriage return and backslash as \t, \n, \r and \\, so that a value stays in its
/// cell of a tsv line.
std::string escape_cell(std::string_view text);

/// The inverse, for delimiters on the command line: \t, \n, \r, \0, \\ and \xHH.
/// `flag` is named in the problem.
Answer<std::string> unescape(std::string_view text, std::string_view flag);

}  // namespace millrace::cli
