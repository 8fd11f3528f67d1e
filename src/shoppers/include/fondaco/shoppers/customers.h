// People whom an operator brings along from another shop, and takes along to the next. Depends on:
// people, privacy.
#pragma once

#include <fondaco/shoppers/privacy.h>

#include <string>
#include <vector>

namespace fondaco::shoppers {

struct NewCustomer {
  std::string email;
  std::string name;
  std::string locale = "en";
  KeyId key;  // Taken from the keyring before the transaction.
};

/// A person who has never signed up here and has no password. Refuses email_malformed,
/// name_too_long, locale_unknown, email_taken.
Result<PersonId, Refusal> create_customer(storage::Tx& tx, Keyring& keyring,
                                          const NewCustomer& customer);

/// As record_consent(), with the time at which it was given elsewhere.
Result<ConsentId, Refusal> record_consent_of(storage::Tx& tx, Keyring& keyring,
                                             const NewConsent& consent, Instant at);

/// Active people who are not staff, in order of id, after `after`, at most `limit`.
std::vector<PersonId> customers_after(storage::Read& read, PersonId after, int limit);

}  // namespace fondaco::shoppers
