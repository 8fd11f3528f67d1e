#include <fondaco/orders/pricing.h>
#include <fondaco/orders/settlement.h>

#include <algorithm>
#include <array>

namespace fondaco::orders {
namespace {

constexpr std::array kUnion = std::to_array<std::string_view>(
    {"AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU",
     "IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"});

}  // namespace

bool in_eu(std::string_view country) {
  return std::find(kUnion.begin(), kUnion.end(), country) != kUnion.end();
}

CommissionTax commission_tax(const TaxSide& platform, const TaxSide& merchant, Instant at) {
  const std::int64_t home = tax_rate(platform.country, "standard", at);
  if (merchant.country == platform.country) return {home, false, "domestic"};
  if (merchant.vat_id.empty()) {
    // A private seller elsewhere in the Union is a consumer; outside of it Art. 59 may differ.
    return in_eu(merchant.country) ? CommissionTax{home, false, "consumer"}
                                   : CommissionTax{0, false, "outside"};
  }
  if (in_eu(platform.country) && in_eu(merchant.country)) return {0, true, "reverse_charge"};
  return {0, false, "outside"};
}

}  // namespace fondaco::orders
