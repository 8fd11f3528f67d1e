#include <fondaco/orders/pricing.h>
#include <fondaco/orders/settlement.h>
#include <fondaco/orders/tax.h>

namespace fondaco::orders {

CommissionTax commission_tax(const TaxSide& platform, const TaxSide& merchant, Instant at) {
  // Nobody has said where the platform is taxed: a guess would be wrong for everybody else.
  if (platform.country.empty()) return {0, false, "not_set"};
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
