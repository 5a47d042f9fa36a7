#include "cli/output/table.h"

#include <algorithm>

#include "cli/text/encoding.h"

namespace millrace::cli {
namespace {

std::size_t width_of(const std::string& text) {
  const auto continues = [](char byte) {
    return (static_cast<unsigned char>(byte) & 0xc0) == 0x80;
  };
  return text.size() - static_cast<std::size_t>(std::count_if(text.begin(), text.end(), continues));
}

void append_row(const std::vector<std::string>& cells, const std::vector<std::size_t>& widths,
                std::string& out) {
  for (std::size_t i = 0; i < cells.size(); ++i) {
    out += cells[i];
    const bool last = i + 1 == cells.size();
    if (!last) out.append(widths[i] - width_of(cells[i]) + 2, ' ');
  }
  out.erase(out.find_last_not_of(' ') + 1);
  out += '\n';
}

}  // namespace

std::string table_text(const std::vector<std::string>& titles,
                       const std::vector<std::vector<std::string>>& rows) {
  auto lines = rows;
  for (auto& line : lines) {
    for (auto& cell : line) cell = escape_cell(cell);
  }
  lines.insert(lines.begin(), titles);
  std::vector<std::size_t> widths(titles.size(), 0);
  for (const auto& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i) {
      widths[i] = std::max(widths[i], width_of(line[i]));
    }
  }
  std::string out;
  for (const auto& line : lines) append_row(line, widths, out);
  return out;
}

}  // namespace millrace::cli
