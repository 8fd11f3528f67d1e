// For the tests of this module: a store with people in it. Private.
#pragma once

#include <fondaco/shoppers.h>
#include <fondaco/storage/testing.h>

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace fondaco::shoppers {

inline constexpr std::string_view kMail = "Ada.Lovelace@example.org";
inline constexpr std::string_view kName = "Ada Lovelace";
inline constexpr std::string_view kPassword = "a long enough secret";
inline const MerchantId kBikes{0x100000};
inline const MerchantId kBooks{0x200000};
inline const PlaceId kShop{0x300000};
inline const std::vector<Permission> kAll{{"*", {}, {}}};

class ShoppersTest : public ::testing::TestWithParam<storage::Engine> {
 protected:
  ShoppersTest() { open(); }
  void open() { shoppers_ = std::make_unique<Shoppers>(*store_); }

  Keyring& keyring() { return shoppers_->keyring(); }
  template <class F>
  auto write(F&& f) {
    return store_->main().write(std::forward<F>(f));
  }
  storage::ReadLease read() { return store_->main().read(); }

  /// A person through the front door.
  PersonId person(std::string_view mail = kMail, std::string_view name = kName) {
    const auto done =
        shoppers_->sign_up({std::string(mail), std::string(kPassword), std::string(name), "en"});
    EXPECT_TRUE(done.ok());
    auto lease = read();
    return person_by_email(*lease, keyring(), mail).value_or(PersonId{});
  }
  Result<OpenedSession, Refusal> sign_in(std::string_view mail = kMail,
                                         std::string_view password = kPassword,
                                         std::optional<std::string> totp = {}) {
    return shoppers_->sign_in(
        {std::string(mail), std::string(password), std::move(totp), "192.0.2.7", "Test browser"});
  }
  std::optional<Identity> who(std::string_view secret) {
    auto lease = read();
    return identify(*lease, secret, store_.clock().now());
  }
  storage::Findings verified() {
    storage::Findings out;
    auto main = store_->main().read();
    auto keys = store_->keys().read();
    verify(*main, out);
    verify_keys(*main, *keys, out);
    return out;
  }

  storage::TestStore store_{GetParam(), storage::join({storage::migrations(), migrations()})};
  std::unique_ptr<Shoppers> shoppers_;
};

/// The refusal of a result; the test fails when there is none.
template <class T>
std::string refusal_of(const Result<T, Refusal>& r) {
  if (r.ok()) return "not refused";
  return std::to_string(static_cast<int>(r.refusal()));
}

#define EXPECT_REFUSED(result, reason)               \
  EXPECT_EQ(::fondaco::shoppers::refusal_of(result), \
            std::to_string(static_cast<int>(::fondaco::shoppers::Refusal::reason)))

}  // namespace fondaco::shoppers
