// Structured log lines to standard error: key=value or JSON, one line each. Depends on nothing.
// Never a name, address, mail, card or search text in a line; ids and counts only.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>

namespace fondaco::log {

enum class Level { debug, info, warn, error, off };

struct Field {
  Field(std::string_view k, std::string_view v) : key(k), text(v), number(0), is_text(true) {}
  Field(std::string_view k, const char* v) : Field(k, std::string_view(v)) {}
  Field(std::string_view k, const std::string& v) : Field(k, std::string_view(v)) {}
  template <class N>
    requires std::is_integral_v<N>
  Field(std::string_view k, N n) : key(k), number(static_cast<std::int64_t>(n)), is_text(false) {}
  std::string_view key;
  std::string_view text;
  std::int64_t number;
  bool is_text;
};

void set_level(Level level);
void set_json(bool json);
/// Thread-safe; `module` names the logger. One write(2) a line.
void write(Level level, std::string_view module, std::string_view message,
           std::initializer_list<Field> fields = {});

inline void info(std::string_view module, std::string_view message,
                 std::initializer_list<Field> fields = {}) {
  write(Level::info, module, message, fields);
}
inline void warn(std::string_view module, std::string_view message,
                 std::initializer_list<Field> fields = {}) {
  write(Level::warn, module, message, fields);
}
inline void error(std::string_view module, std::string_view message,
                  std::initializer_list<Field> fields = {}) {
  write(Level::error, module, message, fields);
}

}  // namespace fondaco::log
