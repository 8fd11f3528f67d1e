// Decimals read are written back to the same amount; shares and parts never lose a unit.
#include <fondaco/base/check.h>
#include <fondaco/base/money.h>

#include <cstring>

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using fondaco::Currency;
  using fondaco::Money;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const auto* code : {"EUR", "JPY", "KWD", "CLF"}) {
    const auto money = fondaco::parse_decimal(text, Currency::of(code));
    if (!money) continue;
    const auto again = fondaco::parse_decimal(fondaco::format_decimal(*money), money->currency);
    FONDACO_CHECK(again && *again == *money);
  }
  if (size < 12) return 0;
  std::int64_t whole = 0;
  std::memcpy(&whole, data, 8);
  whole %= 1'000'000'000'000'000;
  std::vector<std::int64_t> weights{1};
  for (std::size_t i = 8; i < size && weights.size() < 50; ++i) weights.push_back(data[i]);
  Money sum{0, Currency::of("EUR")};
  for (const Money part : fondaco::allocate({whole, sum.currency}, weights)) sum += part;
  FONDACO_CHECK(sum.minor == whole);
  return 0;
}
