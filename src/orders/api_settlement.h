// What the files of settlement's routes share. Private to orders_api.
#pragma once

#include <fondaco/base/json.h>
#include <fondaco/http/router.h>
#include <fondaco/orders/settlement_api.h>

namespace fondaco::orders {

using http::Context;
using http::Response;

/// {merchant} as slug or id; nothing when there is none.
inline std::optional<MerchantId> merchant_named(marketplace::OfferBook& offers, Context& c) {
  auto found = offers.merchant(c.read(), c.param("merchant"));
  if (found) return found->id;
  const auto id = c.id_param<MerchantId>("merchant");
  return id && offers.merchant(c.read(), *id) ? id : std::nullopt;
}

/// Lists are cut one after the page's last row, so that has_more needs no second statement.
template <class Row, class F>
Response cut_list(std::vector<Row> rows, int limit, F&& out_of) {
  const bool more = rows.size() > static_cast<std::size_t>(limit);
  if (more) rows.resize(static_cast<std::size_t>(limit));
  std::string items;
  for (const Row& row : rows) items += (items.empty() ? "" : ",") + json_of(out_of(row));
  return http::json(http::list_json(items, more));
}

/// The id in ?starting_after, 0 without one; nothing when it is no such id.
template <class I>
std::optional<I> start_of(const http::Page& page) {
  return page.starting_after ? id_from_text<I>(*page.starting_after) : std::optional(I{});
}

/// Owner::merchant with the merchant of the path.
inline http::Route of_merchant(const SettlementServices& s, http::Method method, std::string path,
                               http::Access access, std::string summary) {
  http::Route r;
  r.method = method;
  r.path = std::move(path);
  r.access = access;
  r.summary = std::move(summary);
  r.refusals = {"unknown_merchant"};
  r.merchant_of = [s](Context& c) { return merchant_named(s.offers, c); };
  return r;
}

inline http::Route of_operators(http::Method method, std::string path, std::string_view scope,
                                http::Idempotency idempotency, std::string summary) {
  http::Route r;
  r.method = method;
  r.path = std::move(path);
  const bool reads = idempotency == http::Idempotency::safe;
  r.access = {scope, http::Owner::operators, reads ? http::Rate::read : http::Rate::write,
              idempotency};
  r.summary = std::move(summary);
  return r;
}

void mount_chargebacks(http::Router& router, const SettlementServices& s);
void mount_reports(http::Router& router, const SettlementServices& s);
void mount_statements(http::Router& router, const SettlementServices& s);

}  // namespace fondaco::orders
