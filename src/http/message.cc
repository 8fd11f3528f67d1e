#include <fondaco/base/json_write.h>
#include <fondaco/http/message.h>
#include <fondaco/http/multipart.h>

#include <algorithm>

namespace fondaco::http {

std::string_view Request::header(std::string_view name) const {
  for (const auto& h : headers) {
    if (h.name.size() == name.size() && iequals_ascii(h.name, name)) return h.value;
  }
  return {};
}

std::optional<std::string> Request::query_value(std::string_view name) const {
  for (const auto& [key, value] : query) {
    if (key == name) return value;
  }
  return std::nullopt;
}

std::optional<std::string> Request::cookie(std::string_view name) const {
  for (const auto& h : headers) {
    if (!iequals_ascii(h.name, "cookie")) continue;
    for (const auto part : split(h.value, ';')) {
      const auto pair = trim(part);
      const auto equals = pair.find('=');
      if (equals != pair.npos && pair.substr(0, equals) == name) {
        return std::string(pair.substr(equals + 1));
      }
    }
  }
  return std::nullopt;
}

std::optional<std::string> Request::form_value(std::string_view name) const {
  const auto type = header("content-type");
  const auto media = trim(type.substr(0, type.find(';')));
  if (iequals_ascii(media, "multipart/form-data")) {
    const auto parts = parse_multipart(type, body);
    if (!parts) return std::nullopt;
    for (const FormPart& part : *parts) {
      if (part.name == name && !part.is_file) return std::string(part.content);
    }
    return std::nullopt;
  }
  if (!iequals_ascii(media, "application/x-www-form-urlencoded")) return std::nullopt;
  const auto pairs = parse_pairs(body);
  if (!pairs) return std::nullopt;
  for (const auto& [key, value] : *pairs) {
    if (key == name) return value;
  }
  return std::nullopt;
}

Response json(std::string body, int status) {
  Response r;
  r.status = status;
  r.body = std::move(body);
  return r;
}

Response html(std::string body, int status) {
  Response r;
  r.status = status;
  r.body = std::move(body);
  r.content_type = "text/html; charset=utf-8";
  return r;
}

Response redirect(std::string location, int status) {
  Response r;
  r.status = status;
  r.content_type.clear();
  r.with("Location", std::move(location));
  return r;
}

Response no_content() {
  Response r;
  r.status = 204;
  r.content_type.clear();
  return r;
}

Response problem(int status, std::string_view code, std::string_view detail,
                 std::string_view extra) {
  Response r;
  r.status = status;
  r.content_type = "application/problem+json";
  JsonWriter w(r.body);
  w.begin_object().member("type", "about:blank").member("title", reason_of(status));
  w.member("status", status).member("code", code).member("detail", detail);
  w.end_object();
  if (!extra.empty()) {
    r.body.back() = ',';
    r.body += extra;
    r.body += '}';
  }
  return r;
}

Response invalid(std::string_view pointer, std::string_view message) {
  std::string extra = R"("errors":[)";
  JsonWriter w(extra);
  w.begin_object().member("pointer", pointer).member("detail", message).end_object();
  extra += ']';
  std::string detail(pointer.empty() ? "the request" : pointer);
  detail += ' ';
  detail += message;
  return problem(422, "invalid_request", detail, extra);
}

std::string_view name_of(Method method) {
  switch (method) {
    case Method::get:
      return "GET";
    case Method::head:
      return "HEAD";
    case Method::post:
      return "POST";
    case Method::put:
      return "PUT";
    case Method::patch:
      return "PATCH";
    case Method::del:
      return "DELETE";
    case Method::options:
      break;
  }
  return "OPTIONS";
}

std::string_view reason_of(int status) {
  struct Reason {
    int status;
    std::string_view text;
  };
  static constexpr Reason kReasons[] = {{200, "OK"},
                                        {201, "Created"},
                                        {202, "Accepted"},
                                        {204, "No Content"},
                                        {206, "Partial Content"},
                                        {301, "Moved Permanently"},
                                        {302, "Found"},
                                        {303, "See Other"},
                                        {304, "Not Modified"},
                                        {307, "Temporary Redirect"},
                                        {308, "Permanent Redirect"},
                                        {400, "Bad Request"},
                                        {401, "Unauthorized"},
                                        {402, "Payment Required"},
                                        {403, "Forbidden"},
                                        {404, "Not Found"},
                                        {405, "Method Not Allowed"},
                                        {406, "Not Acceptable"},
                                        {408, "Request Timeout"},
                                        {409, "Conflict"},
                                        {410, "Gone"},
                                        {412, "Precondition Failed"},
                                        {413, "Content Too Large"},
                                        {415, "Unsupported Media Type"},
                                        {421, "Misdirected Request"},
                                        {422, "Unprocessable Content"},
                                        {424, "Failed Dependency"},
                                        {425, "Too Early"},
                                        {428, "Precondition Required"},
                                        {429, "Too Many Requests"},
                                        {431, "Request Header Fields Too Large"},
                                        {451, "Unavailable For Legal Reasons"},
                                        {500, "Internal Server Error"},
                                        {501, "Not Implemented"},
                                        {502, "Bad Gateway"},
                                        {503, "Service Unavailable"},
                                        {504, "Gateway Timeout"},
                                        {505, "HTTP Version Not Supported"}};
  const auto* found = std::find_if(std::begin(kReasons), std::end(kReasons),
                                   [&](const Reason& r) { return r.status == status; });
  return found == std::end(kReasons) ? std::string_view() : found->text;
}

}  // namespace fondaco::http
