#include <fondaco/orders/policy.h>

#include <fondaco/base/check.h>

#include <boost/describe/enum_from_string.hpp>

#include <algorithm>
#include <array>
#include <string>

namespace fondaco::orders {
namespace {

/// A time from a day on; the newest row not after the day counts.
struct TimeRow {
  Waiting what;
  std::string_view from;  // "2020-01-01"
  std::int64_t hours;
};
constexpr auto kTimes = std::to_array<TimeRow>({
    {Waiting::confirm_express, "2009-01-01", 10 * 24},
    {Waiting::confirm_mail, "2009-01-01", 30 * 24},
    {Waiting::confirm_virtual, "2009-01-01", 3 * 24},
    {Waiting::confirm_automatic, "2009-01-01", 24},
    {Waiting::confirm_top_up, "2009-01-01", 0},
    {Waiting::seller_agrees_unsent, "2009-01-01", 2 * 24},
    {Waiting::seller_agrees, "2009-01-01", 5 * 24},
    {Waiting::buyer_returns, "2009-01-01", 7 * 24},
    {Waiting::buyer_answers, "2009-01-01", 7 * 24},
    {Waiting::seller_receives, "2009-01-01", 10 * 24},
    {Waiting::seller_reships, "2009-01-01", 7 * 24},
});

struct MarketRow {
  std::string_view from;
  Market market;
};
constexpr std::int64_t kChinaMinutes = 8 * 60;
// CN: Consumer Protection Law of 2014-03-15. EU: directive 2011/83 since 2014-06-13, with the
// withdrawal function of directive 2023/2673 since 2026-06-19. GB: the same fortnight by its own
// regulations of 2013. Days end where the market's westernmost clock ends them: never too early.
constexpr auto kMarkets = std::to_array<MarketRow>({
    {"2014-03-15", {"CN", 7, false, false, false, 7, kChinaMinutes}},
    {"2014-06-13", {"EU", 14, false, true, true, 14, 0}},
    {"2026-06-19", {"EU", 14, true, true, true, 14, 0}},
    {"2014-06-13", {"GB", 14, false, true, true, 14, 0}},
});
constexpr std::string_view kUnion =
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK";

std::string_view market_name(std::string_view country) {
  const bool member = country.size() == 2 && kUnion.find(country) != std::string_view::npos;
  return member ? "EU" : country;
}

struct GroundRow {
  std::string_view market;
  ReturnClass goods;
  std::string_view ground;
};
constexpr auto kExcluded = std::to_array<GroundRow>({
    {"CN", ReturnClass::made_to_order, "CN Consumer Protection Law art. 25 (1)"},
    {"CN", ReturnClass::fresh, "CN Consumer Protection Law art. 25 (2)"},
    {"CN", ReturnClass::digital, "CN Consumer Protection Law art. 25 (3)"},
    {"CN", ReturnClass::periodical, "CN Consumer Protection Law art. 25 (4)"},
    {"EU", ReturnClass::made_to_order, "Directive 2011/83/EU art. 16 (c)"},
    {"EU", ReturnClass::fresh, "Directive 2011/83/EU art. 16 (d)"},
    {"EU", ReturnClass::digital, "Directive 2011/83/EU art. 16 (i)"},
    {"EU", ReturnClass::periodical, "Directive 2011/83/EU art. 16 (j)"},
    {"GB", ReturnClass::made_to_order, "Consumer Contracts Regulations 2013 reg. 28 (1) (b)"},
    {"GB", ReturnClass::fresh, "Consumer Contracts Regulations 2013 reg. 28 (1) (c)"},
    {"GB", ReturnClass::digital, "Consumer Contracts Regulations 2013 reg. 28 (3) (b)"},
    {"GB", ReturnClass::periodical, "Consumer Contracts Regulations 2013 reg. 28 (1) (f)"},
});
constexpr std::string_view kOptIn = "CN Consumer Protection Law art. 25, confirmed at the purchase";

}  // namespace

Duration time_for(Waiting what, Instant when) {
  const std::string day = format_date(when);
  std::optional<Duration> found;
  for (const TimeRow& row : kTimes) {
    if (row.what == what && row.from <= std::string_view(day)) found = hours(row.hours);
  }
  FONDACO_CHECK(found.has_value());  // The table covers all waits from before there was a shop.
  return *found;
}

Waiting confirm_of(DeliveryKind kind) {
  switch (kind) {
    case DeliveryKind::express:
      return Waiting::confirm_express;
    case DeliveryKind::mail:
      return Waiting::confirm_mail;
    case DeliveryKind::virtual_goods:
      return Waiting::confirm_virtual;
    case DeliveryKind::automatic:
      return Waiting::confirm_automatic;
    case DeliveryKind::top_up:
      return Waiting::confirm_top_up;
  }
  return Waiting::confirm_mail;
}

ReturnClass return_class_named(std::string_view name) {
  ReturnClass out = ReturnClass::normal;
  boost::describe::enum_from_string(std::string(name).c_str(), out);
  return out;
}

Market market_of(std::string_view country, Instant when) {
  const std::string day = format_date(when);
  const std::string_view name = market_name(country);
  Market found{"-"};
  for (const MarketRow& row : kMarkets) {
    if (row.market.name == name && row.from <= std::string_view(day)) found = row.market;
  }
  return found;
}

ReturnVerdict may_return(std::string_view country, ReturnClass goods, bool confirmed,
                         std::optional<Instant> received, Instant now) {
  const Market market = market_of(country, now);
  if (market.no_reason_days == 0) return {};
  for (const GroundRow& row : kExcluded) {
    if (row.market == market.name && row.goods == goods) {
      return {ReturnRight::excluded, row.ground, {}};
    }
  }
  if (goods == ReturnClass::opt_in && market.name == "CN" && confirmed) {
    return {ReturnRight::excluded, kOptIn, {}};
  }
  if (!received) return {ReturnRight::without_reason, {}, {}};
  const std::int64_t day = days(1).us;
  const Duration shift = minutes(market.utc_minutes);
  const std::int64_t last = (*received + shift).us / day + market.no_reason_days;
  const Instant until = Instant{(last + 1) * day} - shift;
  return {now < until ? ReturnRight::without_reason : ReturnRight::reason_needed, {}, until};
}

}  // namespace fondaco::orders
