#include "testing_people.h"

#include <fondaco/shoppers/invitations.h>

namespace fondaco::shoppers {
namespace {

class Invitations : public ShoppersTest {
 protected:
  Result<CreatedInvitation, Refusal> invited(std::string email, std::string role = "desk",
                                             Held held = kAll) {
    const NewInvitation wanted{std::move(email), std::move(role), kBikes, {}};
    return write([&](storage::Tx& tx) { return invite(tx, keyring(), wanted, held); });
  }
  Result<GrantId, Refusal> accepted(PersonId who, std::string_view token) {
    return write([&](storage::Tx& tx) { return accept_invitation(tx, keyring(), who, token); });
  }
};
INSTANTIATE_TEST_SUITE_P(Engines, Invitations, testing::ValuesIn(storage::test_engines()),
                         [](const auto& i) { return storage::engine_name(i.param); });

// Whoever has the address takes the seat, once; somebody else with the link does not.
TEST_P(Invitations, AreForOneAddress) {
  const auto made = invited(std::string(kMail));
  ASSERT_TRUE(made.ok());
  const PersonId ada = person();
  const PersonId ben = person("ben@example.org", "Ben");
  EXPECT_REFUSED(accepted(ben, made->token), unknown_token);
  EXPECT_REFUSED(accepted(ada, made->token + "x"), unknown_token);
  ASSERT_TRUE(accepted(ada, made->token).ok());
  EXPECT_REFUSED(accepted(ada, made->token), unknown_token);
  auto lease = read();
  const auto grants = grants_of(*lease, ada);
  ASSERT_EQ(grants.size(), 1u);
  EXPECT_EQ(grants[0].role, "desk");
  EXPECT_EQ(grants[0].merchant, kBikes);
  EXPECT_TRUE(invitations_of(*lease, kBikes, store_.clock().now()).empty());
}

// An invitation ends after seven days, or when its merchant takes it back.
TEST_P(Invitations, End) {
  const PersonId ada = person();
  const auto late = invited(std::string(kMail));
  const auto gone = invited(std::string(kMail));
  const auto withdraw = [&](MerchantId merchant) {
    return write([&](storage::Tx& tx) { return withdraw_invitation(tx, merchant, gone->id); });
  };
  EXPECT_REFUSED(withdraw(kBooks), unknown_token);
  EXPECT_TRUE(withdraw(kBikes).ok());
  EXPECT_REFUSED(accepted(ada, gone->token), unknown_token);
  store_.clock().advance(kInvitationTime);
  EXPECT_REFUSED(accepted(ada, late->token), expiry_past);
}

// Nobody invites to what he does not have, nor to an operator's role, nor without an address.
TEST_P(Invitations, Refusals) {
  const Permission one{"orders.read", kBikes, {}};
  EXPECT_REFUSED(invited(std::string(kMail), "manager", {&one, 1}), permission_not_held);
  EXPECT_REFUSED(invited(std::string(kMail), "operator"), role_not_here);
  EXPECT_REFUSED(invited(std::string(kMail), "king"), unknown_role);
  EXPECT_REFUSED(invited("nobody"), email_malformed);
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(invited(std::string(kMail)).ok());
  EXPECT_REFUSED(invited(std::string(kMail)), too_many);
}

}  // namespace
}  // namespace fondaco::shoppers
