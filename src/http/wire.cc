#include "wire.h"

#include <fondaco/base/text.h>

#include <algorithm>
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

Response refusal_of(int status, std::size_t header_limit, std::size_t body_limit) {
  switch (status) {
    case 408:
      return problem(408, "request_timeout", "the request did not arrive in time");
    case 413:
      return problem(413, "body_too_large",
                     "the body is larger than " + std::to_string(body_limit) + " bytes");
    case 431:
      return problem(431, "header_too_large",
                     "the header is larger than " + std::to_string(header_limit) +
                         " bytes or has more than 100 fields");
    case 501:
      return problem(501, "method_unknown", "this method is not known here");
    case 505:
      return problem(505, "version_unknown", "this speaks HTTP/1.1 and HTTP/1.0");
    default:
      break;
  }
  return problem(400, "malformed_request", "the request is malformed");
}

std::string turned_away() {
  const Response r = problem(503, "too_many_connections", "try again later");
  return "HTTP/1.1 503 Service Unavailable\r\nContent-Type: " + r.content_type +
         "\r\nConnection: close\r\nRetry-After: 1\r\nContent-Length: " +
         std::to_string(r.body.size()) + "\r\n\r\n" + r.body;
}

// Its own word is the last of the list; what stands before came from outside.
void believe_proxy(Request& q, const std::string& trusted) {
  if (trusted.empty() || q.remote != trusted) return;
  const auto list = q.header("x-forwarded-for");
  const auto last = trim(list.substr(list.rfind(',') + 1));
  if (!last.empty()) q.remote = last;
  q.secure = iequals_ascii(q.header("x-forwarded-proto"), "https");
  const auto id = q.header("x-request-id");
  const bool plain = std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '_' || c == '.';
  });
  if (plain && id.size() <= 64) q.id = id;
}

}  // namespace fondaco::http
