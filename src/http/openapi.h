// The OpenAPI 3.1 document of mounted routes. Depends on router.h.
#pragma once

#include <fondaco/http/router.h>

#include <string>
#include <vector>

namespace fondaco::http {

std::string openapi_of(const std::vector<Route>& routes);

}  // namespace fondaco::http
