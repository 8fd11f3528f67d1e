// What a basket costs: lines, tax, shipping, fees. Pure; depends on orders.h, marketplace/fees.h.
#pragma once

#include <fondaco/marketplace/fees.h>
#include <fondaco/orders.h>

#include <optional>
#include <string_view>

namespace fondaco::orders {

/// A rate in basis points for goods of a class ("standard", "reduced", "zero"; anything else is
/// standard) sent to `country` at `when`. From a dated table; 0 where the table has no country.
std::int64_t tax_rate(std::string_view country, std::string_view tax_class, Instant when);

/// Where we deliver: the countries of the tax table.
bool deliverable(std::string_view country);

/// Flat price of a method ("standard", "express", "pickup") for one order; nothing when there is
/// no such method. Inclusive or exclusive of tax as the merchant's prices are.
std::optional<Money> shipping_price(std::string_view method, Currency currency);
std::vector<std::string> shipping_methods();

/// Fills amount and tax of each line and the sums of the order from price, quantity, discounts and
/// tax_bp. `shipping_bp` is the tax rate of shipping. Rounding: half up per line, as tax offices
/// have it. Fees are not touched.
void price_order(Order& order, Money shipping, std::int64_t shipping_bp);

/// What the platform takes: one rate, or one for each line.
struct FeeRates {
  std::vector<std::int64_t> commission_bp;
  std::int64_t payment_fee_bp = 0;
  FeeScheduleId schedule = {};
};
/// Of a priced order: commission of each line on what the merchant is paid for it, payment fee on
/// the total. Rounding: half to even per line and for the payment fee.
void charge_fees(Order& order, const FeeRates& rates);
/// The same by a fee schedule, from the categories kept in the lines.
FeeRates rates_of(const Order& order, const marketplace::FeeSchedule& schedule,
                  marketplace::MerchantKind kind);

}  // namespace fondaco::orders
