#include "testing.h"

#include <fondaco/base/json.h>
#include <fondaco/marketplace/onboarding.h>
#include <fondaco/shoppers.h>

namespace fondaco::marketplace {
namespace {

class Gates : public MarketplaceTest {
 protected:
  Gates()
      : MarketplaceTest(storage::join({shoppers::migrations(), ledger::migrations()})),
        book_(store_.clock()),
        keyring_(*store_),
        gates_({*store_, accounts_, keyring_, book_}) {
    gates_.wire();
    store_->start();
    publish_deposits();
    EXPECT_TRUE(write([&](storage::Tx& tx) {
                  return ledger::fund_wallet(tx, accounts_, kOwner, eur(100'000'000));
                }).ok());
  }
  ~Gates() override { store_->stop(); }

  void publish_deposits() {
    write([&](storage::Tx& tx) {
      FeeTable t;
      t.name = "2027";
      t.currency = Currency::of("EUR");
      t.rates.emplace_back();
      t.deposits = {{MerchantKind::specialist, Mark::registered, 10'000'000},
                    {MerchantKind::specialist, Mark::applied, 15'000'000}};
      const auto s = *draft_fees(tx, t);
      const Instant tomorrow = Instant{} + days(store_.clock().now().us / days(1).us + 1);
      EXPECT_TRUE(publish_fees(tx, s.id, tomorrow, 1).ok());
    });
    store_.clock().advance(days(1));
  }
  OnboardingState apply(MerchantKind kind, Mark mark, std::string slug = "bikes") {
    NewApplication a{wanted(std::move(slug)), mark};
    a.merchant.kind = kind;
    return write([&](storage::Tx& tx) {
      MerchantRefusal why{};
      return *gates_.apply(tx, kOwner, a, why);
    });
  }
  Paper hand_in(MerchantId m, PaperKind kind, std::optional<Instant> expires = {}) {
    const Onboarding::HandedIn in{m, kind, "image/png", 3, expires, keyring_.seal_new("abc")};
    return *write([&](storage::Tx& tx) { return gates_.hand_in(tx, in); });
  }
  Result<Paper, GateRefusal> review(const Paper& p, bool accept, std::string reason = "") {
    return write(
        [&](storage::Tx& tx) { return gates_.review(tx, p.merchant, p.id, accept, reason); });
  }
  static Trader trader() {
    return {.name = "Bikes GmbH",
            .line1 = "Street 1",
            .city = "Berlin",
            .postcode = {},
            .country = "DE",
            .email = "bikes@shop.example",
            .telephone = {},
            .registration_number = "HRB 1",
            .tax_number = {},
            .natural_person = false,
            .self_certified = true};
  }
  void introduce(MerchantId m) {
    const auto sealed = keyring_.seal_new(json_of(trader()));
    EXPECT_TRUE(
        write([&](storage::Tx& tx) { return gates_.set_trader(tx, m, trader(), sealed); }).ok());
  }
  Result<Money, GateRefusal> pay(MerchantId m, Money amount) {
    return write([&](storage::Tx& tx) { return gates_.pay_deposit(tx, m, kOwner, amount); });
  }
  Result<Money, GateRefusal> deduct(MerchantId m, Money amount, std::string reason = "damage") {
    return write([&](storage::Tx& tx) { return gates_.deduct_deposit(tx, m, amount, reason); });
  }
  Merchant stored(MerchantId id) {
    auto read = main().read();
    return *find_merchant(read, id);
  }
  OnboardingState state(MerchantId id) {
    auto read = main().read();
    return *gates_.find(read, *find_merchant(read, id));
  }
  /// Everything handed in and accepted; the deposit is still to be paid.
  MerchantId specialist(std::optional<Instant> licence_expires = {}) {
    const MerchantId m = apply(MerchantKind::specialist, Mark::applied).merchant;
    introduce(m);
    for (const PaperKind kind : papers_of(MerchantKind::specialist, Mark::applied)) {
      const bool licence = kind == PaperKind::licence;
      const Paper p = hand_in(m, kind, licence ? licence_expires : std::nullopt);
      EXPECT_TRUE(review(p, true).ok());
    }
    return m;
  }
  void pass(Duration d) {
    store_.clock().advance(d);
    store_->timers().run_due();
  }
  void expect_books_agree() {
    storage::Findings findings;
    auto read = main().read();
    verify(read, findings);
    ledger::verify(read, findings);
    for (const auto& d : findings.differences) ADD_FAILURE() << d.what << ' ' << d.id;
  }

