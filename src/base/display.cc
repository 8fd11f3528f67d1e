#include <fondaco/base/display.h>
#include <fondaco/base/text.h>

#include <algorithm>
#include <array>

namespace fondaco {
namespace {

struct Sign {
  std::string_view code;
  std::string_view en;
  std::string_view zh;
};
constexpr auto kSigns = std::to_array<Sign>({
    {"EUR", "€", "€"},
    {"USD", "$", "US$"},
    {"GBP", "£", "£"},
    {"CNY", "CN¥", "¥"},
    {"JPY", "¥", "JP¥"},
});

constexpr std::array<std::string_view, 12> kMonths{"January",   "February", "March",    "April",
                                                   "May",       "June",     "July",     "August",
                                                   "September", "October",  "November", "December"};

std::string grouped(std::string_view digits) {
  std::string out;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) out += ',';
    out += digits[i];
  }
  return out;
}

}  // namespace

std::string show_money(Money m, std::string_view locale) {
  std::string digits = format_decimal(m);
  const bool negative = digits.starts_with('-');
  if (negative) digits.erase(0, 1);
  const auto point = std::min(digits.find('.'), digits.size());
  std::string out = negative ? "−" : "";
  const auto sign = std::find_if(kSigns.begin(), kSigns.end(),
                                 [&](const Sign& s) { return s.code == m.currency.code(); });
  if (sign == kSigns.end()) {
    out += m.currency.code();
    out += "\u00a0";
  } else {
    out += locale == "zh" ? sign->zh : sign->en;
  }
  out += grouped(std::string_view(digits).substr(0, point));
  out += digits.substr(point);
  return out;
}

std::string show_date(Instant t, std::string_view locale) {
  const std::string text = format_date(t);  // 2026-11-22
  const auto number = [&](std::size_t at, std::size_t size) {
    return parse_int(text.substr(at, size)).value_or(0);
  };
  const auto month = static_cast<std::size_t>(number(5, 2));
  if (locale == "zh") {
    return text.substr(0, 4) + "年" + std::to_string(month) + "月" + std::to_string(number(8, 2)) +
           "日";
  }
  return std::to_string(number(8, 2)) + " " + std::string(kMonths.at(month - 1)) + " " +
         text.substr(0, 4);
}

std::string show_time(Instant t, std::string_view locale) {
  const std::string time = format_rfc3339(t).substr(11, 5) + " UTC";
  return show_date(t, locale) + (locale == "zh" ? " " : ", ") + time;
}

}  // namespace fondaco
