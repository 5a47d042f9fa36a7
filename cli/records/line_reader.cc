#include "cli/records/line_reader.h"

namespace millrace::cli {

LineRead read_line(std::istream& in, std::string& line, std::size_t bytes_max) {
  line.clear();
  auto* const buffer = in.rdbuf();
  for (int c = buffer->sbumpc(); c != std::istream::traits_type::eof(); c = buffer->sbumpc()) {
    if (c == '\n') return LineRead::kLine;
    if (line.size() == bytes_max) return LineRead::kTooLong;
    line += static_cast<char>(c);
  }
  return line.empty() ? LineRead::kEnd : LineRead::kLine;
}

LineRead read_all(std::istream& in, std::string& text, std::size_t bytes_max) {
  text.clear();
  char piece[64 * 1024];
  while (true) {
    const auto got = in.rdbuf()->sgetn(piece, sizeof(piece));
    if (got <= 0) return LineRead::kLine;
    if (text.size() + static_cast<std::size_t>(got) > bytes_max) return LineRead::kTooLong;
    text.append(piece, static_cast<std::size_t>(got));
  }
}

}  // namespace millrace::cli
