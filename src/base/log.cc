#include <fondaco/base/json_write.h>
#include <fondaco/base/log.h>
#include <fondaco/base/time.h>

#include <unistd.h>

#include <atomic>
#include <string>

namespace fondaco::log {
namespace {

std::atomic<Level> g_level{Level::info};
std::atomic<bool> g_json{false};

constexpr std::string_view name_of(Level level) {
  switch (level) {
    case Level::debug:
      return "debug";
    case Level::info:
      return "info";
    case Level::warn:
      return "warn";
    case Level::error:
      return "error";
    case Level::off:
      break;
  }
  return "off";
}

void append_plain(std::string& line, std::string_view text) {
  if (text.find_first_of(" \"=\n\t") == std::string_view::npos && !text.empty()) {
    line += text;
  } else {
    append_json_string(line, text);
  }
}

std::string as_json(Level level, std::string_view module, std::string_view message,
                    std::initializer_list<Field> fields, Instant now) {
  std::string line;
  JsonWriter w(line);
  w.begin_object().member("time", now).member("level", name_of(level));
  w.member("module", module).member("message", message);
  for (const auto& f : fields) {
    w.key(f.key);
    if (f.is_text) {
      w.value(f.text);
    } else {
      w.value(f.number);
    }
  }
  w.end_object();
  return line;
}

std::string as_plain(Level level, std::string_view module, std::string_view message,
                     std::initializer_list<Field> fields, Instant now) {
  std::string line = format_rfc3339(now);
  line += ' ';
  line += name_of(level);
  line += ' ';
  line += module;
  line += ": ";
  line += message;
  for (const auto& f : fields) {
    line += ' ';
    line += f.key;
    line += '=';
    if (f.is_text) {
      append_plain(line, f.text);
    } else {
      line += std::to_string(f.number);
    }
  }
  return line;
}

}  // namespace

void set_level(Level level) { g_level = level; }
void set_json(bool json) { g_json = json; }

void write(Level level, std::string_view module, std::string_view message,
           std::initializer_list<Field> fields) {
  if (level < g_level.load(std::memory_order_relaxed)) return;
  const Instant now = SystemClock().now();
  std::string line = g_json ? as_json(level, module, message, fields, now)
                            : as_plain(level, module, message, fields, now);
  line += '\n';
  // A lost log line is no reason to fail a request.
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace fondaco::log
