#include "password.h"
#include "rows.h"
#include "testing_people.h"

namespace fondaco::shoppers {
namespace {

using PeopleTest = ShoppersTest;

SignUp wish(std::string mail, std::string password, std::string name = "Ada",
            std::string locale = "en") {
  return {std::move(mail), std::move(password), std::move(name), std::move(locale)};
}

// A new person is found by any spelling of the address and has the profile that was given.
TEST_P(PeopleTest, SignsUp) {
  const auto id = person();
  ASSERT_TRUE(id);
  auto lease = read();
  EXPECT_EQ(person_by_email(*lease, keyring(), "ada.lovelace@EXAMPLE.org "), id);
  const auto found = find_person(*lease, keyring(), id);
  ASSERT_TRUE(found && found->profile);
  EXPECT_EQ(found->profile->name, kName);
  EXPECT_EQ(found->profile->email, kMail);
  EXPECT_FALSE(found->staff);
  EXPECT_TRUE(verified().differences.empty());
}

// Every sign-up that cannot be is refused with its own reason.
TEST_P(PeopleTest, RefusesBadSignUps) {
  for (const char* mail : {"", "a", "a@b", "a@@b.c", "@b.c", "a b@c.d", "a@.c", "a@b..c", "a@b."}) {
    EXPECT_REFUSED(shoppers_->sign_up(wish(mail, "long enough 1")), email_malformed);
  }
  EXPECT_REFUSED(shoppers_->sign_up(wish("a@b.example", "long enough 1", std::string(201, 'x'))),
                 name_too_long);
  EXPECT_REFUSED(shoppers_->sign_up(wish("a@b.example", "long enough 1", "A", "fr")),
                 locale_unknown);
  EXPECT_REFUSED(shoppers_->sign_up(wish("a@b.example", "1234567")), password_too_short);
  EXPECT_REFUSED(shoppers_->sign_up(wish("a@b.example", std::string(257, 'x'))), password_too_long);
  EXPECT_REFUSED(shoppers_->sign_up(wish("a@b.example", "Password123")), password_breached);
  EXPECT_EQ(shoppers_->hashes(), 0);
}

// A known address gets the same answer and the same work as a new one, and stays who it was.
TEST_P(PeopleTest, SignUpTellsNobodyWhoIsHere) {
  const auto id = person();
  const auto before = shoppers_->hashes();
  EXPECT_TRUE(shoppers_->sign_up(wish(std::string(kMail), "another password")).ok());
  EXPECT_EQ(shoppers_->hashes(), before + 1);
  EXPECT_FALSE(sign_in(kMail, "another password").ok());
  EXPECT_TRUE(sign_in().ok());
  auto lease = read();
  EXPECT_EQ(person_by_email(*lease, keyring(), kMail), id);
}

// A wrong password and an unknown address are one answer and one hash each.
TEST_P(PeopleTest, WrongCredentialsCostTheSame) {
  person();
  (void)sign_in("nobody@example.org", "first, makes the decoy");
  auto before = shoppers_->hashes();
  EXPECT_REFUSED(sign_in(kMail, "not the password"), wrong_credentials);
  EXPECT_EQ(shoppers_->hashes(), before + 1);
  before = shoppers_->hashes();
  EXPECT_REFUSED(sign_in("nobody@example.org", "not the password"), wrong_credentials);
  EXPECT_EQ(shoppers_->hashes(), before + 1);
}

// Ten wrong passwords close an account for a minute each, also for the right one; time opens it.
TEST_P(PeopleTest, ThrottlesAnAccount) {
  person();
  for (int i = 0; i < 10; ++i) EXPECT_REFUSED(sign_in(kMail, "wrong one"), wrong_credentials);
  EXPECT_REFUSED(sign_in(), throttled);
  EXPECT_TRUE(shoppers_->sign_up(wish("b@b.example", std::string(kPassword))).ok());
  EXPECT_TRUE(sign_in("b@b.example").ok()) << "others sign in meanwhile";
  store_.clock().advance(minutes(1));
  EXPECT_TRUE(sign_in().ok());
  EXPECT_TRUE(sign_in().ok()) << "a success forgets the failures";
}

// A hash made with other limits is replaced at the next sign-in, and the password stays.
TEST_P(PeopleTest, RehashesAtSignIn) {
  const auto id = person();
  const std::string old = hash_password("an old secret");
  ASSERT_FALSE(needs_rehash(old));
  EXPECT_EQ(old.substr(0, 30), "$argon2id$v=19$m=19456,t=2,p=1");
  EXPECT_TRUE(
      needs_rehash("$argon2id$v=19$m=8192,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$"
                   "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"));
  write([&](storage::Tx& tx) { store_password(tx, id, old); });
  EXPECT_TRUE(sign_in(kMail, "an old secret").ok());
  EXPECT_FALSE(sign_in().ok());
}

// Changing the password asks for the old one, ends the other sessions and keeps this one.
TEST_P(PeopleTest, ChangesThePassword) {
  const auto id = person();
  const auto here = sign_in();
  const auto there = sign_in();
  ASSERT_TRUE(here.ok() && there.ok());
  const std::string old(kPassword);
  EXPECT_REFUSED(shoppers_->change_password(id, "wrong old", "a new secret", here->id, "r"),
                 wrong_credentials);
  EXPECT_REFUSED(shoppers_->change_password(id, old, "short", here->id, "r"), password_too_short);
  EXPECT_TRUE(shoppers_->change_password(id, old, "a new secret", here->id, "r").ok());
  EXPECT_TRUE(who(here->token));
  EXPECT_FALSE(who(there->token));
  EXPECT_TRUE(sign_in(kMail, "a new secret").ok());
  EXPECT_FALSE(sign_in().ok());
}

// A profile changes only from the version that was seen; each change counts one up.
TEST_P(PeopleTest, ChangesTheProfile) {
  const auto id = person();
  const auto change = [&](ProfileChange c, std::optional<std::int64_t> v) {
    return write([&](storage::Tx& tx) { return change_profile(tx, keyring(), id, c, v); });
  };
  const auto changed = change({"Augusta", "zh"}, 1);
  ASSERT_TRUE(changed.ok());
  EXPECT_EQ(changed->profile->name, "Augusta");
  EXPECT_EQ(changed->version, 2);
  EXPECT_REFUSED(change({"Ada", {}}, 1), version_changed);
  EXPECT_REFUSED(change({{}, "fr"}, 2), locale_unknown);
  EXPECT_REFUSED(change({std::string(201, 'x'), {}}, 2), name_too_long);
  const auto nobody =
      write([&](storage::Tx& tx) { return change_profile(tx, keyring(), PersonId{99}, {}, {}); });
  EXPECT_REFUSED(nobody, unknown_person);
}

// The address book keeps what was given, refuses what nobody can deliver to, and has an end.
TEST_P(PeopleTest, KeepsAddresses) {
  const auto id = person();
  const auto other = person("b@b.example");
  const auto add = [&](const Address& a) {
    return write([&](storage::Tx& tx) { return add_address(tx, keyring(), id, a); });
  };
  const Address home{"Ada", "St James's Square 12", {}, "London", {}, "SW1Y", "GB", {}};
  const auto first = add(home);
  ASSERT_TRUE(first.ok());
  Address bad = home;
  bad.country = "gb";
  EXPECT_REFUSED(add(bad), address_incomplete);
  bad = home;
  bad.city = " ";
  EXPECT_REFUSED(add(bad), address_incomplete);
  bad = home;
  bad.region = std::string(201, 'x');
  EXPECT_REFUSED(add(bad), address_incomplete);
  for (int i = 1; i < 50; ++i) ASSERT_TRUE(add(home).ok());
  EXPECT_REFUSED(add(home), too_many);

  const auto remove = [&](PersonId p, AddressId a) {
    return write([&](storage::Tx& tx) { return remove_address(tx, p, a); });
  };
  EXPECT_REFUSED(remove(other, *first), unknown_address);
  EXPECT_TRUE(remove(id, *first).ok());
  EXPECT_REFUSED(remove(id, *first), unknown_address);
  auto lease = read();
  const auto all = addresses_of(*lease, keyring(), id);
  ASSERT_EQ(all.size(), 49u);
  EXPECT_EQ(all[0].address.line1, home.line1);
  EXPECT_EQ(all[0].address.postcode, "SW1Y");
}

// The command line's roles: operators, merchants' people, shoppers; each spelling and refusal.
TEST_P(PeopleTest, CreatesUsers) {
  EXPECT_EQ(parse_role_spec("operator")->role, "operator");
  EXPECT_EQ(parse_role_spec("shopper")->role, "");
  EXPECT_EQ(parse_role_spec("merchant:bikes")->role, "owner");
  EXPECT_EQ(parse_role_spec("merchant:bikes:picker")->merchant_slug, "bikes");
  for (const char* bad : {"", "boss", "owner", "merchant:", "merchant:a:operator", "merchant:a:b:c",
                          "merchant:a:nothing"}) {
    EXPECT_FALSE(parse_role_spec(bad)) << bad;
  }
  const auto create = [&](std::string mail, std::string role, MerchantId m) {
    return shoppers_->create_user({std::move(mail), "a fine secret", "", std::move(role), m, {}},
                                  kAll, "cli");
  };
  ASSERT_TRUE(create("op@b.example", "operator", {}).ok());
  ASSERT_TRUE(create("own@b.example", "owner", kBikes).ok());
  EXPECT_REFUSED(create("own@b.example", "owner", kBikes), email_taken);
  EXPECT_REFUSED(create("x@b.example", "owner", {}), role_not_here);
  EXPECT_REFUSED(create("x@b.example", "nothing", kBikes), unknown_role);
  auto lease = read();
  EXPECT_FALSE(person_by_email(*lease, keyring(), "x@b.example")) << "a refusal leaves nothing";
}

INSTANTIATE_TEST_SUITE_P(Engines, PeopleTest, ::testing::ValuesIn(storage::test_engines()),
                         [](const auto& p) { return storage::engine_name(p.param); });

}  // namespace
}  // namespace fondaco::shoppers
