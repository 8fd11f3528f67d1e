#include <fondaco/orders/pricing.h>

#include <fondaco/base/check.h>

#include <algorithm>
#include <array>

namespace fondaco::orders {
namespace {

/// One rate from a day on; the newest row not after the day counts.
struct TaxRow {
  std::string_view country;
  std::int64_t standard_bp;
  std::int64_t reduced_bp;  // Food and books where they have a rate of their own.
  std::string_view from;    // "2024-01-01"
};

// Value added tax of the states we deliver to. Later rows of a country replace earlier ones.
constexpr std::array kRates = std::to_array<TaxRow>({
    {"AT", 2000, 1000, "2016-01-01"}, {"BE", 2100, 600, "1996-01-01"},
    {"BG", 2000, 900, "2011-04-01"},  {"CH", 770, 250, "2018-01-01"},
    {"CH", 810, 260, "2024-01-01"},   {"CN", 1300, 900, "2019-04-01"},
    {"CY", 1900, 500, "2014-01-13"},  {"CZ", 2100, 1200, "2024-01-01"},
    {"DE", 1900, 700, "2021-01-01"},  {"DK", 2500, 2500, "1992-01-01"},
    {"EE", 2200, 900, "2024-01-01"},  {"EE", 2400, 900, "2025-07-01"},
    {"ES", 2100, 1000, "2012-09-01"}, {"FI", 2400, 1400, "2013-01-01"},
    {"FI", 2550, 1400, "2024-09-01"}, {"FR", 2000, 550, "2014-01-01"},
    {"GB", 2000, 0, "2011-01-04"},    {"GR", 2400, 1300, "2016-06-01"},
    {"HR", 2500, 1300, "2014-01-01"}, {"HU", 2700, 1800, "2012-01-01"},
    {"IE", 2300, 1350, "2021-03-01"}, {"IT", 2200, 1000, "2013-10-01"},
    {"JP", 1000, 800, "2019-10-01"},  {"LT", 2100, 900, "2009-09-01"},
    {"LU", 1700, 300, "2024-01-01"},  {"LV", 2100, 1200, "2018-01-01"},
    {"MT", 1800, 500, "2004-05-01"},  {"NL", 2100, 900, "2019-01-01"},
    {"NO", 2500, 1500, "2013-01-01"}, {"PL", 2300, 800, "2011-01-01"},
    {"PT", 2300, 600, "2011-01-01"},  {"RO", 1900, 900, "2017-01-01"},
    {"RO", 2100, 1100, "2025-08-01"}, {"SE", 2500, 1200, "1996-01-01"},
    {"SI", 2200, 950, "2013-07-01"},  {"SK", 2000, 1000, "2011-01-01"},
    {"SK", 2300, 500, "2025-01-01"},
});

struct ShippingRow {
  std::string_view method;
  std::int64_t major_hundredths;  // In hundredths of a unit of a currency like the euro.
};
constexpr std::array kShipping = std::to_array<ShippingRow>({
    {"standard", 490},
    {"express", 1290},
    {"pickup", 0},
});

/// A euro is about this many units of the others; flat rates need no finer scale.
std::int64_t units_per_euro(std::string_view currency) {
  if (currency == "CNY") return 8;
  if (currency == "JPY") return 160;
  if (currency == "CZK") return 25;
  if (currency == "HUF") return 400;
  if (currency == "SEK" || currency == "NOK") return 11;
  if (currency == "DKK") return 7;
  if (currency == "PLN") return 4;
  return 1;
}

}  // namespace

std::int64_t tax_rate(std::string_view country, std::string_view tax_class, Instant when) {
  if (tax_class == "zero") return 0;
  const std::string day = format_date(when);
  std::int64_t rate = 0;
  for (const TaxRow& row : kRates) {
    if (row.country != country || std::string_view(day) < row.from) continue;
    rate = tax_class == "reduced" ? row.reduced_bp : row.standard_bp;
  }
  return rate;
}

bool deliverable(std::string_view country) {
  return std::any_of(kRates.begin(), kRates.end(),
                     [&](const TaxRow& row) { return row.country == country; });
}

std::optional<Money> shipping_price(std::string_view method, Currency currency) {
  for (const ShippingRow& row : kShipping) {
    if (row.method != method) continue;
    std::int64_t scale = 1;
    for (int i = 0; i < currency.exponent(); ++i) scale *= 10;
    const std::int64_t units = row.major_hundredths * units_per_euro(currency.code());
    return Money{mul_div(units, scale, 100, Round::half_up), currency};
  }
  return std::nullopt;
}

std::vector<std::string> shipping_methods() {
  std::vector<std::string> out;
  for (const ShippingRow& row : kShipping) out.emplace_back(row.method);
  return out;
}

void price_order(Order& order, Money shipping, std::int64_t shipping_bp) {
  const auto tax_of = [&](std::int64_t amount, std::int64_t bp) {
    const Money money{amount, order.currency};
    return order.tax_included ? tax_in_gross(money, bp, Round::half_up).minor
                              : share(money, bp, Round::half_up).minor;
  };
  Money items{0, order.currency}, discount = items, platform = items;
  Money tax{tax_of(shipping.minor + order.details.shipping_platform, shipping_bp), order.currency};
  for (Line& line : order.lines) {
    line.amount = times({line.price, order.currency}, line.quantity).minor;
    // What the platform adds is part of what the merchant is paid for the goods: a third party's
    // payment, which is taxed (Article 73 of the VAT directive; third-party coupons in the US).
    line.tax = tax_of(line.paid() + line.platform_discount, line.tax_bp);
    items += {line.amount, order.currency};
    discount += {line.discount, order.currency};
    platform += {line.platform_discount, order.currency};
    tax += {line.tax, order.currency};
  }
  order.items = items.minor;
  order.discount = discount.minor;
  order.platform_discount = platform.minor + order.details.shipping_platform;
  order.shipping = shipping.minor;
  order.tax = tax.minor;
  order.total = (items - discount + shipping).minor + (order.tax_included ? 0 : tax.minor);
}

void charge_fees(Order& order, const FeeRates& rates) {
  const bool flat = rates.commission_bp.size() == 1;
  FONDACO_CHECK(flat || rates.commission_bp.size() == order.lines.size());
  Money commission{0, order.currency};
  for (std::size_t i = 0; i < order.lines.size(); ++i) {
    Line& line = order.lines[i];
    // What the platform gives away is the merchant's turnover all the same.
    const Money base{line.paid() + line.platform_discount, order.currency};
    const std::int64_t bp = rates.commission_bp[flat ? 0 : i];
    line.commission = share(base, bp, Round::half_even).minor;
    commission += {line.commission, order.currency};
  }
  order.commission = commission.minor;
  order.payment_fee = share(order.money(order.total), rates.payment_fee_bp, Round::half_even).minor;
  order.fee_version = rates.schedule;
}

FeeRates rates_of(const Order& order, const marketplace::FeeSchedule& schedule,
                  marketplace::MerchantKind kind) {
  FeeRates rates{{}, schedule.table.payment_fee_bp, schedule.id};
  for (const Line& line : order.lines) {
    const auto& rate = marketplace::rate_of(schedule.table, CategoryId{line.category}, kind);
    rates.commission_bp.push_back(rate.commission_bp);
  }
  return rates;
}

}  // namespace fondaco::orders
