#include "testing_people.h"

#include <fondaco/base/json.h>
#include <fondaco/base/text.h>
#include <fondaco/shoppers/codes.h>

#include <array>
#include <cstdio>
#include <cstdlib>

namespace fondaco::shoppers {
namespace {

using TotpTest = ShoppersTest;

std::int64_t step_of(Instant t) { return t.us / seconds(30).us; }

std::string raw_secret(std::string_view base32) {
  std::string out;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : base32) {
    const auto value = c >= 'A' ? c - 'A' : c - '2' + 26;
    bits = bits << 5 | static_cast<std::uint32_t>(value);
    count += 5;
    if (count < 8) continue;
    count -= 8;
    out += static_cast<char>(bits >> count & 0xff);
  }
  return out;
}

// The vectors of RFC 6238, appendix B, cut to six digits.
TEST(Totp, MatchesTheStandard) {
  const std::string secret = "12345678901234567890";
  EXPECT_EQ(totp_code(secret, 59 / 30), "287082");
  EXPECT_EQ(totp_code(secret, 1111111109 / 30), "081804");
  EXPECT_EQ(totp_code(secret, 1234567890 / 30), "005924");
  EXPECT_EQ(totp_code(secret, 20000000000 / 30), "353130");
}

// Another implementation computes the same code from the base 32 that a person is shown.
TEST(Totp, AgreesWithOathtool) {
  if (std::system("command -v oathtool >/dev/null 2>&1") != 0) GTEST_SKIP() << "no oathtool";
  const std::string secret("\x01\xff\x80 sixteen bytes..", 20);
  const std::string command =
      "oathtool --totp -b --now '2026-11-22 10:00:00 UTC' " + to_base32(secret);
  std::array<char, 64> line{};
  FILE* pipe = ::popen(command.c_str(), "r");
  ASSERT_NE(pipe, nullptr);
  const char* got = std::fgets(line.data(), static_cast<int>(line.size()), pipe);
  ::pclose(pipe);
  ASSERT_NE(got, nullptr);
  const Instant at = *parse_rfc3339("2026-11-22T10:00:00Z");
  EXPECT_EQ(trim(line.data()), totp_code(secret, step_of(at)));
  EXPECT_EQ(raw_secret(to_base32(secret)), secret);
}

// From beginning to removal: asked for only when confirmed, each step once, one step of drift.
TEST_P(TotpTest, GuardsTheSignIn) {
  const auto id = person();
  const auto begin = [&] {
    return write([&](storage::Tx& tx) { return begin_totp(tx, keyring(), id); });
  };
  const auto confirm = [&](const std::string& code) {
    return write([&](storage::Tx& tx) { return confirm_totp(tx, keyring(), id, code); });
  };
  EXPECT_REFUSED(confirm("000000"), totp_not_begun);
  const auto begun = begin();
  ASSERT_TRUE(begun.ok());
  EXPECT_NE(begun->uri.find(begun->secret), std::string::npos);
  EXPECT_EQ(begun->uri.find("example.org"), std::string::npos);
  EXPECT_TRUE(sign_in().ok()) << "not asked for before it is confirmed";
  const std::string secret = raw_secret(begun->secret);
  const auto code = [&](std::int64_t drift) {
    return totp_code(secret, step_of(store_.clock().now()) + drift);
  };
  EXPECT_REFUSED(confirm(code(5)), totp_wrong);
  EXPECT_TRUE(confirm(code(0)).ok());
  EXPECT_REFUSED(begin(), totp_active);

  EXPECT_REFUSED(sign_in(), totp_needed);
  EXPECT_REFUSED(sign_in(kMail, "wrong password", code(1)), wrong_credentials);
  // Used to confirm, so not again.
  EXPECT_REFUSED(sign_in(kMail, kPassword, code(0)), totp_wrong);
  EXPECT_TRUE(sign_in(kMail, kPassword, code(1)).ok());
  EXPECT_REFUSED(sign_in(kMail, kPassword, code(1)), totp_wrong);
  EXPECT_REFUSED(sign_in(kMail, kPassword, code(0)), totp_wrong);
  store_.clock().advance(minutes(2));
  EXPECT_REFUSED(sign_in(kMail, kPassword, code(-2)), totp_wrong);
  EXPECT_REFUSED(sign_in(kMail, kPassword, code(2)), totp_wrong);
  EXPECT_REFUSED(sign_in(kMail, kPassword, "12345"), totp_wrong);
  EXPECT_TRUE(sign_in(kMail, kPassword, code(-1)).ok());

  write([&](storage::Tx& tx) { remove_totp(tx, id); });
  EXPECT_TRUE(sign_in().ok());
  const auto nobody =
      write([&](storage::Tx& tx) { return begin_totp(tx, keyring(), PersonId{5}); });
  EXPECT_REFUSED(nobody, unknown_person);
}

// A code by mail is no way around the second factor: without it the code is not even used up.
TEST_P(TotpTest, GuardsCodesByMail) {
  const auto id = person();
  const auto begun = write([&](storage::Tx& tx) { return begin_totp(tx, keyring(), id); });
  const std::string secret = raw_secret(begun->secret);
  const auto code = [&](std::int64_t drift) {
    return totp_code(secret, step_of(store_.clock().now()) + drift);
  };
  EXPECT_TRUE(
      write([&](storage::Tx& tx) { return confirm_totp(tx, keyring(), id, code(0)); }).ok());
  Codes codes(*shoppers_);
  const auto given = [&] {
    EXPECT_TRUE(codes.ask(kMail, CodePurpose::sign_in, "192.0.2.7").ok());
    const auto last = store_->outbox().after(store_->outbox().node(), 0, 1000).back();
    const auto asked = read_json<events::CodeAsked>(last.payload);
    return CodeGiven{std::string(kMail), mail_code(keyring(), asked->code), "192.0.2.7"};
  };
  const auto first = given();
  EXPECT_EQ(codes.sign_in(first, {}, "").refusal(), CodeRefusal::totp_needed);
  EXPECT_EQ(codes.sign_in(first, code(5), "").refusal(), CodeRefusal::totp_wrong);
  EXPECT_EQ(codes.sign_in(first, code(1), "").refusal(), CodeRefusal::code_wrong) << "used up";
  EXPECT_TRUE(codes.sign_in(given(), code(1), "").ok());
}

INSTANTIATE_TEST_SUITE_P(Engines, TotpTest, ::testing::ValuesIn(storage::test_engines()),
                         [](const auto& p) { return storage::engine_name(p.param); });

}  // namespace
}  // namespace fondaco::shoppers
