// Text helpers without I/O: UTF-8, hex, base 32, base 64, trimming. Depends on nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fondaco {

bool is_utf8(std::string_view text);
std::string_view trim(std::string_view text);
std::vector<std::string_view> split(std::string_view text, char separator);
std::string to_lower_ascii(std::string_view text);
bool iequals_ascii(std::string_view a, std::string_view b);
std::optional<std::int64_t> parse_int(std::string_view text);

std::string to_hex(std::string_view bytes);
std::optional<std::string> from_hex(std::string_view text);
/// URL-safe base 64 without padding.
std::string to_base64url(std::string_view bytes);
std::optional<std::string> from_base64url(std::string_view text);
std::string to_base64(std::string_view bytes);
/// RFC 4648 base 32, upper case, no padding (TOTP secrets).
std::string to_base32(std::string_view bytes);

/// "Blue Shirt, 40 cm" -> "blue-shirt-40-cm"; keeps letters of any script.
std::string slugify(std::string_view text);
/// For HTML text and attribute values.
std::string escape_html(std::string_view text);
/// Calls with each code point; malformed bytes come as U+FFFD.
template <class F>
void each_code_point(std::string_view text, F&& f);
std::uint32_t next_code_point(std::string_view& rest);
void append_utf8(std::string& out, std::uint32_t code_point);

template <class F>
void each_code_point(std::string_view text, F&& f) {
  while (!text.empty()) f(next_code_point(text));
}

}  // namespace fondaco
