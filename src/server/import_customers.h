// `import customers`: people of an old shop. Depends on import_table.h, shoppers.
#pragma once

#include "import_table.h"

#include <fondaco/shoppers.h>

#include <map>
#include <string>

namespace fondaco::server {

/// Understands the columns of Shopify's and WooCommerce's customer exports and our own (email,
/// name, locale, addresses, consents). Found by the keyed hash of the mail address: somebody who
/// is known keeps what he said here and only gets an address that is new. Consent to marketing is
/// taken over where the file proves it (a date or a source beside the yes); else it stays off and
/// is counted. A consent that was ever given or taken back here is left alone.
class CustomerTaker final : public TableTaker {
 public:
  explicit CustomerTaker(shoppers::Keyring& keyring) : keyring_(keyring) {}

  std::string lacks(const catalog::TableHeader& header) override;
  void prepare(storage::Read& read, std::span<const std::vector<TableRow>> batch) override;
  RowOutcome take(storage::Tx& tx, const std::vector<TableRow>& rows) override;
  std::vector<std::string> counted() const override {
    return {"addresses", "consents", "consents_unproven"};
  }

 private:
  using Cells = std::vector<std::string_view>;
  std::string email(const Cells& cells) const;
  std::string name(const Cells& cells) const;
  std::vector<shoppers::Address> addresses(const Cells& cells, RowOutcome& out) const;
  void take_addresses(storage::Tx& tx, PersonId person, const Cells& cells, RowOutcome& out) const;
  void take_consents(storage::Tx& tx, PersonId person, const Cells& cells, RowOutcome& out) const;
  void take_consent(storage::Tx& tx, const shoppers::NewConsent& consent, Instant at,
                    RowOutcome& out) const;

  shoppers::Keyring& keyring_;
  catalog::TableHeader header_;
  std::map<std::string, KeyId> keys_;  // By mail hash: taken before the transaction.
};

/// All customers with addresses and consents in our own columns, in order of id. Personal data.
std::int64_t export_customers(storage::Read& read, shoppers::Keyring& keyring,
                              const std::function<void(std::string_view)>& write);

}  // namespace fondaco::server
