// Money: whole minor units of an ISO 4217 currency. Depends on check.h.
// No floating point and no implicit mixing; each division names its rounding.
#pragma once

#include <fondaco/base/check.h>

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fondaco {

enum class Round { down, half_up, half_even };

/// An ISO 4217 code. Only codes of the shipped table exist.
class Currency {
 public:
  constexpr Currency() = default;
  /// Nothing when the code is not in the table (case matters: "EUR").
  static std::optional<Currency> parse(std::string_view code);
  /// For codes written in the program; an unknown one is a bug.
  static Currency of(std::string_view code);
  std::string_view code() const { return {code_.data(), code_.size()}; }
  /// Digits after the point in ISO 4217: 2 for EUR, 0 for JPY, 3 for KWD.
  int exponent() const;
  friend constexpr bool operator==(const Currency&, const Currency&) = default;
  friend constexpr auto operator<=>(const Currency&, const Currency&) = default;

 private:
  std::array<char, 3> code_{'X', 'X', 'X'};
};

/// Overflow and mixed currencies are bugs (FONDACO_CHECK): limits at the edge keep them away.
struct Money {
  std::int64_t minor = 0;
  Currency currency;

  friend constexpr bool operator==(const Money&, const Money&) = default;
  friend Money operator+(Money a, Money b);
  friend Money operator-(Money a, Money b);
  Money& operator+=(Money b) { return *this = *this + b; }
  Money& operator-=(Money b) { return *this = *this - b; }
  Money operator-() const { return Money{0, currency} - *this; }
};

/// `unit` times a count of pieces, checked for overflow.
Money times(Money unit, std::int64_t count);

/// whole * numerator / denominator with a 128-bit intermediate. denominator > 0.
std::int64_t mul_div(std::int64_t whole, std::int64_t numerator, std::int64_t denominator,
                     Round round);

/// A share in basis points (1 bp = 0.01 %), as a commission on a price.
Money share(Money whole, std::int64_t basis_points, Round round);

/// The tax inside a gross amount: gross * r / (1 + r).
Money tax_in_gross(Money gross, std::int64_t basis_points, Round round);

/// Splits `whole` by weights so that the parts sum to it exactly (largest remainder; ties go to
/// the earlier part). All weights >= 0, at least one > 0; a negative whole mirrors a positive one.
std::vector<Money> allocate(Money whole, std::span<const std::int64_t> weights);

/// "19.90", "-0.05", "1200" by the currency's exponent; no code, no grouping.
std::string format_decimal(Money m);
/// Reads "19.9", "19.90", "1200". Nothing on more digits than the currency has (unless zeros),
/// signs other than a leading '-', grouping, exponents, or more than 10^15 major units.
std::optional<Money> parse_decimal(std::string_view text, Currency currency);

}  // namespace fondaco
