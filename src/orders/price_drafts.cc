#include "place.h"
#include "promote.h"

#include <fondaco/orders/pricing.h>

#include <boost/describe/enum_to_string.hpp>

namespace fondaco::orders {
namespace {

Refusing refusing(Refusal reason, std::string what) {
  Refusing r;
  r.reason = reason;
  r.what = std::move(what);
  return r;
}

TaxCase tax_case_of(const Purchase& p, const Draft& draft, bool exempt, Instant now) {
  TaxCase c;
  c.seller_country = draft.merchant->country;
  c.country = p.contact.country;
  if (p.contact.region) c.region = *p.contact.region;
  if (p.contact.vat_id) c.vat_id = *p.contact.vat_id;
  c.exempt = exempt;
  c.when = now;
  return c;
}

Destination destination_of(const Purchase& p) {
  return {p.contact.country, p.contact.region.value_or(""), p.contact.postcode.value_or("")};
}

/// The method that was named for this merchant, or for all.
const std::string& method_for(const Purchase& p, const marketplace::MerchantInfo& merchant) {
  if (p.shippings.empty()) return p.shipping;
  auto found = p.shippings.find(merchant.slug);
  if (found == p.shippings.end()) found = p.shippings.find(to_text(merchant.id));
  return found == p.shippings.end() ? p.shipping : found->second;
}

/// Prices as they are without the tax that inclusive ones contain: half up for each unit.
std::int64_t net_of(std::int64_t price, std::int64_t contained_bp, Currency currency) {
  return price - tax_in_gross({price, currency}, contained_bp, Round::half_up).minor;
}

std::optional<Refusing> add_lines(Order& order, const Draft& draft,
                                  const std::unordered_map<OfferId, marketplace::OfferRow>& offers,
                                  const TaxCase& tax, TaxRule rule) {
  const bool untaxed = rule == TaxRule::reverse_charge || rule == TaxRule::exempt;
  for (std::size_t i = 0; i < draft.infos.size(); ++i) {
    const LineInfo& info = *draft.infos[i];
    const auto row = offers.find(info.offer);
    if (row == offers.end() || row->second.status == marketplace::OfferStatus::unknown ||
        row->second.status == marketplace::OfferStatus::paused) {
      return refusing(Refusal::unknown_sku, info.sku);
    }
    if (!row->second.active) return refusing(Refusal::currency_not_offered, info.sku);
    const std::string& tax_class = row->second.tax_class;
    const auto rate = rate_of(tax, rule, tax_class);
    if (!rate) {
      return refusing(Refusal::not_deliverable,
                      order.country + (tax.region.empty() ? "" : "-" + std::string(tax.region)));
    }
    Line& line = order.lines.emplace_back();
    line.offer = info.offer.value;
    line.variant = info.variant.value;
    line.product = info.product.value;
    line.stock = row->second.stock.value;
    line.sku = info.sku;
    line.title = info.title;
    line.quantity = draft.quantities[i];
    line.returns = info.returns;
    line.no_return_agreed = draft.stays[i];
    line.price = row->second.price.minor;
    line.tax_bp = *rate;
    line.category = info.category.value;
    if (untaxed && draft.merchant->prices_include_tax) {
      line.price = net_of(line.price, contained_rate(tax, tax_class), order.currency);
    }
  }
  return std::nullopt;
}

std::vector<ShippingOption> options_for(const Purchase& p, const Draft& draft, const Order& order) {
  const ShippingZone* zone = zone_of(*draft.zones, destination_of(p));
  if (!zone) return {};
  Parcel parcel;
  for (std::size_t i = 0; i < order.lines.size(); ++i) {
    const Line& line = order.lines[i];
    parcel.worth += times({line.price, order.currency}, line.quantity).minor;
    parcel.grams += draft.infos[i]->weight_grams * line.quantity;
  }
  return options_of(*zone, p.currency, parcel);
}

std::optional<Refusing> set_freight(Order& order, const Purchase& p, const Draft& draft,
                                    std::vector<ShippingOption>& options, const TaxCase& tax,
                                    TaxRule rule) {
  const std::string& method = method_for(p, *draft.merchant);
  if (draft.zones) {
    options = options_for(p, draft, order);
    const ShippingOption* chosen = chosen_of(options, method);
    if (!chosen) return refusing(Refusal::unknown_shipping, method);
    order.shipping_method = chosen->method;
    order.shipping = chosen->price.minor;
    order.details.shipping_title = chosen->title;
    order.details.shipping_title_zh = chosen->title_zh;
    order.details.days_least = chosen->days_least;
    order.details.days_most = chosen->days_most;
  } else {
    // Of the default table the cheapest is pick-up, which nobody wants unasked.
    order.shipping_method = method == "cheapest" ? "standard" : method;
    const auto price = shipping_price(order.shipping_method, p.currency);
    if (!price) return refusing(Refusal::unknown_shipping, method);
    order.shipping = price->minor;
  }
  const bool untaxed = rule == TaxRule::reverse_charge || rule == TaxRule::exempt;
  if (untaxed && draft.merchant->prices_include_tax) {
    order.shipping = net_of(order.shipping, contained_rate(tax, "standard"), order.currency);
  }
  return std::nullopt;
}

/// Commission by the category of each line.
FeeRates fees_of(const Draft& draft, const marketplace::FeeBook& fees, Instant now) {
  FeeRates rates;
  for (const auto& info : draft.infos) {
    const auto fee = fees.fees_for(*draft.merchant, info->category, now);
    rates.commission_bp.push_back(fee.commission_bp);
    rates.payment_fee_bp = fee.payment_fee_bp;
    rates.schedule = fee.schedule;
  }
  return rates;
}

/// The rate of freight, remembered where it is not what everybody would expect.
std::int64_t freight_rate(Order& order, const TaxCase& tax, TaxRule rule) {
  const std::int64_t rate = taxes_freight(tax, rule) ? main_rate(order.lines) : 0;
  if (rate != tax_rate(order.country, "standard", tax.when)) order.details.shipping_tax_bp = rate;
  return rate;
}

}  // namespace

std::optional<Refusing> check_shipping(const Purchase& p, const std::vector<Draft>& drafts) {
  for (const Draft& draft : drafts) {
    if (draft.zones) {
      if (zone_of(*draft.zones, destination_of(p))) continue;
      return refusing(Refusal::not_deliverable, p.contact.country);
    }
    const bool home = p.contact.country == "US" && draft.merchant->country == "US";
    if (!home && !deliverable(p.contact.country)) {
      return refusing(Refusal::not_deliverable, p.contact.country);
    }
    const std::string& method = method_for(p, *draft.merchant);
    if (method != "cheapest" && !shipping_price(method, p.currency)) {
      return refusing(Refusal::unknown_shipping, method);
    }
  }
  return std::nullopt;
}

Result<Quote, Refusing> price_drafts(
    const Purchase& purchase, const std::vector<Draft>& drafts,
    const std::unordered_map<OfferId, marketplace::OfferRow>& offers,
    const marketplace::FeeBook& fees, Instant now, bool tax_exempt, const Promoting* promoting) {
  Quote quote;
  std::vector<Order>& orders = quote.orders;
  std::vector<std::int64_t> freight_rates;
  for (const Draft& draft : drafts) {
    const TaxCase tax = tax_case_of(purchase, draft, tax_exempt, now);
    const TaxRule rule = tax_rule_of(tax);
    Order& order = orders.emplace_back();
    order.merchant = draft.merchant->id;
    order.currency = purchase.currency;
    order.country = purchase.contact.country;
    const bool untaxed = rule == TaxRule::reverse_charge || rule == TaxRule::exempt;
    order.tax_included = draft.merchant->prices_include_tax && !untaxed;
    if (rule != TaxRule::usual) {
      order.details.tax_rule = boost::describe::enum_to_string(rule, "");
    }
    if (auto refusal = add_lines(order, draft, offers, tax, rule)) return Refused{*refusal};
    auto& options = quote.shipping.emplace_back();
    if (auto refusal = set_freight(order, purchase, draft, options, tax, rule)) {
      return Refused{*refusal};
    }
    freight_rates.push_back(freight_rate(order, tax, rule));
  }
  if (promoting) quote.promotions = promote(orders, drafts, *promoting);
  for (std::size_t i = 0; i < orders.size(); ++i) {
    price_order(orders[i], orders[i].money(orders[i].shipping), freight_rates[i]);
    charge_fees(orders[i], fees_of(drafts[i], fees, now));
  }
  return quote;
}

}  // namespace fondaco::orders
