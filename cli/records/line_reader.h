#pragma once

#include <istream>
#include <optional>
#include <string>

namespace millrace::cli {

/// Longest line (or with --format raw, input) that produce takes: what no Kafka cluster accepts
/// anyway.
inline constexpr std::size_t kInputRecordBytesMax = std::size_t{256} << 20;

enum class LineRead { kLine, kEnd, kTooLong };

/// The next line without its end. kTooLong: the stream stands somewhere in that line.
LineRead read_line(std::istream& in, std::string& line,
                   std::size_t bytes_max = kInputRecordBytesMax);

/// Everything that is left.
LineRead read_all(std::istream& in, std::string& text,
                  std::size_t bytes_max = kInputRecordBytesMax);

}  // namespace millrace::cli
