#include "node/log/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <set>

#include "node/loops/mutex.h"

namespace millrace::node {
namespace {

bool needs_quotes(std::string_view value) {
  if (value.empty()) return true;
  for (const char c : value) {
    if (static_cast<unsigned char>(c) <= ' ' || c == '"' || c == '=' || c == '\\' || c == 0x7f) {
      return true;
    }
  }
  return false;
}

void append_value(std::string& line, std::string_view value) {
  if (!needs_quotes(value)) {
    line += value;
    return;
  }
  line += '"';
  for (const char c : value) {
    if (c == '"' || c == '\\') {
      line += '\\';
      line += c;
    } else if (c == '\n') {
      line += "\\n";
    } else if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) {
      line += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      line += c;
    }
  }
  line += '"';
}

std::shared_ptr<spdlog::logger> make_logger() {
  auto logger = std::make_shared<spdlog::logger>("millrace",
                                                 std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_pattern("time=%Y-%m-%dT%H:%M:%S.%eZ %v", spdlog::pattern_time_type::utc);
  return logger;
}

spdlog::logger& logger() {
  static const auto instance = make_logger();
  return *instance;
}

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarn:
      return spdlog::level::warn;
    case LogLevel::kError:
      break;
  }
  return spdlog::level::err;
}

std::string_view name_of(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarn:
      return "warn";
    case LogLevel::kError:
      break;
  }
  return "error";
}

struct OnceKeys {
  Mutex mutex;  // guards keys
  std::set<std::string> keys ABSL_GUARDED_BY(mutex);

  bool is_first(const std::string& key) {
    const MutexLock lock(mutex);
    return keys.insert(key).second;
  }
};

}  // namespace

std::string format_log_line(std::string_view message, LogFields fields) {
  std::string line = "msg=";
  append_value(line, message);
  for (const auto& field : fields) {
    if (field.key.empty()) continue;
    line += ' ';
    line += field.key;
    line += '=';
    append_value(line, field.value);
  }
  return line;
}

void log(LogLevel level, std::string_view message, LogFields fields) {
  const auto spdlog_level = to_spdlog(level);
  if (!logger().should_log(spdlog_level)) return;
  logger().log(spdlog_level, "level={} {}", name_of(level), format_log_line(message, fields));
}

void set_log_level(LogLevel level) {
  logger().set_level(to_spdlog(level));
}

void warn_once(const std::string& key, std::string_view message, LogFields fields) {
  static OnceKeys once;
  if (once.is_first(key)) log_warn(message, fields);
}

bool LineLimit::allow(MonotonicTime now) {
  if (lines_ == 0 || now - interval_start_ >= interval_) {
    interval_start_ = now;
    lines_ = 0;
  }
  if (lines_ == lines_max_) {
    ++suppressed_;
    return false;
  }
  ++lines_;
  return true;
}

LogField LineLimit::take_suppressed() {
  const auto count = std::exchange(suppressed_, 0);
  return {count > 0 ? "not_shown" : "", count};
}

}  // namespace millrace::node
