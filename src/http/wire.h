// The head of an answer as bytes. Depends on call.h.
#pragma once

#include "dispatch.h"

#include <string>

namespace fondaco::http {

/// "Sun, 22 Nov 2026 10:00:00 GMT".
std::string http_date(Instant t);

struct WireOptions {
  bool keep = true;       // The connection stays open.
  int version = 11;
  std::string_view date;
};
/// Finishes the call and appends status line and headers, the empty line included.
void append_head(std::string& out, Dispatcher& dispatcher, Call& call, const WireOptions& o);
/// What follows the head: empty for HEAD, 204 and 304.
std::string_view wire_body(const Call& call);

}  // namespace fondaco::http
