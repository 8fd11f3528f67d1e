#include "life.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <numeric>

namespace fondaco::orders {
namespace {

/// An order as a checkout may have left it, in a currency without, with two, three or four digits.
Order any_order() {
  constexpr std::array kCurrencies = {"JPY", "EUR", "KWD", "CLF"};
  Order o;
  o.id = {1};
  o.currency = Currency::of(kCurrencies[*rc::gen::inRange<std::size_t>(0, kCurrencies.size())]);
  o.tax_included = *rc::gen::arbitrary<bool>();
  const auto count = *rc::gen::inRange(1, 8);
  for (int i = 0; i < count; ++i) {
    Line& line = o.lines.emplace_back();
    line.quantity = *rc::gen::inRange<std::int64_t>(1, 9);
    line.price = *rc::gen::inRange<std::int64_t>(0, 2'000'000);
    line.amount = line.price * line.quantity;
    line.discount = line.amount * *rc::gen::inRange<std::int64_t>(0, 101) / 100;
    line.platform_discount = line.discount * *rc::gen::inRange<std::int64_t>(0, 101) / 100;
    line.tax = line.paid() * *rc::gen::inRange<std::int64_t>(0, 25) / 100;
    line.commission =
        (line.paid() + line.platform_discount) * *rc::gen::inRange<std::int64_t>(0, 15) / 100;
    o.items += line.amount;
    o.discount += line.discount;
    o.platform_discount += line.platform_discount;
    o.commission += line.commission;
    o.tax += line.tax;
  }
  o.shipping = *rc::gen::inRange<std::int64_t>(0, 5'000);
  o.total = o.items - o.discount + o.shipping + (o.tax_included ? 0 : o.tax);
  o.payment_fee = o.total * *rc::gen::inRange<std::int64_t>(0, 4) / 100;
  return o;
}

// The parts of an order sum to what was stored with it: payment, platform's part, commission, fee.
RC_GTEST_PROP(Shares, PartsSumToTheWhole, ()) {
  const Order o = any_order();
  Share sum;
  for (const Share& s : shares_of(o)) {
    sum.gross += s.gross;
    sum.platform += s.platform;
    sum.commission += s.commission;
    sum.fee += s.fee;
    RC_ASSERT(s.gross >= 0);
    RC_ASSERT(s.fee >= 0);
  }
  RC_ASSERT(sum.gross == o.total);
  RC_ASSERT(sum.platform == o.platform_discount);
  RC_ASSERT(sum.commission == o.commission);
  RC_ASSERT(sum.fee == o.payment_fee);
}

// However many partial refunds a part has had: what went back and what is kept sum to the whole,
// nothing goes back that was not charged, and the last one leaves nothing.
RC_GTEST_PROP(Shares, PartialRefundsNeverDrift, ()) {
  const Order o = any_order();
  Life life = new_life(o);
  const auto i = *rc::gen::inRange<std::size_t>(0, life.parts.size());
  LifePart& part = life.parts[i];
  const Share share = share_of_part(part);
  HandedBack sum;
  while (part.refunded < part.gross) {
    const auto step = *rc::gen::inRange<std::int64_t>(1, std::max<std::int64_t>(2, part.gross / 2));
    const HandedBack before = handed_back(share, part.refunded);
    part.refunded = std::min(part.gross, part.refunded + step);
    const HandedBack after = handed_back(share, part.refunded);
    RC_ASSERT(after.commission >= before.commission);
    RC_ASSERT(after.fee >= before.fee);
    RC_ASSERT(after.platform >= before.platform);
    sum.commission += after.commission - before.commission;
    sum.fee += after.fee - before.fee;
    sum.platform += after.platform - before.platform;
    const Kept kept = kept_of(part);
    RC_ASSERT(kept.commission + sum.commission == part.commission);
    RC_ASSERT(kept.payment_fee + sum.fee == part.fee);
    RC_ASSERT(kept.to_merchant + kept.commission + kept.payment_fee == held_of(part));
  }
  if (part.gross > 0) {
    RC_ASSERT(held_of(part) == 0);
    RC_ASSERT(sum.commission == part.commission);
    RC_ASSERT(sum.fee == part.fee);
    RC_ASSERT(sum.platform == part.platform);
  }
}

// Requirement M2: an item of 200.00 with freight of 10.00, five percent and one percent of all:
// on release 10.00, 2.10 and 197.90 for the seller.
TEST(Shares, FeesOfTheRequirement) {
  Order o;
  o.id = {1};
  o.currency = Currency::of("EUR");
  o.items = 20'000;
  o.shipping = 1'000;
  o.total = 21'000;
  o.commission = 1'000;
  o.payment_fee = 210;
  Line& line = o.lines.emplace_back();
  line.quantity = 1;
  line.price = line.amount = 20'000;
  line.commission = 1'000;
  Kept sum;
  for (const LifePart& part : new_life(o).parts) {
    const Kept kept = kept_of(part);
    sum.to_merchant += kept.to_merchant;
    sum.commission += kept.commission;
    sum.payment_fee += kept.payment_fee;
  }
  EXPECT_EQ(sum.commission, 1'000);
  EXPECT_EQ(sum.payment_fee, 210);
  EXPECT_EQ(sum.to_merchant, 19'790);
}

}  // namespace
}  // namespace fondaco::orders