  static constexpr PersonId kOwner{0x700000};
  OfferBook book_;
  ledger::AccountBook accounts_;
  shoppers::Keyring keyring_;
  Onboarding gates_;
};
INSTANTIATE_TEST_SUITE_P(Engines, Gates, testing::ValuesIn(storage::test_engines()),
                         [](const auto& i) { return storage::engine_name(i.param); });

// A specialist whose mark is only applied for comes through every gate in order and owes 150,000;
// it sells when that is paid, not before.
TEST_P(Gates, OpenOneAfterTheOther) {
  const MerchantId m = apply(MerchantKind::specialist, Mark::applied).merchant;
  EXPECT_EQ(state(m).step, Step::applied);
  EXPECT_EQ(state(m).deposit_due, eur(15'000'000));
  std::vector<Paper> papers;
  for (const PaperKind kind : papers_of(MerchantKind::specialist, Mark::applied)) {
    papers.push_back(hand_in(m, kind));
  }
  EXPECT_EQ(state(m).step, Step::applied);  // Nobody knows yet who trades.
  introduce(m);
  EXPECT_EQ(state(m).step, Step::documents);
  for (const Paper& p : papers) ASSERT_TRUE(review(p, true).ok());
  EXPECT_EQ(state(m).step, Step::deposit_due);
  ASSERT_TRUE(pay(m, eur(14'999'999)).ok());
  EXPECT_EQ(stored(m).state, MerchantState::pending);
  EXPECT_EQ(*pay(m, eur(1)), eur(15'000'000));
  EXPECT_EQ(state(m).step, Step::active);
  EXPECT_EQ(stored(m).state, MerchantState::active);
  EXPECT_FALSE(stored(m).agreed);
  expect_books_agree();
}

// A deposit that falls short counts down for fifteen days; then the shop is restricted and says
// why, and topping it up opens it again.
TEST_P(Gates, CountDownAShortDeposit) {
  const MerchantId m = specialist();
  ASSERT_TRUE(pay(m, eur(15'000'000)).ok());
  ASSERT_TRUE(deduct(m, eur(500'000)).ok());
  EXPECT_EQ(state(m).countdown_ends, store_.clock().now() + days(15));
  pass(days(14));
  EXPECT_EQ(stored(m).state, MerchantState::active);
  pass(days(1));
  EXPECT_EQ(stored(m).state, MerchantState::restricted);
  EXPECT_EQ(state(m).restricted_because, "deposit");
  ASSERT_TRUE(pay(m, eur(500'000)).ok());
  EXPECT_EQ(stored(m).state, MerchantState::active);
  EXPECT_EQ(state(m).restricted_because, "");
  EXPECT_FALSE(state(m).countdown_ends);

  // Paid in time, the timer of the first countdown finds nothing to do.
  ASSERT_TRUE(deduct(m, eur(500'000)).ok());
  ASSERT_TRUE(pay(m, eur(500'000)).ok());
  pass(days(16));
  EXPECT_EQ(stored(m).state, MerchantState::active);
  expect_books_agree();
}

// A licence warns a month ahead, restricts the shop when it ends, and its successor frees it.
TEST_P(Gates, CloseWhenAPaperExpires) {
  const MerchantId m = specialist(store_.clock().now() + days(60));
  ASSERT_TRUE(pay(m, eur(15'000'000)).ok());
  const auto before = events().size();
  pass(days(31));
  ASSERT_EQ(events().size(), before + 1);
  EXPECT_NE(events().back().payload.find(R"("expires_soon":true)"), std::string::npos);
  pass(days(30));
  EXPECT_EQ(stored(m).state, MerchantState::restricted);
  EXPECT_EQ(state(m).restricted_because, "papers");
  ASSERT_TRUE(review(hand_in(m, PaperKind::licence), true).ok());
  EXPECT_EQ(stored(m).state, MerchantState::active);
}

// A refused paper is missing again; a later request keeps a shop from opening, and a paper is
// readable only through its own merchant.
TEST_P(Gates, JudgePapers) {
  const MerchantId m = apply(MerchantKind::flagship, Mark::registered).merchant;
  introduce(m);
  for (const PaperKind kind : papers_of(MerchantKind::flagship, Mark::registered)) {
    hand_in(m, kind);
  }
  auto read = main().read();
  const Paper licence = gates_.papers(*read, m).back();
  EXPECT_EQ(review(licence, false).refusal(), GateRefusal::reason_missing);
  EXPECT_EQ(review(licence, false, "not readable")->reason, "not readable");
  EXPECT_EQ(review(licence, true).refusal(), GateRefusal::not_in_review);
  EXPECT_EQ(state(m).step, Step::applied);
  EXPECT_EQ(gates_.open_paper(*read, m, licence.id), "abc");
  EXPECT_FALSE(gates_.open_paper(*read, MerchantId{5}, licence.id));
  Paper foreign = licence;
  foreign.merchant = MerchantId{5};
  EXPECT_EQ(review(foreign, true).refusal(), GateRefusal::unknown_paper);
}

// A private seller has no gate, and a merchant that an operator opened has no onboarding.
TEST_P(Gates, LetPrivateSellersIn) {
  const auto state = apply(MerchantKind::private_seller, Mark::none);
  EXPECT_EQ(state.step, Step::active);
  EXPECT_EQ(stored(state.merchant).state, MerchantState::active);
  const Merchant other = merchant("trains");
  EXPECT_EQ(pay(other.id, eur(1)).refusal(), GateRefusal::unknown_merchant);
  auto read = main().read();
  EXPECT_FALSE(gates_.find(read, other));
}

// Each refusal of a trader's particulars and of money, and that nothing has moved then.
TEST_P(Gates, Refusals) {
  const MerchantId m = apply(MerchantKind::specialist, Mark::none).merchant;
  Trader t = trader();
  t.registration_number = {};
  EXPECT_EQ(Onboarding::check(t), GateRefusal::trader_incomplete);
  t.natural_person = true;
  EXPECT_FALSE(Onboarding::check(t));
  t.email = "nobody";
  EXPECT_EQ(Onboarding::check(t), GateRefusal::trader_incomplete);
  t = trader();
  t.self_certified = false;
  EXPECT_EQ(Onboarding::check(t), GateRefusal::not_certified);

  EXPECT_EQ(pay(m, eur(0)).refusal(), GateRefusal::bad_amount);
  EXPECT_EQ(pay(m, usd(5)).refusal(), GateRefusal::bad_amount);
  EXPECT_EQ(pay(m, eur(100'000'001)).refusal(), GateRefusal::wallet_short);
  EXPECT_EQ(deduct(m, eur(1)).refusal(), GateRefusal::deposit_short);
  EXPECT_EQ(deduct(m, eur(1), " ").refusal(), GateRefusal::reason_missing);
  const Onboarding::HandedIn old{m, PaperKind::licence,   "image/png",
                                 3, store_.clock().now(), keyring_.seal_new("abc")};
  EXPECT_EQ(write([&](storage::Tx& tx) { return gates_.hand_in(tx, old); }).refusal(),
            GateRefusal::expiry_past);
  const auto booked = write(
      [&](storage::Tx& tx) { return gates_.book_deposit(tx, m, eur(500), "bank reference 12"); });
  EXPECT_EQ(*booked, eur(500));
  expect_books_agree();
}

}  // namespace
}  // namespace fondaco::marketplace
