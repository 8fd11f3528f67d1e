// Appends JSON text to a string, member by member. Depends on id.h and money.h.
// No tree is built: writing a product costs one pass. Commas and escapes are its business.
#pragma once

#include <fondaco/base/id.h>
#include <fondaco/base/money.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace fondaco {

class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}

  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }
  JsonWriter& key(std::string_view name);

  JsonWriter& value(std::string_view text);
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }
  JsonWriter& value(const std::string& text) { return value(std::string_view(text)); }
  JsonWriter& value(bool b);
  JsonWriter& value(std::int64_t n);
  JsonWriter& value(std::uint64_t n) { return value(static_cast<std::int64_t>(n)); }
  JsonWriter& value(int n) { return value(static_cast<std::int64_t>(n)); }
  JsonWriter& value(double number);
  JsonWriter& null();
  /// Already JSON.
  JsonWriter& raw(std::string_view json);

  JsonWriter& value(Instant t) { return value(format_rfc3339(t)); }
  JsonWriter& value(Money m);
  template <class Tag>
  JsonWriter& value(Id<Tag> id) {
    return value(to_text(id));
  }
  template <class T>
  JsonWriter& member(std::string_view name, const T& v) {
    return key(name).value(v);
  }

 private:
  JsonWriter& open(char c);
  JsonWriter& close(char c);
  void separate();
  std::string& out_;
  bool comma_ = false;
};

void append_json_string(std::string& out, std::string_view text);

}  // namespace fondaco
