#include <fondaco/orders/tax.h>

#include <fondaco/base/check.h>
#include <fondaco/base/text.h>
#include <fondaco/events/orders.h>
#include <fondaco/orders/pricing.h>
#include <fondaco/storage/publish.h>

#include <algorithm>
#include <array>

namespace fondaco::orders {
namespace {

/// VAT ids after the two letters: 9 a digit, A a letter, X either; several forms are several rows.
struct VatForm {
  std::string_view prefix;
  std::string_view country;
  std::string_view form;
};
constexpr std::array kVatForms = std::to_array<VatForm>({
    {"AT", "AT", "U99999999"},    {"BE", "BE", "9999999999"},   {"BG", "BG", "999999999"},
    {"BG", "BG", "9999999999"},   {"CY", "CY", "99999999A"},    {"CZ", "CZ", "99999999"},
    {"CZ", "CZ", "999999999"},    {"CZ", "CZ", "9999999999"},   {"DE", "DE", "999999999"},
    {"DK", "DK", "99999999"},     {"EE", "EE", "999999999"},    {"EL", "GR", "999999999"},
    {"ES", "ES", "X9999999X"},    {"FI", "FI", "99999999"},     {"FR", "FR", "XX999999999"},
    {"HR", "HR", "99999999999"},  {"HU", "HU", "99999999"},     {"IE", "IE", "9X99999A"},
    {"IE", "IE", "9999999AA"},    {"IT", "IT", "99999999999"},  {"LT", "LT", "999999999"},
    {"LT", "LT", "999999999999"}, {"LU", "LU", "99999999"},     {"LV", "LV", "99999999999"},
    {"MT", "MT", "99999999"},     {"NL", "NL", "999999999B99"}, {"PL", "PL", "9999999999"},
    {"PT", "PT", "999999999"},    {"RO", "RO", "99"},           {"RO", "RO", "999"},
    {"RO", "RO", "9999"},         {"RO", "RO", "99999"},        {"RO", "RO", "999999"},
    {"RO", "RO", "9999999"},      {"RO", "RO", "99999999"},     {"RO", "RO", "999999999"},
    {"RO", "RO", "9999999999"},   {"SE", "SE", "999999999999"}, {"SI", "SI", "99999999"},
    {"SK", "SK", "9999999999"},
});

/// States with one rate for all of the state. Later rows of a state replace earlier ones.
struct StateRow {
  std::string_view state;
  std::int64_t rate_bp;
  bool freight;  // Separately stated freight is taxed.
  std::string_view from;
};
constexpr std::array kStates = std::to_array<StateRow>({
    {"CT", 635, true, "2011-07-01"},
    {"DC", 600, true, "2013-10-01"},
    {"DE", 0, false, "1900-01-01"},
    {"IN", 700, true, "2008-04-01"},
    {"KY", 600, true, "1990-07-01"},
    {"MA", 625, false, "2009-08-01"},
    {"MD", 600, false, "2008-01-03"},
    {"ME", 550, false, "2013-10-01"},
    {"MI", 600, true, "1994-05-01"},
    {"MT", 0, false, "1900-01-01"},
    {"NH", 0, false, "1900-01-01"},
    {"OR", 0, false, "1900-01-01"},
    {"RI", 700, true, "1990-07-01"},
});

std::string folded(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == ' ' || c == '.' || c == '-') continue;
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    out += c;
  }
  return out;
}

bool fits(std::string_view text, std::string_view form) {
  if (text.size() != form.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    const bool letter = text[i] >= 'A' && text[i] <= 'Z';
    const bool good = form[i] == '9'   ? digit
                      : form[i] == 'A' ? letter
                      : form[i] == 'X' ? digit || letter
                                       : text[i] == form[i];
    if (!good) return false;
  }
  return true;
}

/// The state of the EU whose form the id has; empty for none.
std::string_view country_of_vat(std::string_view vat_id) {
  const std::string id = folded(vat_id);
  if (id.size() < 4) return {};
  for (const VatForm& f : kVatForms) {
    if (id.starts_with(f.prefix) && fits(std::string_view(id).substr(2), f.form)) return f.country;
  }
  return {};
}

const StateRow* state_of(std::string_view region, Instant when) {
  const std::string state = folded(region.starts_with("US-") ? region.substr(3) : region);
  const std::string day = format_date(when);
  const StateRow* found = nullptr;
  for (const StateRow& row : kStates) {
    if (row.state == state && std::string_view(day) >= row.from) found = &row;
  }
  return found;
}

