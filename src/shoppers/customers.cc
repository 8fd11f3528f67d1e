#include <fondaco/shoppers/customers.h>

#include <fondaco/base/text.h>

#include "rows.h"

namespace fondaco::shoppers {
namespace {

constexpr storage::Sql kCustomers{"shoppers.customers_after", R"sql(
  SELECT id FROM shoppers_person WHERE id > $1 AND state = 1 AND staff = 0
   ORDER BY id LIMIT $2)sql"};

}  // namespace

Result<PersonId, Refusal> create_customer(storage::Tx& tx, Keyring& keyring,
                                          const NewCustomer& customer) {
  const auto email = parse_email(customer.email);
  if (!email) return Refused{Refusal::email_malformed};
  const auto profile = check_profile(customer.name, customer.locale);
  if (!profile.ok()) return Refused{profile.refusal()};
  NewPerson person;
  person.key = customer.key;
  person.email_hash = keyring.lookup_hash(*email);
  person.profile = keyring.seal(
      customer.key, profile_text({std::string(trim(customer.name)), *email, customer.locale}));
  return create_person(tx, person);
}

std::vector<PersonId> customers_after(storage::Read& read, PersonId after, int limit) {
  return read.all(kCustomers, {after, limit},
                  [](const storage::Row& row) { return row.id<PersonId>(0); });
}

}  // namespace fondaco::shoppers
