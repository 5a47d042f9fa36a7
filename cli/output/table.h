#pragma once

#include <string>
#include <vector>

namespace millrace::cli {

/// Columns padded to their widest cell and two spaces apart, without trailing blanks. Cells show
/// control characters escaped. Widths count characters of UTF-8, not bytes.
std::string table_text(const std::vector<std::string>& titles,
                       const std::vector<std::vector<std::string>>& rows);

}  // namespace millrace::cli
