// From bytes of the request line to a path and a query that handlers may trust.
#include <fondaco/http/message.h>

namespace fondaco::http {
namespace {

constexpr std::size_t kPairsMax = 256;

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

enum class Place { path, pair };

/// Appends the decoded text; false for a broken escape, a zero byte, and in a path for a slash
/// that an escape hides: it would change which route the path means.
bool decode(std::string_view text, Place place, std::string& out) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      if (i + 2 >= text.size()) return false;
      const int high = digit_of(text[i + 1]);
      const int low = digit_of(text[i + 2]);
      if (high < 0 || low < 0) return false;
      c = static_cast<char>(high * 16 + low);
      if (place == Place::path && c == '/') return false;
      i += 2;
    } else if (c == '+' && place == Place::pair) {
      c = ' ';
    }
    if (c == '\0') return false;
    out += c;
  }
  return true;
}

bool has_dot_segment(std::string_view path) {
  while (!path.empty()) {
    path.remove_prefix(1);  // The slash before the segment.
    const auto segment = path.substr(0, path.find('/'));
    if (segment == "." || segment == "..") return true;
    path.remove_prefix(segment.size());
  }
  return false;
}

/// "http://host/path" to "/path": servers must understand what is meant for proxies.
std::string_view without_authority(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (target.size() <= scheme.size()) continue;
    if (!iequals_ascii(target.substr(0, scheme.size()), scheme)) continue;
    target.remove_prefix(scheme.size());
    const auto slash = target.find('/');
    return slash == target.npos ? std::string_view("/") : target.substr(slash);
  }
  return target;
}

}  // namespace

std::optional<Pairs> parse_pairs(std::string_view text) {
  Pairs out;
  while (!text.empty()) {
    const auto pair = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(text.size(), pair.size() + 1));
    if (pair.empty()) continue;
    if (out.size() == kPairsMax) return std::nullopt;
    const auto equals = pair.find('=');
    auto& [key, value] = out.emplace_back();
    if (!decode(pair.substr(0, equals), Place::pair, key)) return std::nullopt;
    if (equals != pair.npos && !decode(pair.substr(equals + 1), Place::pair, value)) {
      return std::nullopt;
    }
    if (!is_utf8(key) || !is_utf8(value)) return std::nullopt;
  }
  return out;
}

bool parse_target(std::string_view target, Request& request) {
  request.target.assign(target);
  request.path.clear();
  request.query.clear();
  if (target == "*") {
    request.path = "*";
    return request.method == Method::options;
  }
  target = without_authority(target);
  target = target.substr(0, target.find('#'));
  const auto mark = target.find('?');
  const auto path = target.substr(0, mark);
  if (path.empty() || path.front() != '/') return false;
  request.path.reserve(path.size());
  if (!decode(path, Place::path, request.path)) return false;
  if (!is_utf8(request.path) || has_dot_segment(request.path)) return false;
  if (mark == target.npos) return true;
  auto pairs = parse_pairs(target.substr(mark + 1));
  if (!pairs) return false;
  request.query = std::move(*pairs);
  return true;
}

}  // namespace fondaco::http
