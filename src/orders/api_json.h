// JSON of orders as clients see it, and what their requests look like. Private to the API.
#pragma once

#include <fondaco/base/json.h>
#include <fondaco/http/router.h>
#include <fondaco/orders/api.h>

#include <string>
#include <vector>

namespace fondaco::orders {

struct OrderAddress {
  std::string name;
  std::string line1;
  std::optional<std::string> line2;
  std::string city;
  std::optional<std::string> region;
  std::optional<std::string> postcode;
  std::string country;
  std::optional<std::string> telephone;
  std::optional<std::string> vat_id;  // Of a business: reverse charge across borders in the EU.
};
BOOST_DESCRIBE_STRUCT(OrderAddress, (),
                      (name, line1, line2, city, region, postcode, country, telephone, vat_id))

struct PaymentIn {
  std::string method;
  std::optional<std::string> token;
};
BOOST_DESCRIBE_STRUCT(PaymentIn, (), (method, token))

struct ExpressLineIn {
  std::optional<std::string> sku;
  std::string merchant;
  std::optional<VariantId> variant;
  std::int64_t quantity = 0;
  std::optional<bool> no_return_agreed;
};
BOOST_DESCRIBE_STRUCT(ExpressLineIn, (), (sku, merchant, variant, quantity, no_return_agreed))

struct ExpressIn {
  Currency currency;
  std::optional<std::string> email;
  std::vector<ExpressLineIn> lines;
  OrderAddress address;
  std::string shipping;
  std::optional<std::map<std::string, std::string>> shippings;  // By merchant.
  PaymentIn payment;
  std::optional<std::vector<std::string>> promotions;
  std::optional<Money> expected_total;
};
BOOST_DESCRIBE_STRUCT(ExpressIn, (),
                      (currency, email, lines, address, shipping, shippings, payment, promotions,
                       expected_total))

struct CheckoutIn {
  CartId cart;
  std::optional<std::string> email;
  PaymentIn payment;
  std::optional<std::vector<std::string>> promotions;
  std::optional<Money> expected_total;
};
BOOST_DESCRIBE_STRUCT(CheckoutIn, (), (cart, email, payment, promotions, expected_total))

/// A promotion in a price, or why it is not in it.
struct PromotionVerdictOut {
  std::optional<PromotionId> promotion;
  std::optional<std::string> code;
  std::string title;
  std::string title_zh;
  PromotionReason reason = PromotionReason::applied;
  Money discount;
  Money shipping_discount;
  std::int64_t missing = 0;  // minimum_not_reached: minor units, or units of goods.
};
BOOST_DESCRIBE_STRUCT(PromotionVerdictOut, (),
                      (promotion, code, title, title_zh, reason, discount, shipping_discount,
                       missing))

struct OrderPromotionOut {
  PromotionId promotion;
  std::optional<std::string> code;
  std::string title;
  std::string title_zh;
  Money discount;
  Money shipping_discount;
  bool by_platform = false;
};
BOOST_DESCRIBE_STRUCT(OrderPromotionOut, (),
                      (promotion, code, title, title_zh, discount, shipping_discount, by_platform))

struct ShippingOptionOut {
  std::string method;
  std::string title;  // Empty: the platform's own method.
  std::string title_zh;
  Money price;
  std::int64_t days_least = 0;
  std::int64_t days_most = 0;
};
BOOST_DESCRIBE_STRUCT(ShippingOptionOut, (),
                      (method, title, title_zh, price, days_least, days_most))

struct TaxPartOut {
  std::int64_t basis_points = 0;
  Money net;
  Money tax;
};
BOOST_DESCRIBE_STRUCT(TaxPartOut, (), (basis_points, net, tax))

struct OrderLineOut {
  std::optional<std::string> sku;
  VariantId variant;
  ProductId product;
  std::string title;
  std::int64_t quantity = 0;
  Money price;
  Money amount;
  Money discount;
  Money tax;
  std::int64_t tax_basis_points = 0;
};
BOOST_DESCRIBE_STRUCT(OrderLineOut, (),
                      (sku, variant, product, title, quantity, price, amount, discount, tax,
                       tax_basis_points))

struct OrderFeesOut {
  Money commission;
  Money payment_fee;
  std::optional<FeeScheduleId> schedule;  // Nothing: the merchant's flat rate.
};
BOOST_DESCRIBE_STRUCT(OrderFeesOut, (), (commission, payment_fee, schedule))

struct OrderOut {
  std::optional<OrderId> id;
  std::optional<OrderGroupId> group;
  std::string merchant;
  std::string merchant_name;
  std::optional<std::string> state;
  Money items;
  Money discount;
  Money shipping;
  Money shipping_discount;  // Taken off already.
  Money tax;
  bool tax_included = true;
  Money total;
  std::string shipping_method;
  std::vector<OrderLineOut> lines;
  std::vector<OrderPromotionOut> promotions;
  std::vector<TaxPartOut> taxes;        // By rate.
  std::optional<std::string> tax_rule;  // reverse_charge, exempt, us_state.
  std::optional<std::vector<ShippingOptionOut>> shipping_options;  // While it is not ordered.
  std::optional<Instant> placed_at;
  std::optional<OrderAddress> address;
  std::optional<std::string> email;
  std::optional<OrderFeesOut> fees;  // For the merchant and the operator.
  std::optional<std::int64_t> version;
};
BOOST_DESCRIBE_STRUCT(OrderOut, (),
                      (id, group, merchant, merchant_name, state, items, discount, shipping,
                       shipping_discount, tax, tax_included, total, shipping_method, lines,
                       promotions, taxes, tax_rule, shipping_options, placed_at, address, email,
                       fees, version))

struct OrderPaymentOut {
  PaymentId id;
  std::string state;  // captured, pending, requires_action, failed, refunded
  std::optional<std::string> action;
};
BOOST_DESCRIBE_STRUCT(OrderPaymentOut, (), (id, state, action))

struct PlacedOut {
  OrderGroupId id;
  Money total;
  std::vector<OrderOut> orders;
  OrderPaymentOut payment;
  std::string token;  // Order-Token: by it a guest reads his orders.
};
BOOST_DESCRIBE_STRUCT(PlacedOut, (), (id, total, orders, payment, token))

/// Without address and e-mail: these only for whoever may see them (with_contact).
OrderOut order_out(const Order& order, const marketplace::MerchantInfo* merchant);
void with_contact(OrderOut& out, const Contact& contact);

/// One problem+json per refusal, exhaustive.
http::Response problem_of(const Refusing& refusing);

/// Text limits of an address; the refusal names the member.
std::optional<http::Response> check_contact(const Contact& contact, bool email_needed);
Contact contact_from(const OrderAddress& address, const std::optional<std::string>& email);

/// The buyer, or whoever holds the guest's secret.
bool is_buyer(const Services& services, const http::Context& c, const Order& order);
/// Also the merchant's staff with that right, and the operator.
bool may(const Services& services, const http::Context& c, const Order& order,
         std::string_view right);
bool may_read(const Services& services, const http::Context& c, const Order& order);
http::Response unknown_order();
http::Route order_route(http::Method method, std::string path, http::Access access,
                        std::string summary);

PromotionVerdictOut verdict_out(const PromotionVerdict& verdict, Currency currency);

/// {merchant} of a path, by slug or id.
std::optional<MerchantId> merchant_in_path(const Services& services, http::Context& c);

/// Orders of a quote with their shipping options.
std::vector<OrderOut> quote_out(const Services& services, storage::Read& read, const Quote& quote);

void mount_shipping(http::Router& router, const Services& services);
void mount_edit(http::Router& router, const Services& services);
void mount_tax(http::Router& router, const Services& services);
void mount_promotions(http::Router& router, const Services& services);
void mount_carts(http::Router& router, const Services& services);
void mount_fee_preview(http::Router& router, const Services& services);
void mount_documents(http::Router& router, const Services& s);
void mount_market(http::Router& router, const Services& services);
void mount_aftersale(http::Router& router, const Services& services);
void mount_refunds(http::Router& router, const Services& services);
http::Response problem_of(const AftersaleRefusing& refusing);
/// Text of a person, sealed under the order's key; empty when there is none or the key is gone.
std::string seal_for(const Services& services, const Order& order,
                     const std::optional<std::string>& text);
std::optional<std::string> open_for(const Services& services, const Order& order,
                                    const std::string& sealed);
inline constexpr std::size_t kMostText = 2000;  // Bytes of a person's text.

/// Answers POST /checkouts and /checkouts/express from the outcome.
http::Response placed_response(const Services& services, storage::Read& read,
                               const Outcome& outcome);
/// Idempotency-Key without quotes; the caller's trace and actor filled in.
void fill_from_context(Purchase& purchase, const http::Context& c);

}  // namespace fondaco::orders