constexpr storage::Sql kInsert{"orders.exemption_insert", R"sql(
  INSERT INTO orders_tax_exemption
    (shard, id, person_id, country, state, valid_until, key_id, certificate, version)
  VALUES ($1, $2, $3, $4, 1, $5, $6, $7, 1))sql"};
constexpr storage::Sql kDecide{"orders.exemption_decide", R"sql(
  UPDATE orders_tax_exemption SET state = $3, version = version + 1
   WHERE shard = $1 AND id = $2 AND version = $4 AND state = 1)sql"};
constexpr storage::Sql kFind{"orders.exemption_find", R"sql(
  SELECT id, person_id, country, state, valid_until, key_id, certificate, version
    FROM orders_tax_exemption WHERE shard = $1 AND id = $2)sql"};
constexpr storage::Sql kOfPerson{"orders.exemptions_of", R"sql(
  SELECT id, person_id, country, state, valid_until, key_id, certificate, version
    FROM orders_tax_exemption WHERE person_id = $1 ORDER BY id)sql"};
constexpr storage::Sql kOfState{"orders.exemptions_in_state", R"sql(
  SELECT id, person_id, country, state, valid_until, key_id, certificate, version
    FROM orders_tax_exemption WHERE state = $1 ORDER BY id LIMIT $2)sql"};

Exemption exemption_of(const storage::Row& row) {
  Exemption e;
  e.id = row.id<TaxExemptionId>(0);
  e.person = row.id<PersonId>(1);
  e.country = row.str(2);
  e.state = static_cast<ExemptionState>(row.integer(3));
  e.valid_until = row.instant(4);
  e.key = row.id<KeyId>(5);
  e.certificate = row.blob(6);
  e.version = row.integer(7);
  return e;
}

}  // namespace

bool vat_id_formed(std::string_view vat_id) { return !country_of_vat(vat_id).empty(); }

bool in_eu(std::string_view country) {
  return std::any_of(kVatForms.begin(), kVatForms.end(),
                     [&](const VatForm& f) { return f.country == country; });
}

TaxRule tax_rule_of(const TaxCase& c) {
  if (c.exempt) return TaxRule::exempt;
  if (c.country == "US" && c.seller_country == "US") return TaxRule::us_state;
  const bool across = c.seller_country != c.country && in_eu(c.seller_country) && in_eu(c.country);
  if (across && country_of_vat(c.vat_id) == c.country) return TaxRule::reverse_charge;
  return TaxRule::usual;
}

std::optional<std::int64_t> rate_of(const TaxCase& c, TaxRule rule, std::string_view tax_class) {
  switch (rule) {
    case TaxRule::reverse_charge:
    case TaxRule::exempt:
      return 0;
    case TaxRule::us_state: {
      const StateRow* state = state_of(c.region, c.when);
      if (!state) return std::nullopt;
      return tax_class == "zero" ? 0 : state->rate_bp;
    }
    case TaxRule::usual:
      return tax_rate(c.country, tax_class, c.when);
  }
  return std::nullopt;
}

std::int64_t contained_rate(const TaxCase& c, std::string_view tax_class) {
  if (c.country == "US" && c.seller_country == "US") {
    return rate_of(c, TaxRule::us_state, tax_class).value_or(0);
  }
  return tax_rate(c.country, tax_class, c.when);
}

bool taxes_freight(const TaxCase& c, TaxRule rule) {
  if (rule != TaxRule::us_state) return true;
  const StateRow* state = state_of(c.region, c.when);
  return state && state->freight;
}

std::int64_t main_rate(const std::vector<Line>& lines) {
  std::map<std::int64_t, std::int64_t> worth;
  for (const Line& line : lines) worth[line.tax_bp] += line.price * line.quantity;
  std::pair<std::int64_t, std::int64_t> best{0, -1};  // Rate, worth.
  for (const auto& [rate, sum] : worth) {
    if (sum >= best.second) best = {rate, sum};
  }
  return best.first;
}

