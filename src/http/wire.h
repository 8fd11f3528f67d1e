// The head of an answer as bytes. Depends on call.h.
#pragma once

#include "dispatch.h"

#include <string>

namespace fondaco::http {

/// "Sun, 22 Nov 2026 10:00:00 GMT".
std::string http_date(Instant t);

struct WireOptions {
  bool keep = true;  // The connection stays open.
  int version = 11;
  std::string_view date;
};
/// Finishes the call and appends status line and headers, the empty line included.
void append_head(std::string& out, Dispatcher& dispatcher, Call& call, const WireOptions& o);
/// What follows the head: empty for HEAD, 204 and 304.
std::string_view wire_body(const Call& call);

/// The answer to what could not be read: 400, 408, 413, 431, 501, 505.
Response refusal_of(int status, std::size_t header_limit, std::size_t body_limit);
/// All bytes of the 503 for a connection that is one too many.
std::string turned_away();
/// Takes address, scheme and request id from the headers when the peer is the trusted proxy.
void believe_proxy(Request& request, const std::string& trusted);

}  // namespace fondaco::http
