#include "api_json.h"

#include <fondaco/orders/pricing.h>

#include <map>

namespace fondaco::orders {
namespace {

using http::Context;
using http::problem;
using http::Response;

struct PreviewedOrder {
  OrderId id;
  Money total;
  Money commission_charged;
  Money payment_fee_charged;
  Money commission;   // By the schedule that is looked at.
  Money payment_fee;  // The same.
};
BOOST_DESCRIBE_STRUCT(PreviewedOrder, (),
                      (id, total, commission_charged, payment_fee_charged, commission, payment_fee))

struct FeePreviewOut {
  FeeScheduleId schedule;
  std::vector<PreviewedOrder> orders;  // Newest first.
  std::vector<Money> charged;          // One sum a currency, commission and payment fee together.
  std::vector<Money> would_be;         // The same, by the schedule.
};
BOOST_DESCRIBE_STRUCT(FeePreviewOut, (), (schedule, orders, charged, would_be))

std::vector<Money> sums(const std::map<Currency, std::int64_t>& by_currency) {
  std::vector<Money> out;
  for (const auto& [currency, minor] : by_currency) out.push_back({minor, currency});
  return out;
}

/// Nothing is written: the orders keep what they were charged.
FeePreviewOut preview(const std::vector<Order>& orders, const marketplace::FeeSchedule& schedule,
                      marketplace::MerchantKind kind) {
  FeePreviewOut out;
  out.schedule = schedule.id;
  std::map<Currency, std::int64_t> charged, would_be;
  for (const Order& order : orders) {
    Order other = order;
    charge_fees(other, rates_of(order, schedule, kind));
    out.orders.push_back({order.id, order.money(order.total), order.money(order.commission),
                          order.money(order.payment_fee), order.money(other.commission),
                          order.money(other.payment_fee)});
    charged[order.currency] += order.commission + order.payment_fee;
    would_be[order.currency] += other.commission + other.payment_fee;
  }
  out.charged = sums(charged);
  out.would_be = sums(would_be);
  return out;
}

Response answer_preview(const Services& s, Context& c) {
  const auto page = http::page_of(c);
  if (!page.ok()) return page.refusal();
  const auto id = c.id_param<FeeScheduleId>("id");
  const auto schedule = id ? marketplace::find_fees(c.read(), *id) : std::nullopt;
  if (!schedule) return problem(404, "unknown_fee_schedule", "there is no such fee schedule");
  const std::string named = c.request().query_value("merchant").value_or("");
  auto merchant = s.offers.merchant(c.read(), named);
  if (const auto by_id = id_from_text<MerchantId>(named); !merchant && by_id) {
    merchant = s.offers.merchant(c.read(), *by_id);
  }
  if (!merchant) return problem(404, "unknown_merchant", "there is no such merchant");
  auto derived = s.store.derived().read();
  std::vector<Order> orders;
  for (const OrderId order : order_ids_of_merchant(derived, merchant->id, {}, page->limit)) {
    if (auto found = find_order(c.read(), order)) orders.push_back(std::move(*found));
  }
  return http::json(json_of(preview(orders, *schedule, merchant->kind)));
}

}  // namespace

void mount_fee_preview(http::Router& router, const Services& services) {
  http::Route route;
  route.path = "/api/v1/fee-schedules/{id}/preview";
  route.access = {"marketplace.write", http::Owner::operators, http::Rate::read,
                  http::Idempotency::safe};
  route.summary = "What a merchant's newest orders would have cost by this schedule";
  route.response = http::schema_of<FeePreviewOut>();
  route.refusals = {"unknown_fee_schedule", "unknown_merchant", "invalid_request"};
  route.query = {{"merchant", "Slug or id", "string", true}, {"limit", "1 to 100", "integer"}};
  router.read(route, [services](Context& c) { return answer_preview(services, c); });
}

}  // namespace fondaco::orders
