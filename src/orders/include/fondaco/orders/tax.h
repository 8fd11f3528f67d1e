// Tax: which rule holds for a sale, which rate follows from it, and how an order's tax is made up.
// Pure, but for the certificates of persons. Depends on orders.h and pricing.h (the dated table).
//
// Covered: value added tax at the destination's rate; reverse charge between states of the EU;
// exempt buyers; sales tax of those US states that have one rate for the whole state, for sellers
// in the US. Not covered: US states with local rates, and New Jersey's 6.625 % (rates are whole
// basis points): an order to them is refused, never taxed wrongly; marketplace facilitator laws;
// thresholds of small sellers; duty. A VAT id's form is checked, VIES is not asked.
#pragma once

#include <fondaco/base/id.h>
#include <fondaco/orders.h>

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace fondaco::orders {

/// Stored by name in the details of an order; `usual` is not stored.
enum class TaxRule { usual, reverse_charge, exempt, us_state };
BOOST_DESCRIBE_ENUM(TaxRule, usual, reverse_charge, exempt, us_state)

struct TaxCase {
  std::string_view seller_country;
  std::string_view country;  // Of the destination.
  std::string_view region;   // US: the state's two letters.
  std::string_view vat_id;   // Of a business that buys; empty: a person.
  bool exempt = false;       // A confirmed certificate covers the destination.
  Instant when;
};

TaxRule tax_rule_of(const TaxCase& c);
/// In basis points; 0 for reverse charge and exempt buyers. Nothing: we know no rate, so it cannot
/// be sold there.
std::optional<std::int64_t> rate_of(const TaxCase& c, TaxRule rule, std::string_view tax_class);
/// The rate that inclusive prices contain when the buyer owes none.
std::int64_t contained_rate(const TaxCase& c, std::string_view tax_class);
/// Whether freight is taxed (as the goods are); some US states do not.
bool taxes_freight(const TaxCase& c, TaxRule rule);

/// Freight shares the fate of the main part of the goods: the rate under which most worth is sold,
/// the higher of two equal ones.
std::int64_t main_rate(const std::vector<Line>& lines);

/// "DE123456789": the form of an EU state's VAT id (spaces and points left out). Not whether it is
/// somebody's.
bool vat_id_formed(std::string_view vat_id);
bool in_eu(std::string_view country);

struct TaxPart {
  std::int64_t rate_bp = 0;
  std::int64_t net = 0;  // Without the tax.
  std::int64_t tax = 0;
};
/// By rate, highest first; taxes sum to order.tax, nets and taxes to what the merchant is paid.
std::vector<TaxPart> tax_parts(const Order& order);

// ---- certificates

struct TaxExemptionTag {  // Nobody else names it, so it does not stand in base/ids.h.
  static constexpr std::string_view prefix = "txe";
};
using TaxExemptionId = Id<TaxExemptionTag>;

enum class ExemptionState { asked = 1, confirmed = 2, refused = 3 };
BOOST_DESCRIBE_ENUM(ExemptionState, asked, confirmed, refused)

struct Exemption {
  TaxExemptionId id;
  PersonId person;
  std::string country;  // That it holds in.
  ExemptionState state = ExemptionState::asked;
  Instant valid_until;
  KeyId key;                // The person's: `certificate` is sealed under it.
  std::string certificate;  // Sealed: number and authority as the person wrote them.
  std::int64_t version = 1;
};

enum class ExemptionRefusal { unknown_exemption, bad_country, bad_date, decided, stale_version };

/// Asked by the person; holds once an operator has confirmed it. `certificate` is sealed already.
Result<Exemption, ExemptionRefusal> ask_exemption(storage::Tx& tx, Exemption wanted);
/// Publishes TaxExemptionDecided.
Result<Exemption, ExemptionRefusal> decide_exemption(storage::Tx& tx, TaxExemptionId id,
                                                     bool confirm, std::int64_t version);
std::optional<Exemption> find_exemption(storage::Read& read, TaxExemptionId id);
std::vector<Exemption> exemptions_of(storage::Read& read, PersonId person);
/// Those that wait for a decision, oldest first.
std::vector<Exemption> exemptions_asked(storage::Read& read, int limit);

/// Confirmed certificates in memory. Thread-safe.
class ExemptionBook {
 public:
  void load(storage::Read& read);
  void refresh(storage::Read& read, PersonId person);
  bool exempt(PersonId person, std::string_view country, Instant when) const;

 private:
  mutable std::mutex mutex_;
  std::unordered_map<PersonId, std::vector<std::pair<std::string, Instant>>> known_;
};

}  // namespace fondaco::orders
