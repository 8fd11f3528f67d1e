#include <fondaco/base/money.h>

#include <algorithm>
#include <numeric>

namespace fondaco {
namespace {

__extension__ typedef __int128 Wide;

// ISO 4217 list one, active codes of states; digits after the point differ from two where said.
constexpr std::string_view kTwoDigits =
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD "
    "CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD "
    "GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD "
    "MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP "
    "PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS "
    "TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD YER ZAR ZMW ZWG";
constexpr std::string_view kNoDigits =
    "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV "
    "XAF XOF XPF";
constexpr std::string_view kThreeDigits = "BHD IQD JOD KWD LYD OMR TND";
constexpr std::string_view kFourDigits = "CLF UYW";

bool listed(std::string_view list, std::string_view code) {
  if (code.size() != 3 || code.find(' ') != std::string_view::npos) return false;
  for (std::size_t i = 0; i + 3 <= list.size(); i += 4) {
    if (list.substr(i, 3) == code) return true;
  }
  return false;
}

int exponent_of(std::string_view code) {
  if (listed(kTwoDigits, code)) return 2;
  if (listed(kNoDigits, code)) return 0;
  if (listed(kThreeDigits, code)) return 3;
  if (listed(kFourDigits, code)) return 4;
  return -1;
}

std::int64_t narrow(Wide v) {
  FONDACO_CHECK(v <= INT64_MAX && v >= INT64_MIN);
  return static_cast<std::int64_t>(v);
}

/// Divides towards the rounding of the magnitude; the sign is carried over.
std::int64_t divide(Wide numerator, Wide denominator, Round round) {
  FONDACO_CHECK(denominator > 0);
  const bool negative = numerator < 0;
  const Wide n = negative ? -numerator : numerator;
  Wide q = n / denominator;
  const Wide twice = n % denominator * 2;
  const bool up = round == Round::half_up ? twice >= denominator
                  : round == Round::half_even
                      ? twice > denominator || (twice == denominator && q % 2 != 0)
                      : false;
  if (up) ++q;
  return narrow(negative ? -q : q);
}

std::int64_t power_of_ten(int n) {
  std::int64_t p = 1;
  while (n-- > 0) p *= 10;
  return p;
}

}  // namespace

std::optional<Currency> Currency::parse(std::string_view code) {
  if (exponent_of(code) < 0) return std::nullopt;
  Currency c;
  std::copy(code.begin(), code.end(), c.code_.begin());
  return c;
}

Currency Currency::of(std::string_view code) {
  const auto c = parse(code);
  FONDACO_CHECK(c.has_value());
  return *c;
}

int Currency::exponent() const { return std::max(0, exponent_of(code())); }

Money operator+(Money a, Money b) {
  FONDACO_CHECK(a.currency == b.currency);
  std::int64_t sum = 0;
  FONDACO_CHECK(!__builtin_add_overflow(a.minor, b.minor, &sum));
  return {sum, a.currency};
}

Money operator-(Money a, Money b) {
  FONDACO_CHECK(a.currency == b.currency);
  std::int64_t difference = 0;
  FONDACO_CHECK(!__builtin_sub_overflow(a.minor, b.minor, &difference));
  return {difference, a.currency};
}

Money times(Money unit, std::int64_t count) {
  return {narrow(static_cast<Wide>(unit.minor) * count), unit.currency};
}

std::int64_t mul_div(std::int64_t whole, std::int64_t numerator, std::int64_t denominator,
                     Round round) {
  return divide(static_cast<Wide>(whole) * numerator, denominator, round);
}

Money share(Money whole, std::int64_t basis_points, Round round) {
  return {mul_div(whole.minor, basis_points, 10'000, round), whole.currency};
}

Money tax_in_gross(Money gross, std::int64_t basis_points, Round round) {
  FONDACO_CHECK(basis_points >= 0);
  return {mul_div(gross.minor, basis_points, 10'000 + basis_points, round), gross.currency};
}

std::vector<Money> allocate(Money whole, std::span<const std::int64_t> weights) {
  Wide total = 0;
  for (const auto w : weights) {
    FONDACO_CHECK(w >= 0);
    total += w;
  }
  FONDACO_CHECK(total > 0);
  const bool negative = whole.minor < 0;
  const Wide magnitude = negative ? -static_cast<Wide>(whole.minor) : whole.minor;
  std::vector<std::int64_t> parts(weights.size());
  std::vector<Wide> remainders(weights.size());
  Wide given = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const Wide product = magnitude * weights[i];
    parts[i] = narrow(product / total);
    remainders[i] = product % total;
    given += parts[i];
  }
  std::vector<std::size_t> order(weights.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return remainders[a] > remainders[b]; });
  for (std::size_t i = 0; given < magnitude; ++i, ++given) ++parts[order[i]];
  std::vector<Money> out;
  out.reserve(parts.size());
  for (const auto p : parts) out.push_back({negative ? -p : p, whole.currency});
  return out;
}

std::string format_decimal(Money m) {
  const int digits = m.currency.exponent();
  const Wide magnitude = m.minor < 0 ? -static_cast<Wide>(m.minor) : m.minor;
  std::string text = std::to_string(static_cast<std::uint64_t>(magnitude));
  const auto width = static_cast<std::size_t>(digits);
  if (digits > 0) {
    if (text.size() <= width) text.insert(0, width + 1 - text.size(), '0');
    text.insert(text.size() - width, 1, '.');
  }
  return m.minor < 0 ? "-" + text : text;
}

std::optional<Money> parse_decimal(std::string_view text, Currency currency) {
  const bool negative = !text.empty() && text.front() == '-';
  if (negative) text.remove_prefix(1);
  const auto point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  std::string_view fraction = point == std::string_view::npos ? "" : text.substr(point + 1);
  if (whole.empty() || whole.size() > 16 || (point != std::string_view::npos && fraction.empty())) {
    return std::nullopt;
  }
  const auto digits = static_cast<std::size_t>(currency.exponent());
  while (fraction.size() > digits && fraction.back() == '0') fraction.remove_suffix(1);
  if (fraction.size() > digits) return std::nullopt;
  Wide minor = 0;
  for (const std::string_view part : {whole, fraction}) {
    for (const char c : part) {
      if (c < '0' || c > '9') return std::nullopt;
      minor = minor * 10 + (c - '0');
    }
  }
  minor *= power_of_ten(static_cast<int>(digits - fraction.size()));
  if (minor > Wide{1'000'000'000'000'000} * power_of_ten(static_cast<int>(digits)) ||
      minor > INT64_MAX) {
    return std::nullopt;
  }
  const auto value = static_cast<std::int64_t>(minor);
  return Money{negative ? -value : value, currency};
}

}  // namespace fondaco
