#include "testing_people.h"

#include <fondaco/base/json.h>
#include <fondaco/shoppers/codes.h>

namespace fondaco::shoppers {
namespace {

class CodesTest : public ShoppersTest {
 protected:
  static constexpr std::string_view kHere = "192.0.2.9";

  /// Codes asked for, oldest first.
  std::vector<events::CodeAsked> asked() {
    std::vector<events::CodeAsked> out;
    for (const auto& e : store_->outbox().after(store_->outbox().node(), 0, 1000)) {
      if (e.type == events::CodeAsked::kType)
        out.push_back(*read_json<events::CodeAsked>(e.payload));
    }
    return out;
  }
  std::string ask(CodePurpose purpose = CodePurpose::password_reset) {
    EXPECT_TRUE(codes_.ask(kMail, purpose, kHere).ok());
    return mail_code(keyring(), asked().back().code);
  }
  Result<Unit, CodeRefusal> reset(std::string code,
                                  std::string password = "an entirely new secret") {
    return codes_.reset_password({std::string(kMail), std::move(code), std::string(kHere)},
                                 password);
  }
  Result<OpenedSession, CodeRefusal> enter(std::string code, std::optional<std::string> totp = {}) {
    return codes_.sign_in({std::string(kMail), std::move(code), std::string(kHere)},
                          std::move(totp), "Test");
  }
  Codes codes_{*shoppers_};

  static std::string other(std::string code) {
    code[0] = code[0] == '9' ? '0' : static_cast<char>(code[0] + 1);
    return code;
  }
};
INSTANTIATE_TEST_SUITE_P(Engines, CodesTest, ::testing::ValuesIn(storage::test_engines()),
                         [](const auto& i) { return storage::engine_name(i.param); });

// The code sets a new password once, ends every session, and the old password is gone.
TEST_P(CodesTest, SetsANewPasswordOnce) {
  person();
  const auto session = sign_in();
  ASSERT_TRUE(session.ok());
  const auto code = ask();
  EXPECT_EQ(code.size(), kCodeDigits);
  EXPECT_TRUE(reset(code).ok());
  EXPECT_FALSE(who(session->token));
  EXPECT_REFUSED(sign_in(), wrong_credentials);
  EXPECT_TRUE(sign_in(kMail, "an entirely new secret").ok());
  EXPECT_EQ(reset(code).refusal(), CodeRefusal::code_wrong);
}

// A wrong code, an old one, one that a newer one has replaced, one for something else, and the
// right one after five guesses are all refused alike.
TEST_P(CodesTest, RefusesEveryOtherCode) {
  person();
  auto code = ask();
  EXPECT_EQ(reset("00000000x").refusal(), CodeRefusal::code_wrong);
  EXPECT_EQ(reset(code, "short").refusal(), CodeRefusal::password_refused);
  EXPECT_EQ(enter(code).refusal(), CodeRefusal::code_wrong);
  store_.clock().advance(kCodeLife);
  EXPECT_EQ(reset(code).refusal(), CodeRefusal::code_wrong);
  const auto first = ask();
  const auto second = ask();
  EXPECT_NE(first, second);
  EXPECT_EQ(reset(first).refusal(), CodeRefusal::code_wrong);
  EXPECT_TRUE(reset(second).ok());
  code = ask();
  for (int i = 0; i < 5; ++i) EXPECT_EQ(reset(other(code)).refusal(), CodeRefusal::code_wrong);
  EXPECT_EQ(reset(code).refusal(), CodeRefusal::code_wrong);
}

// An address that nobody has gets the same answer and no mail; nobody gets more than five codes
// in their lifetime, and who asks without end is held back.
TEST_P(CodesTest, TellsNothingAndHasLimits) {
  person();
  EXPECT_TRUE(codes_.ask("nobody@example.org", CodePurpose::sign_in, kHere).ok());
  EXPECT_TRUE(asked().empty());
  EXPECT_EQ(codes_.ask("no address", CodePurpose::sign_in, kHere).refusal(),
            CodeRefusal::email_malformed);
  for (int i = 0; i < 10; ++i) {
    EXPECT_TRUE(codes_.ask(kMail, CodePurpose::sign_in, kHere).ok());
  }
  EXPECT_EQ(asked().size(), 5u);
  EXPECT_EQ(codes_.ask(kMail, CodePurpose::sign_in, kHere).refusal(), CodeRefusal::throttled);
  EXPECT_TRUE(sign_in().ok()) << "asking keeps nobody out";
  for (int i = 0; i < 10; ++i) EXPECT_EQ(enter("1").refusal(), CodeRefusal::code_wrong);
  EXPECT_EQ(enter("1").refusal(), CodeRefusal::throttled);
  EXPECT_EQ(reset("1").refusal(), CodeRefusal::throttled);
}

// A code signs in once, without a password. (With a second factor: totp_test.cc.)
TEST_P(CodesTest, SignsIn) {
  person();
  const auto code = ask(CodePurpose::sign_in);
  const auto opened = enter(code);
  ASSERT_TRUE(opened.ok());
  EXPECT_TRUE(who(opened->token));
  EXPECT_EQ(enter(code).refusal(), CodeRefusal::code_wrong);
}

// Erasing a person takes the codes along.
TEST_P(CodesTest, GoWithTheirPerson) {
  const auto id = person();
  const auto code = ask();
  EXPECT_TRUE(shoppers_->erase(id, "test").ok());
  EXPECT_EQ(reset(code).refusal(), CodeRefusal::code_wrong);
  EXPECT_TRUE(verified().differences.empty());
}

}  // namespace
}  // namespace fondaco::shoppers
