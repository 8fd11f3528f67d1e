#include <fondaco/http/rights.h>

#include <algorithm>

namespace fondaco::http {
namespace {

bool names(std::string_view granted, std::string_view permission) {
  return granted == "*" || granted == permission;
}

bool covers(const Grant& g, std::string_view permission, MerchantId merchant, PlaceId place) {
  if (!names(g.permission, permission)) return false;
  // A grant for one merchant or one place never answers for all of them.
  if (g.merchant && g.merchant != merchant) return false;
  return !g.place || g.place == place;
}

}  // namespace

bool Principal::may(std::string_view permission, MerchantId merchant, PlaceId place) const {
  if (kind == Kind::token && !scopes.empty()) {
    const bool in_scope = std::any_of(scopes.begin(), scopes.end(),
                                      [&](const auto& s) { return names(s, permission); });
    if (!in_scope) return false;
  }
  return std::any_of(grants.begin(), grants.end(),
                     [&](const Grant& g) { return covers(g, permission, merchant, place); });
}

bool Principal::is_operator() const {
  return std::any_of(grants.begin(), grants.end(),
                     [](const Grant& g) { return !g.merchant && !g.place; });
}

std::string Principal::actor() const {
  if (kind == Kind::guest) return "guest";
  if (kind == Kind::anonymous || !person) return "anonymous";
  return to_text(person);
}

}  // namespace fondaco::http