std::vector<TaxPart> tax_parts(const Order& order) {
  std::map<std::int64_t, TaxPart, std::greater<>> parts;
  std::int64_t line_tax = 0;
  const auto add = [&](std::int64_t rate, std::int64_t paid, std::int64_t tax) {
    TaxPart& part = parts[rate];
    part.rate_bp = rate;
    part.net += order.tax_included ? paid - tax : paid;
    part.tax += tax;
  };
  for (const Line& line : order.lines) {
    add(line.tax_bp, line.paid() + line.platform_discount, line.tax);
    line_tax += line.tax;
  }
  const std::int64_t freight = order.shipping + order.details.shipping_platform;
  const std::int64_t rate = order.details.shipping_tax_bp >= 0
                                ? order.details.shipping_tax_bp
                                : tax_rate(order.country, "standard", order.placed_at);
  if (freight > 0) add(rate, freight, order.tax - line_tax);
  std::vector<TaxPart> out;
  for (const auto& [bp, part] : parts) out.push_back(part);
  return out;
}

Result<Exemption, ExemptionRefusal> ask_exemption(storage::Tx& tx, Exemption wanted) {
  const bool country =
      wanted.country.size() == 2 && std::all_of(wanted.country.begin(), wanted.country.end(),
                                                [](char c) { return c >= 'A' && c <= 'Z'; });
  if (!country) return Refused{ExemptionRefusal::bad_country};
  if (wanted.valid_until <= tx.now()) return Refused{ExemptionRefusal::bad_date};
  wanted.id = tx.next_id<TaxExemptionId>(wanted.person.shard());
  wanted.state = ExemptionState::asked;
  wanted.version = 1;
  tx.exec(kInsert, {wanted.id.shard(), wanted.id, wanted.person, wanted.country, wanted.valid_until,
                    wanted.key, storage::Blob{wanted.certificate}});
  storage::publish(tx, wanted.id.value, 1,
                   events::TaxExemptionChanged{wanted.person, wanted.country, "asked"});
  return wanted;
}

Result<Exemption, ExemptionRefusal> decide_exemption(storage::Tx& tx, TaxExemptionId id,
                                                     bool confirm, std::int64_t version) {
  auto stored = find_exemption(tx, id);
  if (!stored) return Refused{ExemptionRefusal::unknown_exemption};
  if (stored->state != ExemptionState::asked) return Refused{ExemptionRefusal::decided};
  if (stored->version != version) return Refused{ExemptionRefusal::stale_version};
  stored->state = confirm ? ExemptionState::confirmed : ExemptionState::refused;
  if (tx.exec(kDecide, {id.shard(), id, stored->state, version}) != 1) {
    throw storage::Conflict("exemption " + to_text(id) + " changed meanwhile");
  }
  ++stored->version;
  storage::publish(tx, id.value, stored->version,
                   events::TaxExemptionChanged{stored->person, stored->country,
                                               confirm ? "confirmed" : "refused"});
  return *stored;
}

std::optional<Exemption> find_exemption(storage::Read& read, TaxExemptionId id) {
  return read.first(kFind, {id.shard(), id}, exemption_of);
}

std::vector<Exemption> exemptions_of(storage::Read& read, PersonId person) {
  return read.all(kOfPerson, {person}, exemption_of);
}

std::vector<Exemption> exemptions_asked(storage::Read& read, int limit) {
  return read.all(kOfState, {ExemptionState::asked, limit}, exemption_of);
}

void ExemptionBook::load(storage::Read& read) {
  constexpr int kMost = 1'000'000;
  const auto all = read.all(kOfState, {ExemptionState::confirmed, kMost}, exemption_of);
  const std::scoped_lock lock(mutex_);
  for (const Exemption& e : all) known_[e.person].emplace_back(e.country, e.valid_until);
}

void ExemptionBook::refresh(storage::Read& read, PersonId person) {
  const auto all = exemptions_of(read, person);
  const std::scoped_lock lock(mutex_);
  known_.erase(person);
  for (const Exemption& e : all) {
    if (e.state == ExemptionState::confirmed) known_[person].emplace_back(e.country, e.valid_until);
  }
}

bool ExemptionBook::exempt(PersonId person, std::string_view country, Instant when) const {
  if (!person) return false;
  const std::scoped_lock lock(mutex_);
  const auto found = known_.find(person);
  if (found == known_.end()) return false;
  return std::any_of(found->second.begin(), found->second.end(),
                     [&](const auto& e) { return e.first == country && when < e.second; });
}

}  // namespace fondaco::orders
