#include "testing.h"

#include <fondaco/events/marketplace.h>
#include <fondaco/marketplace/fees.h>

namespace fondaco::marketplace {
namespace {

constexpr CategoryId kWear{1'000};
constexpr CategoryId kBikes{2'000};

class FeeTables : public MarketplaceTest {
 protected:
  static FeeTable table() {
    return {.name = "2027",
            .currency = Currency::of("EUR"),
            .payment_fee_bp = 100,
            .rates = {{.commission_bp = 400},
                      {.category = kWear,
                       .commission_bp = 500,
                       .annual_fee = 6'000'000,
                       .rebates = {{36'000'000, 5'000}, {120'000'000, 10'000}}},
                      {.category = kBikes, .commission_bp = 200},
                      {.kind = MerchantKind::private_seller, .commission_bp = 50}},
            .deposits = {{MerchantKind::flagship, Mark::registered, 5'000'000},
                         {MerchantKind::flagship, Mark::applied, 10'000'000},
                         {MerchantKind::specialist, std::nullopt, 15'000'000}}};
  }
  FeeSchedule draft(const FeeTable& t) {
    return *write([&](storage::Tx& tx) { return draft_fees(tx, t); });
  }
  FeeRefusal refused(const FeeTable& t) {
    return write([&](storage::Tx& tx) { return draft_fees(tx, t); }).refusal();
  }
  Result<FeeSchedule, FeeRefusal> publish(const FeeSchedule& s, Instant day) {
    return write([&](storage::Tx& tx) { return publish_fees(tx, s.id, day, s.version); });
  }
  Result<FeeSchedule, FeeRefusal> withdraw(const FeeSchedule& s) {
    return write([&](storage::Tx& tx) { return withdraw_fees(tx, s.id, s.version); });
  }
  Instant day(int from_now) {
    const std::int64_t today = store_.clock().now().us / days(1).us;
    return Instant{} + days(today + from_now);
  }
  static MerchantInfo info(MerchantKind kind = MerchantKind::specialist, bool agreed = false) {
    MerchantInfo m;
    m.kind = kind;
    m.currency = Currency::of("EUR");
    m.commission_bp = 850;
    m.agreed = agreed;
    return m;
  }
};
INSTANTIATE_TEST_SUITE_P(Engines, FeeTables, testing::ValuesIn(storage::test_engines()),
                         [](const auto& i) { return storage::engine_name(i.param); });

// A schedule is read back as it was drafted, and each step tells of itself.
TEST_P(FeeTables, AreKeptAsDrafted) {
  const FeeSchedule made = draft(table());
  const FeeSchedule published = *publish(made, day(1));
  auto read = main().read();
  const auto found = find_fees(read, made.id);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->table, table());
  EXPECT_EQ(found->state, FeeState::published);
  EXPECT_EQ(found->valid_from, day(1));
  EXPECT_EQ(found->version, published.version);
  ASSERT_EQ(events().size(), 2u);
  EXPECT_EQ(events()[1].type, events::FeeScheduleChanged::kType);
}

// From its day on the closest rate counts: category before store type before every other case.
TEST_P(FeeTables, CountFromTheirDay) {
  ASSERT_TRUE(publish(draft(table()), day(1)).ok());
  FeeTable later = table();
  later.payment_fee_bp = 60;
  const FeeScheduleId second = publish(draft(later), day(31))->id;
  FeeBook book(main());
  book.load();

  EXPECT_EQ(book.fees_for(info(), kWear, day(0)).commission_bp, 850);
  EXPECT_FALSE(book.fees_for(info(), kWear, day(0)).schedule);
  const Fees wear = book.fees_for(info(), kWear, day(1));
  EXPECT_EQ(wear.commission_bp, 500);
  EXPECT_EQ(wear.payment_fee_bp, 100);
  EXPECT_EQ(book.fees_for(info(), CategoryId{}, day(1)).commission_bp, 400);
  EXPECT_EQ(book.fees_for(info(MerchantKind::private_seller), {}, day(1)).commission_bp, 50);
  EXPECT_EQ(book.fees_for(info(MerchantKind::private_seller), kBikes, day(1)).commission_bp, 200);
  EXPECT_EQ(book.fees_for(info(), kWear, day(31)).schedule, second);
  EXPECT_EQ(book.fees_for(info(), kWear, day(31)).payment_fee_bp, 60);
  auto read = main().read();
  EXPECT_EQ(fees_in_force(read, Currency::of("EUR"), day(40))->id, second);
  EXPECT_FALSE(fees_in_force(read, Currency::of("USD"), day(40)));
}

// An agreement keeps its own rate, and a merchant of another currency is not meant.
TEST_P(FeeTables, LeaveAgreementsAlone) {
  ASSERT_TRUE(publish(draft(table()), day(1)).ok());
  FeeBook book(main());
  book.load();
  const Fees agreed = book.fees_for(info(MerchantKind::specialist, true), kWear, day(2));
  EXPECT_EQ(agreed.commission_bp, 850);
  EXPECT_EQ(agreed.payment_fee_bp, 0);
  EXPECT_FALSE(agreed.schedule);
  MerchantInfo dollars = info();
  dollars.currency = Currency::of("USD");
  EXPECT_EQ(book.fees_for(dollars, kWear, day(2)).commission_bp, 850);
}

// The deposit of the example: a specialist owes 150,000 for a mark that is only applied for.
TEST_P(FeeTables, SayWhatADepositIs) {
  EXPECT_EQ(deposit_due(table(), MerchantKind::specialist, Mark::applied), 15'000'000);
  EXPECT_EQ(deposit_due(table(), MerchantKind::flagship, Mark::registered), 5'000'000);
  EXPECT_EQ(deposit_due(table(), MerchantKind::flagship, Mark::applied), 10'000'000);
  EXPECT_EQ(deposit_due(table(), MerchantKind::private_seller, Mark::none), 0);
}

// Each refusal of a table.
TEST_P(FeeTables, RefusalsOfTables) {
  FeeTable t = table();
  t.name = " ";
  EXPECT_EQ(refused(t), FeeRefusal::bad_name);
  t = table();
  t.payment_fee_bp = 10'001;
  EXPECT_EQ(refused(t), FeeRefusal::bad_rate);
  t = table();
  t.rates[1].rebates[1].sales = 1;
  EXPECT_EQ(refused(t), FeeRefusal::bad_rate);
  t = table();
  t.deposits[0].amount = -1;
  EXPECT_EQ(refused(t), FeeRefusal::bad_rate);
  t = table();
  t.rates.erase(t.rates.begin());
  EXPECT_EQ(refused(t), FeeRefusal::no_base_rate);
  t = table();
  t.rates.push_back(t.rates[0]);
  EXPECT_EQ(refused(t), FeeRefusal::no_base_rate);
  t = table();
  t.rates.push_back(t.rates[1]);
  EXPECT_EQ(refused(t), FeeRefusal::double_rate);
  t = table();
  t.rates.resize(1'001);
  EXPECT_EQ(refused(t), FeeRefusal::too_many_rates);
}

// Each refusal of a step; what is in force can be neither changed nor taken back.
TEST_P(FeeTables, RefusalsOfSteps) {
  const FeeSchedule made = draft(table());
  FeeSchedule unknown;
  unknown.id = FeeScheduleId{5};
  EXPECT_EQ(publish(unknown, day(1)).refusal(), FeeRefusal::unknown_schedule);
  EXPECT_EQ(publish(made, day(0)).refusal(), FeeRefusal::not_future);
  EXPECT_EQ(publish(made, day(1) + hours(1)).refusal(), FeeRefusal::not_a_day);
  const FeeSchedule published = *publish(made, day(1));
  EXPECT_EQ(publish(made, day(2)).refusal(), FeeRefusal::stale_version);
  EXPECT_EQ(publish(published, day(2)).refusal(), FeeRefusal::published);
  EXPECT_EQ(publish(draft(table()), day(1)).refusal(), FeeRefusal::day_taken);
  const auto change = [&](const FeeSchedule& s) {
    return write([&](storage::Tx& tx) { return change_fees(tx, s.id, table(), s.version); });
  };
  EXPECT_EQ(change(published).refusal(), FeeRefusal::published);
  const FeeSchedule back = *withdraw(published);
  EXPECT_EQ(back.state, FeeState::draft);
  EXPECT_TRUE(change(back).ok());
  const FeeSchedule again = *publish(back, day(1));
  store_.clock().advance(days(2));
  EXPECT_EQ(withdraw(again).refusal(), FeeRefusal::in_force);
}

}  // namespace
}  // namespace fondaco::marketplace
