#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/error.h"

/// One line on stderr per event, in logfmt: `time=... level=info msg="listening" address=:9092`.
/// Safe to call from any thread.
namespace millrace::node {

enum class LogLevel { kDebug, kInfo, kWarn, kError };

/// A key and what goes behind its '='; quoted and escaped when it has to be. Without a key it is
/// left out.
struct LogField {
  template <class T>
  LogField(std::string_view key, const T& value) : key(key), value(fmt::to_string(value)) {}
  LogField(std::string_view key, std::string value) : key(key), value(std::move(value)) {}
  LogField(std::string_view key, std::string_view value) : key(key), value(value) {}
  LogField(std::string_view key, const char* value) : key(key), value(value) {}

  std::string_view key;
  std::string value;
};

using LogFields = std::initializer_list<LogField>;

/// The line without time and level.
std::string format_log_line(std::string_view message, LogFields fields);

void log(LogLevel level, std::string_view message, LogFields fields = {});
inline void log_debug(std::string_view m, LogFields f = {}) {
  log(LogLevel::kDebug, m, f);
}
inline void log_info(std::string_view m, LogFields f = {}) {
  log(LogLevel::kInfo, m, f);
}
inline void log_warn(std::string_view m, LogFields f = {}) {
  log(LogLevel::kWarn, m, f);
}
inline void log_error(std::string_view m, LogFields f = {}) {
  log(LogLevel::kError, m, f);
}

/// Lines below `level` are dropped from now on. The default is kInfo.
void set_log_level(LogLevel level);

/// Logs a warning the first time it is called with `key`, and never again in this process.
void warn_once(const std::string& key, std::string_view message, LogFields fields = {});

/// Lets a few lines of one kind through per interval and counts the rest, so that a hostile client
/// cannot fill the disk with log lines. One owner, one thread.
class LineLimit {
 public:
  LineLimit(int lines_per_interval, Duration interval)
      : lines_max_(lines_per_interval), interval_(interval) {}

  /// Whether this line may be written.
  [[nodiscard]] bool allow(MonotonicTime now);
  /// For the line that is allowed: how many were refused before it, if any were.
  [[nodiscard]] LogField take_suppressed();

 private:
  const int lines_max_;
  const Duration interval_;
  MonotonicTime interval_start_{};
  int lines_ = 0;
  std::uint64_t suppressed_ = 0;
};

}  // namespace millrace::node
