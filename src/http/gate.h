// May this request do that? Rights, cross-site forgery. Depends on call.h.
#pragma once

#include "call.h"

#include <optional>

namespace fondaco::http {

/// 401, 403 or 404 when the route's Access is not met by who(); asks merchant_of and place_of.
std::optional<Response> check_access(Call& call);
/// 403 csrf_refused for an unsafe request of a cookie session without its token or from another
/// site. Requests with a bearer token are no target: a browser does not add it by itself.
std::optional<Response> check_csrf(const Call& call);

}  // namespace fondaco::http
