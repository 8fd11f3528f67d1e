#include "import_customers.h"

#include <fondaco/base/json.h>
#include <fondaco/base/text.h>
#include <fondaco/shoppers/customers.h>

#include <algorithm>
#include <array>

namespace fondaco::server {
namespace {

using shoppers::Address;
using shoppers::ContactChannel;
using shoppers::Purpose;

constexpr int kMostConsents = 10'000;  // Of one person.
constexpr int kPage = 200;

struct ConsentText {
  Purpose purpose = Purpose::marketing;
  ContactChannel channel = ContactChannel::email;
  bool granted = false;
  std::string text_version;
  std::string proof;
  Instant at;
};
BOOST_DESCRIBE_STRUCT(ConsentText, (), (purpose, channel, granted, text_version, proof, at))

constexpr std::string_view kEmail[] = {"email", "e-mail", "user_email", "email address",
                                       "billing_email"};

bool says_yes(std::string_view text) {
  return iequals_ascii(text, "yes") || iequals_ascii(text, "true") || text == "1" ||
         iequals_ascii(text, "subscribed");
}

using Names = std::array<std::string_view, 9>;  // Empty ones are no names.

/// The yes, and what would prove it.
struct Marketing {
  ContactChannel channel;
  Names yes;
  Names date;
  Names source;
};
constexpr Marketing kMarketing[] = {
    {ContactChannel::email,
     {"accepts email marketing", "accepts marketing", "email marketing", "marketing_opt_in",
      "newsletter"},
     {"accepts email marketing date", "accepts_marketing_updated_at",
      "accepts marketing updated at", "email marketing consent date", "marketing consent date",
      "marketing_opt_in_date", "consent date", "consent_date", "opt-in date"},
     {"email marketing consent source", "marketing consent source", "marketing_opt_in_source",
      "consent source", "consent_source", "opt-in source"}},
    {ContactChannel::sms,
     {"accepts sms marketing", "sms marketing"},
     {"accepts sms marketing date", "sms marketing consent date"},
     {"sms marketing consent source"}}};

std::optional<std::string> some(std::string text) {
  return text.empty() ? std::nullopt : std::optional(std::move(text));
}

std::string joined(std::string first, const std::string& second) {
  if (!first.empty() && !second.empty()) first += " ";
  return first + second;
}

}  // namespace

std::string CustomerTaker::lacks(const catalog::TableHeader& header) {
  header_ = header;
  return header.has_any(kEmail) ? "" : "there is no column \"email\"";
}

std::string CustomerTaker::email(const Cells& cells) const {
  return shoppers::parse_email(header_.any(cells, kEmail)).value_or("");
}

std::string CustomerTaker::name(const Cells& cells) const {
  const auto whole = header_.any(cells, {"name", "display_name"});
  if (!whole.empty()) return whole;
  return joined(header_.any(cells, {"first name", "first_name", "billing_first_name"}),
                header_.any(cells, {"last name", "last_name", "billing_last_name"}));
}

// Keys are durable before they are used, so they are taken outside the transaction.
void CustomerTaker::prepare(storage::Read& read, std::span<const std::vector<TableRow>> batch) {
  keys_.clear();
  for (const auto& rows : batch) {
    const auto mail = email(rows.front().cells());
    if (mail.empty()) continue;
    auto hash = keyring_.lookup_hash(mail);
    if (keys_.contains(hash) || shoppers::person_by_email(read, keyring_, mail)) continue;
    keys_.emplace(std::move(hash), keyring_.take());
  }
}

std::vector<Address> CustomerTaker::addresses(const Cells& cells, RowOutcome& out) const {
  if (const auto own = header_.any(cells, {"addresses"}); !own.empty()) {
    auto read = read_json<std::vector<Address>>(own);
    if (read.ok()) return std::move(*read);
    out.warnings.emplace_back("the addresses are no list of addresses: left out");
    return {};
  }
  std::vector<Address> all;
  // What Shopify calls default, and WooCommerce's two.
  for (const std::string_view head : {"default address ", "billing_", "shipping_"}) {
    const auto get = [&](std::initializer_list<std::string_view> names) {
      for (const auto name : names) {
        auto text = header_.any(cells, {std::string(head) + std::string(name)});
        if (!text.empty()) return text;
      }
      return std::string();
    };
    Address a;
    a.line1 = get({"address1", "address_1"});
    a.line2 = some(get({"address2", "address_2"}));
    a.city = get({"city"});
    a.region = some(get({"province code", "province", "state"}));
    a.postcode = some(get({"zip", "postcode"}));
    a.country = get({"country code", "country"});
    a.telephone = some(get({"phone"}));
    a.name = joined(get({"first_name"}), get({"last_name"}));
    if (a.name.empty()) a.name = name(cells);
    if (a.line1.empty() && a.city.empty()) continue;
    if (!a.telephone) a.telephone = some(header_.any(cells, {"phone"}));
    if (!shoppers::check_address(a).ok()) {
      out.warnings.emplace_back("an address is incomplete: left out");
    } else if (std::none_of(all.begin(), all.end(), [&](const Address& other) {
                 return shoppers::address_text(other) == shoppers::address_text(a);
               })) {
      all.push_back(std::move(a));
    }
  }
  return all;
}

void CustomerTaker::take_addresses(storage::Tx& tx, PersonId person, const Cells& cells,
                                   RowOutcome& out) const {
  const auto wanted = addresses(cells, out);
  if (wanted.empty()) return;
  std::vector<std::string> known;
  for (const auto& saved : shoppers::addresses_of(tx, keyring_, person)) {
    known.push_back(shoppers::address_text(saved.address));
  }
  for (const auto& address : wanted) {
    if (std::find(known.begin(), known.end(), shoppers::address_text(address)) != known.end()) {
      continue;
    }
    if (!shoppers::add_address(tx, keyring_, person, address).ok()) {
      out.warnings.emplace_back("an address is incomplete or one too many: left out");
      continue;
    }
    ++out.more["addresses"];
    if (out.done == RowOutcome::Done::unchanged) out.done = RowOutcome::Done::updated;
  }
}

// The ledger of this house has the last word: what it knows of a purpose and channel stays.
void CustomerTaker::take_consent(storage::Tx& tx, const shoppers::NewConsent& consent, Instant at,
                                 RowOutcome& out) const {
  if (!shoppers::record_consent_of(tx, keyring_, consent, at).ok()) {
    out.warnings.emplace_back("a consent is too long or names no wording: left out");
    return;
  }
  ++out.more["consents"];
  if (out.done == RowOutcome::Done::unchanged) out.done = RowOutcome::Done::updated;
}

void CustomerTaker::take_consents(storage::Tx& tx, PersonId person, const Cells& cells,
                                  RowOutcome& out) const {
  const auto ledger = shoppers::consents_of(tx, keyring_, person, kMostConsents);
  const auto known = [&](Purpose purpose, ContactChannel channel) {
    return std::any_of(ledger.begin(), ledger.end(), [&](const shoppers::ConsentRow& row) {
      return row.purpose == purpose && row.channel == channel;
    });
  };
  if (const auto own = header_.any(cells, {"consents"}); !own.empty()) {
    const auto read = read_json<std::vector<ConsentText>>(own);
    if (!read.ok()) out.warnings.emplace_back("the consents are no list of consents: left out");
    for (const auto& c : read.ok() ? *read : std::vector<ConsentText>{}) {
      if (known(c.purpose, c.channel)) continue;
      take_consent(tx, {person, c.purpose, c.channel, c.granted, c.text_version, c.proof}, c.at,
                   out);
    }
  }
  for (const auto& m : kMarketing) {
    if (!says_yes(header_.any(cells, m.yes))) continue;
    const auto date = header_.any(cells, m.date);
    const auto source = header_.any(cells, m.source);
    if (date.empty() && source.empty()) {
      ++out.more["consents_unproven"];
    } else if (!known(Purpose::marketing, m.channel)) {
      take_consent(tx,
                   {person, Purpose::marketing, m.channel, true, "imported",
                    "from the old shop's file; date: " + date.substr(0, 100) +
                        "; source: " + source.substr(0, 300)},
                   tx.now(), out);
    }
  }
}

RowOutcome CustomerTaker::take(storage::Tx& tx, const std::vector<TableRow>& rows) {
  const auto cells = rows.front().cells();
  if (header_.any(cells, kEmail).empty()) {
    return RowOutcome::refuse("email", "the e-mail address is missing");
  }
  const auto mail = email(cells);
  if (mail.empty()) return RowOutcome::refuse("email", "is no e-mail address");
  RowOutcome out;
  auto person = shoppers::person_by_email(tx, keyring_, mail);
  if (!person) {
    const auto key = keys_.find(keyring_.lookup_hash(mail));
    if (key == keys_.end()) throw Fault("a customer was erased while he was being imported");
    const auto locale = header_.any(cells, {"locale", "language"});
    const auto made = shoppers::create_customer(
        tx, keyring_, {mail, name(cells), locale.starts_with("zh") ? "zh" : "en", key->second});
    if (!made.ok()) return RowOutcome::refuse("name", "has more than 200 characters");
    person = *made;
    out.done = RowOutcome::Done::created;
  }
  take_addresses(tx, *person, cells, out);
  take_consents(tx, *person, cells, out);
  return out;
}

std::int64_t export_customers(storage::Read& read, shoppers::Keyring& keyring,
                              const std::function<void(std::string_view)>& write) {
  std::string out;
  std::int64_t rows = 0;
  const std::string head[] = {"email", "name", "locale", "addresses", "consents"};
  catalog::append_csv_row(out, head);
  for (PersonId after;;) {
    const auto ids = shoppers::customers_after(read, after, kPage);
    if (ids.empty()) break;
    after = ids.back();
    for (const PersonId id : ids) {
      const auto person = shoppers::find_person(read, keyring, id);
      if (!person || !person->profile) continue;
      std::vector<Address> addresses;
      for (auto& saved : shoppers::addresses_of(read, keyring, id)) {
        addresses.push_back(std::move(saved.address));
      }
      std::reverse(addresses.begin(), addresses.end());  // As they were added.
      std::vector<ConsentText> consents;
      for (auto& c : shoppers::consents_of(read, keyring, id, kMostConsents)) {
        consents.push_back({c.purpose, c.channel, c.granted, c.text_version, c.proof, c.at});
      }
      std::reverse(consents.begin(), consents.end());
      const std::string row[] = {
          catalog::formula_guard(person->profile->email),
          catalog::formula_guard(person->profile->name), person->profile->locale,
          addresses.empty() ? "" : json_of(addresses), consents.empty() ? "" : json_of(consents)};
      catalog::append_csv_row(out, row);
      ++rows;
    }
    write(out);
    out.clear();
  }
  if (!out.empty()) write(out);
  return rows;
}

}  // namespace fondaco::server
