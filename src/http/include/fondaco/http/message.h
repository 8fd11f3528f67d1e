// Requests and responses as plain values. Depends on base. No HTTP library shows through.
#pragma once

#include <fondaco/base/text.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fondaco::http {

enum class Method { get, head, post, put, patch, del, options };

struct Header {
  std::string name;
  std::string value;
};

struct Request {
  Method method = Method::get;
  std::string target;                                      // Path and query as sent.
  std::string path;                                        // Decoded, without query.
  std::vector<std::pair<std::string, std::string>> query;  // Decoded, in order.
  std::vector<Header> headers;
  std::string body;
  std::string remote;  // Address of the peer; behind a trusted proxy the forwarded one.
  bool secure = false;
  /// The listener is bound to a loopback address; together with !secure it allows plain cookies.
  bool loopback_listener = false;
  std::string id;  // Request id, in the log and in Response header X-Request-Id.

  std::string_view header(std::string_view name) const;  // Case-insensitive; empty when absent.
  std::optional<std::string> query_value(std::string_view name) const;
  std::optional<std::string> cookie(std::string_view name) const;
  /// Field of a body that is application/x-www-form-urlencoded; nothing for other bodies.
  std::optional<std::string> form_value(std::string_view name) const;
};

using Pairs = std::vector<std::pair<std::string, std::string>>;
/// Reads "a=1&b=%20+" (query or form); nothing when an escape is broken, a byte is 0, the text is
/// no UTF-8 or there are more than 256 pairs.
std::optional<Pairs> parse_pairs(std::string_view text);

/// Sets target, path and query of the request from the request line (origin or absolute form).
/// False, and the request is to be refused with 400, when an escape is broken, hides a slash or
/// a zero byte, when the text is no UTF-8, has '.' or '..' segments or no leading slash.
bool parse_target(std::string_view target, Request& request);

struct Response {
  int status = 200;
  std::string body;
  std::string content_type = "application/json";
  std::vector<Header> headers;  // Besides content-type and length; Set-Cookie may repeat.
  /// A body that outlives the response object without a copy (cached pages, assets).
  std::shared_ptr<const std::string> shared_body;

  Response& with(std::string name, std::string value) {
    headers.push_back({std::move(name), std::move(value)});
    return *this;
  }
};

Response json(std::string body, int status = 200);
Response html(std::string body, int status = 200);
Response redirect(std::string location, int status = 303);
Response no_content();

/// RFC 9457. `code` is the stable machine name ("sold_out"); `extra` is JSON members without
/// braces that go beside it ("\"wanted\":2,\"available\":1") or empty.
Response problem(int status, std::string_view code, std::string_view detail,
                 std::string_view extra = {});
/// 422 invalid_request with the JSON Pointer of the place.
Response invalid(std::string_view pointer, std::string_view message);

std::string_view name_of(Method method);  // "GET"
std::string_view reason_of(int status);   // "Not Found"; empty for a status nobody uses.

}  // namespace fondaco::http
