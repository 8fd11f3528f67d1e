#include "wire.h"

#include <charconv>
#include <ctime>

namespace fondaco::http {
namespace {

bool has_no_body(int status) { return status == 204 || status == 304 || status < 200; }

void append_int(std::string& out, std::size_t n) {
  char digits[24];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, n).ptr);
}

/// A line break in a value would start a header of somebody else's choice.
void append_value(std::string& out, std::string_view value) {
  constexpr std::string_view kBreaks("\r\n\0", 3);
  if (value.find_first_of(kBreaks) == value.npos) {
    out += value;
    return;
  }
  for (const char c : value) out += kBreaks.find(c) == kBreaks.npos ? c : ' ';
}

std::string_view full_body(const Response& r) {
  return r.shared_body ? std::string_view(*r.shared_body) : std::string_view(r.body);
}

}  // namespace

std::string http_date(Instant t) {
  const auto whole = static_cast<std::time_t>(t.us / 1'000'000);
  std::tm parts{};
  gmtime_r(&whole, &parts);
  char text[64];
  return {text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts)};
}

std::string_view wire_body(const Call& call) {
  const auto& r = call.response();
  if (call.request().method == Method::head || has_no_body(r.status)) return {};
  return full_body(r);
}

void append_head(std::string& out, Dispatcher& dispatcher, Call& call, const WireOptions& o) {
  // The status is known for certain only when the answer is finished: room for it is left here.
  const auto start = out.size();
  out += "HTTP/1.1 000 ";
  out += "\r\n";
  const auto sink = [&out](std::string_view name, std::string_view value) {
    out.append(name).append(": ");
    append_value(out, value);
    out += "\r\n";
  };
  dispatcher.finish(call, sink);
  const auto& r = call.response();
  char status[3] = {static_cast<char>('0' + r.status / 100 % 10),
                    static_cast<char>('0' + r.status / 10 % 10),
                    static_cast<char>('0' + r.status % 10)};
  out.replace(start + 9, 3, status, 3);
  out.insert(start + 13, reason_of(r.status));
  out.append("Date: ").append(o.date).append("\r\n");
  if (!has_no_body(r.status) && !call.stream_) {
    out += "Content-Length: ";
    append_int(out, full_body(r).size());
    out += "\r\n";
  }
  if (!o.keep) {
    out += "Connection: close\r\n";
  } else if (o.version < 11) {
    out += "Connection: keep-alive\r\n";
  }
  out += "\r\n";
}

}  // namespace fondaco::http
