#include "api_json.h"

#include <fondaco/http/server.h>
#include <fondaco/orders/promotions.h>

namespace fondaco::orders {

using http::Context;
using http::Idempotency;
using http::Method;
using http::Owner;
using http::problem;
using http::Rate;
using http::Response;
using http::Route;
using http::schema_of;

namespace {

struct PromotionIn {
  std::optional<std::string> code;
  std::string title;
  std::optional<std::string> title_zh;
  std::optional<PromotionState> state;
  std::optional<Instant> starts_at;
  std::optional<Instant> ends_at;
  std::optional<std::int64_t> most_uses;
  std::optional<std::int64_t> most_per_person;
  PromotionKind kind = PromotionKind::percentage;
  std::optional<PromotionTarget> target;
  std::optional<std::int64_t> percent_bp;
  std::optional<std::vector<Money>> amounts;
  std::optional<bool> each_unit;
  std::optional<std::int64_t> buy_units;
  std::optional<std::int64_t> get_units;
  std::optional<std::int64_t> most_times;
  std::optional<std::vector<Money>> minimum;
  std::optional<std::int64_t> minimum_units;
  std::optional<std::vector<ProductId>> products;
  std::optional<std::vector<CategoryId>> categories;
  std::optional<std::vector<ProductId>> get_products;
  std::optional<std::vector<CategoryId>> get_categories;
  std::optional<std::vector<MerchantId>> merchants;
  std::optional<std::vector<std::string>> countries;
  std::optional<bool> first_order;
  std::optional<bool> with_products;
  std::optional<bool> with_order;
  std::optional<bool> with_shipping;
};
BOOST_DESCRIBE_STRUCT(PromotionIn, (),
                      (code, title, title_zh, state, starts_at, ends_at, most_uses, most_per_person,
                       kind, target, percent_bp, amounts, each_unit, buy_units, get_units,
                       most_times, minimum, minimum_units, products, categories, get_products,
                       get_categories, merchants, countries, first_order, with_products, with_order,
                       with_shipping))

struct PromotionOut {
  PromotionId id;
  std::optional<MerchantId> merchant;  // Empty: the platform pays.
  std::optional<std::string> code;     // Empty: applies by itself.
  std::string title;
  std::string title_zh;
  PromotionState state = PromotionState::active;
  Instant starts_at;
  std::optional<Instant> ends_at;
  std::int64_t most_uses = 0;
  std::int64_t most_per_person = 0;
  std::int64_t uses = 0;
  PromotionTerms terms;
};
BOOST_DESCRIBE_STRUCT(PromotionOut, (),
                      (id, merchant, code, title, title_zh, state, starts_at, ends_at, most_uses,
                       most_per_person, uses, terms))

PromotionTarget usual_target(PromotionKind kind) {
  switch (kind) {
    case PromotionKind::free_shipping:
      return PromotionTarget::shipping;
    case PromotionKind::buy_x_get_y:
      return PromotionTarget::products;
    case PromotionKind::percentage:
    case PromotionKind::amount:
      return PromotionTarget::order;
  }
  return PromotionTarget::order;
}

PromotionTerms terms_of(const PromotionIn& in) {
  PromotionTerms t;
  t.kind = in.kind;
  t.target = in.target.value_or(usual_target(in.kind));
  const bool got = in.kind == PromotionKind::buy_x_get_y;
  t.percent_bp = in.percent_bp.value_or(got ? 10'000 : 0);
  t.amounts = in.amounts.value_or(t.amounts);
  t.each_unit = in.each_unit.value_or(false);
  t.buy_units = in.buy_units.value_or(0);
  t.get_units = in.get_units.value_or(0);
  t.most_times = in.most_times.value_or(0);
  t.minimum = in.minimum.value_or(t.minimum);
  t.minimum_units = in.minimum_units.value_or(0);
  t.products = in.products.value_or(t.products);
  t.categories = in.categories.value_or(t.categories);
  t.get_products = in.get_products.value_or(t.get_products);
  t.get_categories = in.get_categories.value_or(t.get_categories);
  t.merchants = in.merchants.value_or(t.merchants);
  t.countries = in.countries.value_or(t.countries);
  t.first_order = in.first_order.value_or(false);
  t.with_products = in.with_products.value_or(false);
  t.with_order = in.with_order.value_or(false);
  t.with_shipping = in.with_shipping.value_or(false);
  return t;
}

Promotion promotion_from(const PromotionIn& in, MerchantId owner, Instant now) {
  Promotion p;
  p.merchant = owner;
  p.code = in.code.value_or("");
  p.title = in.title;
  p.title_zh = in.title_zh.value_or("");
  p.state = in.state.value_or(PromotionState::active);
  p.starts_at = in.starts_at.value_or(now);
  p.ends_at = in.ends_at;
  p.most_uses = in.most_uses.value_or(0);
  p.most_per_person = in.most_per_person.value_or(0);
  p.terms = terms_of(in);
  return p;
}

PromotionOut shown(const Promotion& p) {
  PromotionOut out;
  out.id = p.id;
  if (p.merchant) out.merchant = p.merchant;
  if (!p.code.empty()) out.code = p.code;
  out.title = p.title;
  out.title_zh = p.title_zh;
  out.state = p.state;
  out.starts_at = p.starts_at;
  out.ends_at = p.ends_at;
  out.most_uses = p.most_uses;
  out.most_per_person = p.most_per_person;
  out.uses = p.uses;
  out.terms = p.terms;
  return out;
}

Response answer(const Promotion& p, int status = 200) {
  return http::json(json_of(shown(p)), status).with("ETag", http::etag_of(p.version));
}

Response refused(PromotionRefusal refusal) {
  switch (refusal) {
    case PromotionRefusal::unknown_promotion:
      return problem(404, "unknown_promotion", "there is no such promotion here");
    case PromotionRefusal::bad_code:
      return http::invalid("/code", "has to be 2 to 64 of A-Z, 0-9, '-' and '_'");
    case PromotionRefusal::code_taken:
      return problem(409, "code_taken", "another promotion of this owner has the code");
    case PromotionRefusal::bad_title:
      return http::invalid("/title", "has to be 1 to 200 bytes of UTF-8");
    case PromotionRefusal::bad_dates:
      return http::invalid("/ends_at", "is not after starts_at");
    case PromotionRefusal::bad_terms:
      return http::invalid("/kind",
                           "percentage needs percent_bp of 1 to 10000, amount needs amounts above "
                           "zero, buy_x_get_y needs buy_units and get_units of 1 to 1000, "
                           "free_shipping the target shipping; lists have at most 500 entries, "
                           "merchants are for the platform's promotions");
    case PromotionRefusal::bad_limit:
      return http::invalid("/most_uses", "limits are 0 (none) to 1000000000");
    case PromotionRefusal::ended:
      return problem(409, "promotion_ended", "an ended promotion does not change any more");
    case PromotionRefusal::stale_version:
      return problem(412, "stale_version", "somebody else changed the promotion meanwhile");
  }
  return problem(500, "internal", "unnamed refusal");
}

/// Whose promotions a path is about: the merchant in it, or the platform's.
using OwnerOf = std::function<std::optional<MerchantId>(Context&)>;

/// Read your own writes: the next basket knows it.
void put_after_commit(storage::Tx& tx, const Services& s, const Promotion& p) {
  tx.after_commit([book = &s.checkout.promotions(), p] { book->put(p); });
}

http::WritePlan plan_create(const Services& s, Context& c, const OwnerOf& owner_of) {
  const auto in = http::body_as<PromotionIn>(c);
  if (!in.ok()) return in.refusal();
  const auto owner = owner_of(c);
  if (!owner) return problem(404, "unknown_merchant", "there is no such merchant");
  return [s, wanted = promotion_from(*in, *owner, c.now())](storage::Tx& tx) {
    const auto made = create_promotion(tx, wanted);
    if (!made.ok()) return refused(made.refusal());
    put_after_commit(tx, s, *made);
    return answer(*made, 201);
  };
}

http::WritePlan plan_put(const Services& s, Context& c, const OwnerOf& owner_of) {
  const auto in = http::body_as<PromotionIn>(c);
  if (!in.ok()) return in.refusal();
  const auto owner = owner_of(c);
  const auto id = c.id_param<PromotionId>("id");
  if (!owner || !id) return refused(PromotionRefusal::unknown_promotion);
  return [&c, s, id = *id, wanted = promotion_from(*in, *owner, c.now())](storage::Tx& tx) mutable {
    const auto stored = find_promotion(tx, id);
    if (!stored || stored->merchant != wanted.merchant) {
      return refused(PromotionRefusal::unknown_promotion);
    }
    if (auto stale = http::check_if_match(c, stored->version)) return *std::move(stale);
    if (!wanted.code.empty() && promotion_code(wanted.code) != stored->code) {
      return http::invalid("/code", "of a promotion never changes");
    }
    wanted.id = id;
    const auto changed = update_promotion(tx, wanted, stored->version);
    if (!changed.ok()) return refused(changed.refusal());
    put_after_commit(tx, s, *changed);
    return answer(*changed);
  };
}

Response list(Context& c, const OwnerOf& owner_of) {
  const auto page = http::page_of(c);
  if (!page.ok()) return page.refusal();
  const auto owner = owner_of(c);
  if (!owner) return problem(404, "unknown_merchant", "there is no such merchant");
  PromotionId after;
  if (page->starting_after) {
    const auto id = id_from_text<PromotionId>(*page->starting_after);
    if (!id) return http::invalid("/starting_after", "expected a promotion's id");
    after = *id;
  }
  auto rows = promotions_of(c.read(), *owner, after, page->limit + 1);
  const bool more = rows.size() > static_cast<std::size_t>(page->limit);
  if (more) rows.pop_back();
  std::string items;
  for (const Promotion& p : rows) items += (items.empty() ? "" : ",") + json_of(shown(p));
  return http::json(http::list_json(items, more));
}

Response one(Context& c, const OwnerOf& owner_of) {
  const auto owner = owner_of(c);
  const auto id = c.id_param<PromotionId>("id");
  const auto found = id ? find_promotion(c.read(), *id) : std::nullopt;
  if (!owner || !found || found->merchant != *owner) {
    return refused(PromotionRefusal::unknown_promotion);
  }
  return answer(*found);
}

/// The same four routes for a merchant's own and for the platform's.
void mount_for(http::Router& router, const Services& s, const std::string& path, Owner who,
               const std::string& whose, const OwnerOf& owner_of) {
  Route route;
  route.path = path;
  if (who == Owner::merchant) route.merchant_of = owner_of;

  Route all = route;
  all.access = {"marketplace.read", who, Rate::read, Idempotency::safe};
  all.summary = "Promotions of " + whose + ", oldest first";
  all.response = http::list_schema_of<PromotionOut>();
  all.query = {{"limit", "1 to 100", "integer"}, {"starting_after", "A promotion's id"}};
  router.read(all, [owner_of](Context& c) { return list(c, owner_of); });

  Route make = route;
  make.method = Method::post;
  make.access = {"marketplace.write", who, Rate::write, Idempotency::optional};
  make.summary = "A new promotion that " + whose + " pays for";
  make.request = schema_of<PromotionIn>();
  make.response = schema_of<PromotionOut>();
  make.success = 201;
  make.refusals = {"code_taken", "invalid_request"};
  router.write(make, [s, owner_of](Context& c) { return plan_create(s, c, owner_of); });

  route.path += "/{id}";
  Route get = route;
  get.access = all.access;
  get.summary = "A promotion of " + whose + " with its uses";
  get.response = schema_of<PromotionOut>();
  get.refusals = {"unknown_promotion"};
  router.read(get, [owner_of](Context& c) { return one(c, owner_of); });

  Route put = make;
  put.method = Method::put;
  put.path = route.path;
  put.access = {"marketplace.write", who, Rate::write, Idempotency::natural};
  put.summary = "Replaces everything of a promotion of " + whose + " but its code (If-Match)";
  put.success = 200;
  put.refusals = {"unknown_promotion", "promotion_ended", "stale_version", "invalid_request"};
  router.write(put, [s, owner_of](Context& c) { return plan_put(s, c, owner_of); });
}

}  // namespace

void mount_promotions(http::Router& router, const Services& s) {
  mount_for(router, s, "/api/v1/merchants/{merchant}/promotions", Owner::merchant, "the merchant",
            [s](Context& c) { return merchant_in_path(s, c); });
  mount_for(router, s, "/api/v1/promotions", Owner::operators, "the platform",
            [](Context&) { return std::optional(MerchantId{}); });
}

}  // namespace fondaco::orders
