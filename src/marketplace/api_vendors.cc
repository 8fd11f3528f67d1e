#include "api_parts.h"

#include <fondaco/marketplace/annual.h>

namespace fondaco::marketplace {
namespace {

using http::Context;
using http::Idempotency;
using http::Method;
using http::Owner;
using http::Rate;
using http::Response;

struct VendorIn {
  std::string name;
  std::int64_t share_bp = 0;
};
BOOST_DESCRIBE_STRUCT(VendorIn, (), (name, share_bp))

struct VendorOut {
  VendorId id;
  std::string name;
  std::int64_t share_bp = 0;
};
BOOST_DESCRIBE_STRUCT(VendorOut, (), (id, name, share_bp))

struct VendorEntryOut {
  OrderId order;
  Money sold;
  Money amount;
  Instant at;
};
BOOST_DESCRIBE_STRUCT(VendorEntryOut, (), (order, sold, amount, at))

struct AnnualFeeOut {
  int year = 0;
  FeeScheduleId schedule;
  Money sales;
  Money fee;
  Money rebate;
  AnnualState state = AnnualState::charged;
  std::string because;
  Instant at;
};
BOOST_DESCRIBE_STRUCT(AnnualFeeOut, (), (year, schedule, sales, fee, rebate, state, because, at))

Response refused(VendorRefusal refusal) {
  switch (refusal) {
    case VendorRefusal::unknown_merchant:
      return http::problem(404, "unknown_merchant", "there is no such merchant");
    case VendorRefusal::not_multi_brand:
      return http::problem(409, "not_multi_brand", "only a multi-brand flagship has vendors");
    case VendorRefusal::unknown_vendor:
      return http::problem(404, "unknown_vendor", "this merchant has no such vendor");
    case VendorRefusal::unknown_offer:
      return http::problem(404, "unknown_offer", "this merchant has no such offer");
    case VendorRefusal::bad_name:
      return http::invalid("/name", "has to be 1 to 200 bytes of UTF-8");
    case VendorRefusal::bad_share:
      return http::invalid("/share_bp", "has to be 0 to 10000 basis points");
    case VendorRefusal::too_many_vendors:
      return http::problem(409, "too_many_vendors", "a merchant has at most 1000 vendors");
  }
  return http::problem(500, "internal", "unnamed refusal");
}

std::optional<Merchant> merchant_in(Context& c, storage::Read& read) {
  return named(read, c.param("merchant"));
}

/// Of the merchant in the path: rights were checked for that merchant only.
bool is_of(storage::Read& read, MerchantId merchant, VendorId vendor) {
  for (const Vendor& v : vendors_of(read, merchant)) {
    if (v.id == vendor) return true;
  }
  return false;
}

http::WritePlan create(Context& c) {
  auto body = http::body_as<VendorIn>(c);
  if (!body.ok()) return body.refusal();
  return [&c, in = std::move(*body)](storage::Tx& tx) {
    const auto m = merchant_in(c, tx);
    if (!m) return refused(VendorRefusal::unknown_merchant);
    const auto made = create_vendor(tx, m->id, in.name, in.share_bp);
    if (!made.ok()) return refused(made.refusal());
    return http::json(json_of(VendorOut{made->id, made->name, made->share_bp}), 201);
  };
}

http::WritePlan put_offer(Context& c) {
  const auto vendor = c.id_param<VendorId>("id");
  const auto offer = c.id_param<OfferId>("offer");
  if (!vendor) return refused(VendorRefusal::unknown_vendor);
  if (!offer) return refused(VendorRefusal::unknown_offer);
  return [&c, vendor = *vendor, offer = *offer](storage::Tx& tx) {
    const auto m = merchant_in(c, tx);
    if (!m || !is_of(tx, m->id, vendor)) return refused(VendorRefusal::unknown_vendor);
    const auto done = set_vendor(tx, vendor, offer);
    return done.ok() ? http::no_content() : refused(done.refusal());
  };
}

Response list_vendors(Context& c) {
  const auto m = merchant_in(c, c.read());
  if (!m) return refused(VendorRefusal::unknown_merchant);
  auto all = vendors_of(c.read(), m->id);
  const int limit = static_cast<int>(all.size());
  return list(std::move(all), limit,
              [](const Vendor& v) { return VendorOut{v.id, v.name, v.share_bp}; });
}

Response statement(Context& c) {
  const auto page = http::page_of(c);
  if (!page.ok()) return page.refusal();
  const auto m = merchant_in(c, c.read());
  const auto vendor = c.id_param<VendorId>("id");
  if (!m || !vendor || !is_of(c.read(), m->id, *vendor)) {
    return refused(VendorRefusal::unknown_vendor);
  }
  const auto before = page->starting_after ? id_from_text<OrderId>(*page->starting_after)
                                           : std::optional(OrderId{});
  if (!before) return http::problem(422, "invalid_request", "starting_after is no order id");
  return list(vendor_statement(c.read(), *vendor, *before, page->limit + 1), page->limit,
              [](const VendorEntry& e) { return VendorEntryOut{e.order, e.sold, e.amount, e.at}; });
}

Response annual_fees(Context& c) {
  const auto m = merchant_in(c, c.read());
  if (!m) return refused(VendorRefusal::unknown_merchant);
  return list(annual_fees_of(c.read(), *m), 100, [](const AnnualFee& f) {
    return AnnualFeeOut{f.year, f.schedule, f.sales, f.fee, f.rebate, f.state, f.because, f.at};
  });
}

http::Route route(Method method, std::string path, std::string summary) {
  const bool reads = method == Method::get;
  http::Route r;
  r.method = method;
  r.path = "/api/v1/merchants/{merchant}" + std::move(path);
  r.access = {reads ? "marketplace.read" : "marketplace.write", Owner::merchant,
              reads ? Rate::read : Rate::write,
              reads                   ? Idempotency::safe
              : method == Method::put ? Idempotency::natural
                                      : Idempotency::optional};
  r.summary = std::move(summary);
  r.merchant_of = [](Context& c) -> std::optional<MerchantId> {
    const auto m = merchant_in(c, c.read());
    return m ? std::optional(m->id) : std::nullopt;
  };
  r.refusals = {"unknown_merchant", "unknown_vendor"};
  return r;
}

}  // namespace

void mount_vendors(http::Router& router) {
  auto add = route(Method::post, "/vendors", "Add a vendor behind a multi-brand flagship");
  add.request = http::schema_of<VendorIn>();
  add.response = http::schema_of<VendorOut>();
  add.success = 201;
  add.refusals = {"unknown_merchant", "not_multi_brand", "too_many_vendors", "invalid_request"};
  router.write(std::move(add), create);

  auto all = route(Method::get, "/vendors", "Vendors behind a multi-brand flagship");
  all.response = http::list_schema_of<VendorOut>();
  router.read(std::move(all), list_vendors);

  auto set = route(Method::put, "/vendors/{id}/offers/{offer}", "Say that an offer is a vendor's");
  set.success = 204;
  set.refusals.emplace_back("unknown_offer");
  router.write(std::move(set), put_offer);

  auto entries = route(Method::get, "/vendors/{id}/statement", "What a vendor got, by order");
  entries.response = http::list_schema_of<VendorEntryOut>();
  entries.query = {{"limit", "1 to 100, default 20", "integer"},
                   {"starting_after", "the last order of the page before"}};
  router.read(std::move(entries), statement);

  auto fees = route(Method::get, "/annual-fees", "Annual fees and rebates, newest first");
  fees.response = http::list_schema_of<AnnualFeeOut>();
  router.read(std::move(fees), annual_fees);
}

}  // namespace fondaco::marketplace
