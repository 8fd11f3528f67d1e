#include <fondaco/base/gtin.h>

namespace fondaco {
namespace {

char check_digit(std::string_view digits) {
  int sum = 0;
  int weight = 3;  // Counted from the right: 3, 1, 3, …
  for (std::size_t i = digits.size(); i-- > 0; weight = 4 - weight) {
    sum += (digits[i] - '0') * weight;
  }
  return static_cast<char>('0' + (10 - sum % 10) % 10);
}

bool all_digits(std::string_view text) {
  return text.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

bool is_gtin(std::string_view text) {
  const auto n = text.size();
  if ((n != 8 && n != 12 && n != 13 && n != 14) || !all_digits(text)) return false;
  return check_digit(text.substr(0, n - 1)) == text.back();
}

std::string with_check_digit(std::string_view digits) {
  return std::string(digits) + check_digit(digits);
}

std::string gtin14(std::string_view gtin) {
  return std::string(14 - gtin.size(), '0') + std::string(gtin);
}

}  // namespace fondaco
