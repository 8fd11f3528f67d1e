// How money and days look to people in a language. Depends on money.h, time.h.
#pragma once

#include <fondaco/base/money.h>
#include <fondaco/base/time.h>

#include <string>
#include <string_view>

namespace fondaco {

/// "€1,234.50", in Chinese "¥1,234.50" for yuan; currencies without a sign by their code.
std::string show_money(Money m, std::string_view locale);
/// "22 November 2026" or "2026年11月22日", in UTC.
std::string show_date(Instant t, std::string_view locale);
/// "22 November 2026, 10:15 UTC" or "2026年11月22日 10:15 UTC".
std::string show_time(Instant t, std::string_view locale);

}  // namespace fondaco
