#include <fondaco/shoppers/customers.h>

#include "testing_people.h"

namespace fondaco::shoppers {
namespace {

class CustomersTest : public ShoppersTest {};
INSTANTIATE_TEST_SUITE_P(Engines, CustomersTest, testing::ValuesIn(storage::test_engines()),
                         [](const auto& p) { return storage::engine_name(p.param); });

// A customer from elsewhere is found by mail, has no password that fits, and each refusal leaves
// nothing behind; verify agrees.
TEST_P(CustomersTest, ComeWithoutPassword) {
  const auto create = [&](NewCustomer c) {
    c.key = keyring().take();
    return write([&](storage::Tx& tx) { return create_customer(tx, keyring(), c); });
  };
  const auto made = create({std::string(kMail), std::string(kName), "zh", {}});
  ASSERT_TRUE(made.ok());
  EXPECT_EQ(create({"ada.lovelace@EXAMPLE.org", "", "en", {}}).refusal(), Refusal::email_taken);
  EXPECT_EQ(create({"nobody", "", "en", {}}).refusal(), Refusal::email_malformed);
  EXPECT_EQ(create({"b@x.example", "", "fr", {}}).refusal(), Refusal::locale_unknown);
  EXPECT_EQ(create({"b@x.example", std::string(300, 'n'), "en", {}}).refusal(),
            Refusal::name_too_long);
  for (const std::string_view password : {std::string_view(""), kPassword}) {
    EXPECT_EQ(sign_in(kMail, password).refusal(), Refusal::wrong_credentials);
  }
  const auto person = find_person(*read(), keyring(), *made);
  EXPECT_EQ(person->profile->name, kName);
  EXPECT_EQ(person->profile->locale, "zh");
  EXPECT_EQ(customers_after(*read(), {}, 10), std::vector<PersonId>{*made});
  EXPECT_TRUE(customers_after(*read(), *made, 10).empty());
  EXPECT_TRUE(verified().differences.empty());
}

// A consent that was given elsewhere keeps its own time.
TEST_P(CustomersTest, ConsentsKeepTheirTime) {
  const auto id = person();
  const Instant then = *parse_rfc3339("2024-05-06T07:08:09Z");
  NewConsent consent{id, Purpose::marketing, ContactChannel::email, true, "their form", "footer"};
  ASSERT_TRUE(
      write([&](storage::Tx& tx) { return record_consent_of(tx, keyring(), consent, then); }).ok());
  EXPECT_TRUE(consent_for(*read(), id, Purpose::marketing, ContactChannel::email));
  const auto ledger = consents_of(*read(), keyring(), id, 10);
  ASSERT_EQ(ledger.size(), 1U);
  EXPECT_EQ(ledger[0].at, then);
  EXPECT_EQ(ledger[0].proof, "footer");
}

}  // namespace
}  // namespace fondaco::shoppers
