#include <fondaco/base/time.h>

#include <fmt/format.h>

#include <chrono>

namespace fondaco {
namespace {

constexpr std::int64_t kDayUs = 86'400'000'000;

std::chrono::year_month_day civil(std::int64_t day) {
  return std::chrono::year_month_day{std::chrono::sys_days{std::chrono::days{day}}};
}

std::int64_t floor_div(std::int64_t a, std::int64_t b) {
  return a / b - static_cast<std::int64_t>(a % b < 0);
}

/// Reads exactly `digits` digits at `at`; -1 when there are none.
int number(std::string_view text, std::size_t at, std::size_t digits) {
  if (at + digits > text.size()) return -1;
  int value = 0;
  for (std::size_t i = at; i < at + digits; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

/// The offset in microseconds of "Z", "+02:00" or "-05:30"; nothing for anything else.
std::optional<std::int64_t> offset_us(std::string_view text) {
  if (text == "Z" || text == "z") return 0;
  if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') return std::nullopt;
  const int h = number(text, 1, 2);
  const int m = number(text, 4, 2);
  if (h < 0 || h > 23 || m < 0 || m > 59) return std::nullopt;
  const std::int64_t us = (std::int64_t{h} * 60 + m) * 60'000'000;
  return text[0] == '-' ? -us : us;
}

}  // namespace

std::string format_date(Instant t) {
  const auto ymd = civil(floor_div(t.us, kDayUs));
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(ymd.year()),
                     static_cast<unsigned>(ymd.month()), static_cast<unsigned>(ymd.day()));
}

std::string format_rfc3339(Instant t) {
  const std::int64_t rest = t.us - floor_div(t.us, kDayUs) * kDayUs;
  const std::int64_t second = rest / 1'000'000;
  std::string out = fmt::format("{}T{:02}:{:02}:{:02}", format_date(t), second / 3600,
                                second / 60 % 60, second % 60);
  if (rest % 1'000'000 != 0) out += fmt::format(".{:06}", rest % 1'000'000);
  return out + "Z";
}

std::optional<Instant> parse_rfc3339(std::string_view text) {
  if (text.size() < 20 || text[4] != '-' || text[7] != '-' || text[13] != ':' || text[16] != ':') {
    return std::nullopt;
  }
  if (text[10] != 'T' && text[10] != 't' && text[10] != ' ') return std::nullopt;
  const int year = number(text, 0, 4), month = number(text, 5, 2), day = number(text, 8, 2);
  const int h = number(text, 11, 2), m = number(text, 14, 2), s = number(text, 17, 2);
  if (year < 0 || month < 1 || day < 1 || h < 0 || h > 23 || m < 0 || m > 59 || s < 0 || s > 60) {
    return std::nullopt;
  }
  const std::chrono::year_month_day ymd{std::chrono::year{year},
                                        std::chrono::month{static_cast<unsigned>(month)},
                                        std::chrono::day{static_cast<unsigned>(day)}};
  if (!ymd.ok()) return std::nullopt;
  std::size_t at = 19;
  std::int64_t fraction = 0;
  if (text[at] == '.') {
    std::int64_t scale = 100'000;
    const std::size_t first = ++at;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, scale /= 10) {
      fraction += (text[at] - '0') * scale;
    }
    if (at == first) return std::nullopt;
  }
  const auto offset = offset_us(text.substr(at));
  if (!offset) return std::nullopt;
  const std::int64_t day_number = std::chrono::sys_days{ymd}.time_since_epoch().count();
  const std::int64_t in_day = ((std::int64_t{h} * 60 + m) * 60 + s) * 1'000'000 + fraction;
  return Instant{day_number * kDayUs + in_day - *offset};
}

Instant SystemClock::now() const {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::microseconds>(since).count()};
}

}  // namespace fondaco
