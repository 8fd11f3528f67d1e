#include "api_parts.h"

#include <fondaco/base/json.h>
#include <fondaco/http/router.h>
#include <fondaco/marketplace/api.h>
#include <fondaco/marketplace/offer_book.h>

namespace fondaco::marketplace {

http::Response refused(MerchantRefusal refusal) {
  switch (refusal) {
    case MerchantRefusal::unknown_merchant:
      return http::problem(404, "unknown_merchant", "there is no such merchant");
    case MerchantRefusal::slug_taken:
      return http::problem(409, "slug_taken", "another merchant has this slug");
    case MerchantRefusal::bad_slug:
      return http::invalid("/slug", "has to be 2 to 64 of a-z, 0-9 and '-', no '-' at an end");
    case MerchantRefusal::bad_name:
      return http::invalid("/name", "has to be 1 to 200 bytes of UTF-8");
    case MerchantRefusal::bad_country:
      return http::invalid("/country", "has to be an ISO 3166-1 code of two capitals");
    case MerchantRefusal::bad_commission:
      return http::invalid("/commission_bp", "has to be 0 to 10000 basis points");
    case MerchantRefusal::bad_presentation:
      return http::invalid("", "texts have at most 4000 bytes, the accent is like #1a2b3c");
    case MerchantRefusal::bad_closure:
      return http::invalid("/closure", "lasts at most 366 days, its message 1000 bytes");
    case MerchantRefusal::closed:
      return http::problem(409, "merchant_closed", "a closed merchant does not change any more");
    case MerchantRefusal::stale_version:
      return http::problem(412, "stale_version", "somebody else changed the merchant meanwhile");
  }
  return http::problem(500, "internal", "unnamed refusal");
}

namespace {

using http::Context;
using http::Response;

struct ClosureText {
  Instant from;
  Instant until;  // The same as from: open again.
  std::string message;
};
BOOST_DESCRIBE_STRUCT(ClosureText, (), (from, until, message))

struct MerchantOut {
  MerchantId id;
  std::string slug;
  std::string name;
  std::string name_zh;
  MerchantKind kind = MerchantKind::specialist;
  MerchantState state = MerchantState::pending;
  Currency currency;
  std::string country;
  bool prices_include_tax = true;
  std::optional<PlaceId> default_place;
  std::optional<std::int64_t> commission_bp;  // Only for the merchant and operators.
  std::optional<bool> agreed;                 // As commission_bp; false: by the fee schedule.
  std::string tagline;
  std::string tagline_zh;
  std::string about;
  std::string about_zh;
  std::string accent;
  std::optional<ClosureText> closure;  // Announced or running.
};
BOOST_DESCRIBE_STRUCT(MerchantOut, (),
                      (id, slug, name, name_zh, kind, state, currency, country, prices_include_tax,
                       default_place, commission_bp, agreed, tagline, tagline_zh, about, about_zh,
                       accent, closure))

struct MerchantIn {
  std::string slug;
  std::string name;
  Currency currency;
  std::string country;
  std::optional<std::string> name_zh;
  std::optional<MerchantKind> kind;
  std::optional<MerchantState> state;
  std::optional<std::int64_t> commission_bp;  // An agreement; without it the schedule counts.
  std::optional<bool> prices_include_tax;
  std::optional<PlaceId> default_place;
  std::optional<std::string> tagline;
  std::optional<std::string> tagline_zh;
  std::optional<std::string> about;
  std::optional<std::string> about_zh;
  std::optional<std::string> accent;
};
BOOST_DESCRIBE_STRUCT(MerchantIn, (),
                      (slug, name, currency, country, name_zh, kind, state, commission_bp,
                       prices_include_tax, default_place, tagline, tagline_zh, about, about_zh,
                       accent))

struct MerchantPatch {
  std::optional<std::string> name;
  std::optional<std::string> name_zh;
  std::optional<MerchantKind> kind;
  std::optional<MerchantState> state;  // Operators only.
  std::optional<std::string> country;
  std::optional<std::int64_t> commission_bp;  // Operators only; an agreement with the merchant.
  std::optional<bool> agreed;                 // Operators only; false: the fee schedule counts.
  std::optional<bool> prices_include_tax;
  std::optional<PlaceId> default_place;
  std::optional<std::string> tagline;
  std::optional<std::string> tagline_zh;
  std::optional<std::string> about;
  std::optional<std::string> about_zh;
  std::optional<std::string> accent;
  std::optional<ClosureText> closure;  // Nothing is sold between the two moments.
};
BOOST_DESCRIBE_STRUCT(MerchantPatch, (),
                      (name, name_zh, kind, state, country, commission_bp, agreed,
                       prices_include_tax, default_place, tagline, tagline_zh, about, about_zh,
                       accent, closure))

struct OfferOut {
  OfferId id;
  MerchantId merchant;
  VariantId variant;
  ProductId product;
  std::string sku;
  Money price;
  std::optional<Money> compare_at;
  std::optional<std::vector<Money>> prices;  // In other currencies; only when one offer is asked.
  std::string tax_class;
  std::optional<StockId> stock;
  OfferState state = OfferState::active;
};
BOOST_DESCRIBE_STRUCT(OfferOut, (),
                      (id, merchant, variant, product, sku, price, compare_at, prices, tax_class,
                       stock, state))

struct OfferIn {
  Money price;  // In the offer's currency, or for its price list in any other one.
  std::optional<OfferState> state;
};
BOOST_DESCRIBE_STRUCT(OfferIn, (), (price, state))

Response refused(OfferRefusal refusal) {
  switch (refusal) {
    case OfferRefusal::unknown_offer:
      return http::problem(404, "unknown_offer", "this merchant has no such offer");
    case OfferRefusal::unknown_merchant:
      return http::problem(404, "unknown_merchant", "there is no such merchant");
    case OfferRefusal::price_missing:
      return http::invalid("/price", "is missing");
    case OfferRefusal::bad_price:
      return http::invalid("/price", "has to be 0 to 10000000000000 minor units");
    case OfferRefusal::bad_sku:
      return http::invalid("/sku", "has to be at most 128 bytes of UTF-8");
    case OfferRefusal::stale_version:
      return http::problem(412, "stale_version", "somebody else changed the offer meanwhile");
  }
  return http::problem(500, "internal", "unnamed refusal");
}

MerchantOut shown(const Merchant& m, bool inside) {
  const Presentation& p = m.presentation;
  return {.id = m.id,
          .slug = m.slug,
          .name = m.name,
          .name_zh = m.name_zh,
          .kind = m.kind,
          .state = m.state,
          .currency = m.currency,
          .country = m.country,
          .prices_include_tax = m.prices_include_tax,
          .default_place = m.default_place ? std::optional(m.default_place) : std::nullopt,
          .commission_bp = inside ? std::optional(m.commission_bp) : std::nullopt,
          .agreed = inside ? std::optional(m.agreed) : std::nullopt,
          .tagline = p.tagline,
          .tagline_zh = p.tagline_zh,
          .about = p.about,
          .about_zh = p.about_zh,
          .accent = p.accent,
          .closure = m.closure.until.us ? std::optional(ClosureText{m.closure.from, m.closure.until,
                                                                    m.closure.message})
                                        : std::nullopt};
}

OfferOut shown(const Offer& o) {
  return {.id = o.id,
          .merchant = o.merchant,
          .variant = o.variant,
          .product = o.product,
          .sku = o.sku,
          .price = o.price,
          .compare_at = o.compare_at,
          .prices = std::nullopt,
          .tax_class = o.tax_class,
          .stock = o.stock ? std::optional(o.stock) : std::nullopt,
          .state = o.state};
}

bool sees_inside(const Context& c, MerchantId merchant) {
  return c.who().may("marketplace.read", merchant);
}

template <class I>
std::optional<I> start_of(const http::Page& page) {
  return page.starting_after ? id_from_text<I>(*page.starting_after) : std::optional(I{});
}

Response list_of_merchants(Context& c) {
  const auto page = http::page_of(c);
  if (!page.ok()) return page.refusal();
  const auto after = start_of<MerchantId>(*page);
  if (!after) return http::problem(422, "invalid_request", "starting_after is no merchant id");
  const bool all = c.who().may("marketplace.read");
  const auto only = all ? std::nullopt : std::optional(MerchantState::active);
  return list(list_merchants(c.read(), *after, page->limit + 1, only), page->limit,
              [&](const Merchant& m) { return shown(m, all); });
}

Response one_merchant(Context& c) {
  const auto m = named(c.read(), c.param("merchant"));
  const bool inside = m && sees_inside(c, m->id);
  // Who is not active yet, or any more, is not there for the public.
  if (!m || (m->state != MerchantState::active && !inside)) {
    return refused(MerchantRefusal::unknown_merchant);
  }
  return answer(shown(*m, inside), m->version);
}

http::WritePlan create(Context& c) {
  auto body = http::body_as<MerchantIn>(c);
  if (!body.ok()) return body.refusal();
  return [in = std::move(*body)](storage::Tx& tx) {
    const auto made =
        create_merchant(tx, {.slug = in.slug,
                             .name = in.name,
                             .name_zh = in.name_zh.value_or(""),
                             .kind = in.kind.value_or(MerchantKind::specialist),
                             .state = in.state.value_or(MerchantState::pending),
                             .currency = in.currency,
                             .country = in.country,
                             .commission_bp = in.commission_bp.value_or(0),
                             .agreed = in.commission_bp.has_value(),
                             .prices_include_tax = in.prices_include_tax.value_or(true),
                             .default_place = in.default_place.value_or(PlaceId{}),
                             .presentation = {.tagline = in.tagline.value_or(""),
                                              .tagline_zh = in.tagline_zh.value_or(""),
                                              .about = in.about.value_or(""),
                                              .about_zh = in.about_zh.value_or(""),
                                              .accent = in.accent.value_or("")}});
    if (!made.ok()) return refused(made.refusal());
    return answer(shown(*made, true), made->version, 201);
  };
}

Presentation merged(const Presentation& stored, const MerchantPatch& in) {
  return {.tagline = in.tagline.value_or(stored.tagline),
          .tagline_zh = in.tagline_zh.value_or(stored.tagline_zh),
          .about = in.about.value_or(stored.about),
          .about_zh = in.about_zh.value_or(stored.about_zh),
          .accent = in.accent.value_or(stored.accent)};
}

std::optional<Closure> closure_of(const MerchantPatch& in) {
  if (!in.closure) return std::nullopt;
  return Closure{in.closure->from, in.closure->until, in.closure->message};
}

/// Who agrees on a rate means it.
std::optional<bool> agreed_by(const MerchantPatch& in) {
  return in.agreed || !in.commission_bp ? in.agreed : std::optional(true);
}

http::WritePlan patch(Context& c, OfferBook& book) {
  auto body = http::body_as<MerchantPatch>(c);
  if (!body.ok()) return body.refusal();
  // Asked without a merchant, the right is the one to all merchants.
  if ((body->commission_bp || body->agreed || body->state) && !c.who().may("marketplace.write")) {
    return http::problem(403, "operators_only",
                         "commission_bp, agreed and state are set by operators");
  }
  return [&c, &book, in = std::move(*body)](storage::Tx& tx) {
    const auto stored = named(tx, c.param("merchant"));
    if (!stored) return refused(MerchantRefusal::unknown_merchant);
    if (auto stale = http::check_if_match(c, stored->version)) return *std::move(stale);
    const auto changed = update_merchant(tx, stored->id,
                                         {.name = in.name,
                                          .name_zh = in.name_zh,
                                          .kind = in.kind,
                                          .state = in.state,
                                          .country = in.country,
                                          .commission_bp = in.commission_bp,
                                          .agreed = agreed_by(in),
                                          .prices_include_tax = in.prices_include_tax,
                                          .default_place = in.default_place,
                                          .presentation = merged(stored->presentation, in),
                                          .closure = closure_of(in)},
                                         stored->version);
    if (!changed.ok()) return refused(changed.refusal());
    book.forget_after_commit(tx, stored->id);
    return answer(shown(*changed, true), changed->version);
  };
}

/// The offer in the path, when it belongs to the merchant in the path: rights were checked for
/// that merchant only.
std::optional<Offer> named_offer(Context& c, storage::Read& read, MerchantId merchant) {
  const auto id = c.id_param<OfferId>("id");
  auto offer = id ? find_offer(read, *id) : std::nullopt;
  return offer && offer->merchant == merchant ? std::move(offer) : std::nullopt;
}

Response list_of_offers(Context& c) {
  const auto page = http::page_of(c);
  if (!page.ok()) return page.refusal();
  const auto merchant = named(c.read(), c.param("merchant"));
  if (!merchant) return refused(MerchantRefusal::unknown_merchant);
  if (const auto sku = c.request().query_value("sku")) {
    return list(offers_by_sku(c.read(), merchant->id, *sku, page->limit + 1), page->limit,
                [](const Offer& o) { return shown(o); });
  }
  const auto after = start_of<OfferId>(*page);
  if (!after) return http::problem(422, "invalid_request", "starting_after is no offer id");
  return list(offers_of_merchant(c.read(), merchant->id, *after, page->limit + 1), page->limit,
              [](const Offer& o) { return shown(o); });
}

Response one_offer(Context& c) {
  const auto merchant = named(c.read(), c.param("merchant"));
  if (!merchant) return refused(MerchantRefusal::unknown_merchant);
  const auto offer = named_offer(c, c.read(), merchant->id);
  if (!offer) return refused(OfferRefusal::unknown_offer);
  OfferOut out = shown(*offer);
  out.prices = price_list(c.read(), offer->id);
  return answer(out, offer->version);
}

http::WritePlan put_offer(Context& c) {
  auto body = http::body_as<OfferIn>(c);
  if (!body.ok()) return body.refusal();
  return [&c, in = std::move(*body)](storage::Tx& tx) {
    const auto merchant = named(tx, c.param("merchant"));
    if (!merchant) return refused(MerchantRefusal::unknown_merchant);
    const auto offer = named_offer(c, tx, merchant->id);
    if (!offer) return refused(OfferRefusal::unknown_offer);
    if (auto stale = http::check_if_match(c, offer->version)) return *std::move(stale);
    const auto priced = set_price(tx, offer->id, in.price, offer->version);
    if (!priced.ok()) return refused(priced.refusal());
    const auto set = set_offer_state(tx, offer->id, in.state.value_or(offer->state), *priced);
    if (!set.ok()) return refused(set.refusal());
    OfferOut out = shown(*find_offer(tx, offer->id));
    out.prices = price_list(tx, offer->id);
    return answer(out, *set);
  };
}

std::optional<MerchantId> merchant_of(Context& c) {
  const auto m = named(c.read(), c.param("merchant"));
  return m ? std::optional(m->id) : std::nullopt;
}

using http::Idempotency;
using http::Method;
using http::Owner;
using http::Rate;
using http::Schema;

const std::vector<Schema::Parameter> kPaging = {
    {"limit", "1 to 100, default 20", "integer"},
    {"starting_after", "id of the last one of the page before"}};

void mount_merchants(http::Router& router, OfferBook& book) {
  router.read({.method = Method::get,
               .path = "/api/v1/merchants",
               .access = {"-", Owner::everyone, Rate::read, Idempotency::safe},
               .summary = "Merchants that sell here",
               .request = Schema::none(),
               .response = http::list_schema_of<MerchantOut>(),
               .refusals = {"invalid_request"},
               .query = kPaging},
              list_of_merchants);
  router.read({.method = Method::get,
               .path = "/api/v1/merchants/{merchant}",
               .access = {"-", Owner::everyone, Rate::read, Idempotency::safe},
               .summary = "One merchant, by slug or id",
               .request = Schema::none(),
               .response = http::schema_of<MerchantOut>(),
               .refusals = {"unknown_merchant"}},
              one_merchant);
  router.write(
      {.method = Method::post,
       .path = "/api/v1/merchants",
       .access = {"marketplace.write", Owner::operators, Rate::write, Idempotency::optional},
       .summary = "Open a merchant",
       .request = http::schema_of<MerchantIn>(),
       .response = http::schema_of<MerchantOut>(),
       .success = 201,
       .refusals = {"slug_taken", "invalid_request"}},
      create);
  router.write(
      {.method = Method::patch,
       .path = "/api/v1/merchants/{merchant}",
       .access = {"marketplace.write", Owner::merchant, Rate::write, Idempotency::optional},
       .summary = "Change a merchant; members left out stay, \"\" empties a text",
       .request = http::schema_of<MerchantPatch>(),
       .response = http::schema_of<MerchantOut>(),
       .refusals = {"unknown_merchant", "operators_only", "merchant_closed", "stale_version",
                    "invalid_request"},
       .merchant_of = merchant_of},
      [&book](Context& c) { return patch(c, book); });
}

void mount_offers(http::Router& router) {
  std::vector<Schema::Parameter> query = kPaging;
  query.push_back({"sku", "only offers with exactly this SKU"});
  router.read({.method = Method::get,
               .path = "/api/v1/merchants/{merchant}/offers",
               .access = {"marketplace.read", Owner::merchant, Rate::read, Idempotency::safe},
               .summary = "Offers of a merchant in order of SKU",
               .request = Schema::none(),
               .response = http::list_schema_of<OfferOut>(),
               .refusals = {"unknown_merchant", "invalid_request"},
               .query = query,
               .merchant_of = merchant_of},
              list_of_offers);
  router.read({.method = Method::get,
               .path = "/api/v1/merchants/{merchant}/offers/{id}",
               .access = {"marketplace.read", Owner::merchant, Rate::read, Idempotency::safe},
               .summary = "One offer with its price list",
               .request = Schema::none(),
               .response = http::schema_of<OfferOut>(),
               .refusals = {"unknown_merchant", "unknown_offer"},
               .merchant_of = merchant_of},
              one_offer);
  router.write(
      {.method = Method::put,
       .path = "/api/v1/merchants/{merchant}/offers/{id}",
       .access = {"marketplace.write", Owner::merchant, Rate::write, Idempotency::natural},
       .summary = "Set the price of an offer and whether it is sold",
       .request = http::schema_of<OfferIn>(),
       .response = http::schema_of<OfferOut>(),
       .refusals = {"unknown_merchant", "unknown_offer", "stale_version", "invalid_request"},
       .merchant_of = merchant_of},
      put_offer);
}

}  // namespace

void mount(http::Router& router, Services services) {
  mount_merchants(router, services.book);
  mount_offers(router);
  mount_fees(router, services.fees);
  mount_ratings(router);
  mount_vendors(router);
  mount_onboarding(router, services);
}

}  // namespace fondaco::marketplace
