#include "discounts.h"

#include <fondaco/orders/pricing.h>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <numeric>

namespace fondaco::orders {
namespace {

const Currency kEuro = Currency::of("EUR");

Promotion percent(std::int64_t bp, PromotionTarget target = PromotionTarget::order) {
  Promotion p;
  p.id = {bp};
  p.terms.kind = PromotionKind::percentage;
  p.terms.target = target;
  p.terms.percent_bp = bp;
  return p;
}

Promotion amount(std::int64_t minor, PromotionTarget target = PromotionTarget::order,
                 Currency currency = kEuro) {
  Promotion p;
  p.id = {minor + 1'000'000};
  p.terms.kind = PromotionKind::amount;
  p.terms.target = target;
  p.terms.amounts = {{minor, currency}};
  return p;
}

Promotion free_shipping() {
  Promotion p;
  p.id = {3};
  p.terms.kind = PromotionKind::free_shipping;
  p.terms.target = PromotionTarget::shipping;
  return p;
}

void allow_all(Promotion& p) {
  p.terms.with_products = p.terms.with_order = p.terms.with_shipping = true;
}

/// One merchant's basket: price and quantity of each line.
Basket basket_of(std::vector<std::pair<std::int64_t, std::int64_t>> lines,
                 std::int64_t shipping = 490) {
  Basket b;
  b.currency = kEuro;
  b.country = "DE";
  b.orders = {{MerchantId{7}, shipping}};
  std::int64_t product = 0;
  for (const auto& [price, quantity] : lines) {
    b.items.push_back({0, ProductId{++product}, {}, price, quantity});
  }
  return b;
}

std::int64_t total(const std::vector<Taken>& all) {
  return std::accumulate(all.begin(), all.end(), std::int64_t{0},
                         [](std::int64_t sum, const Taken& t) { return sum + t.total(); });
}

std::vector<Taken> best(const Basket& basket, const std::vector<const Promotion*>& of) {
  return best_for_customer(basket, of);
}

// 10 % and 10.00 off 100.00 leave 80.00: shares are taken before amounts.
TEST(Discounts, SharesComeBeforeAmounts) {
  Promotion tenth = percent(1000), ten = amount(1000);
  allow_all(tenth);
  allow_all(ten);
  EXPECT_EQ(total(best(basket_of({{10'000, 1}}), {&ten, &tenth})), 2000);
}

// By default nothing is combined: the one that is best for the customer is taken alone.
TEST(Discounts, TheBestOneWinsUnlessBothAllow) {
  Promotion tenth = percent(1000), fifth = percent(2000, PromotionTarget::products);
  const Basket basket = basket_of({{10'000, 1}});
  auto taken = best(basket, {&tenth, &fifth});
  ASSERT_EQ(taken.size(), 1U);
  EXPECT_EQ(taken[0].promotion, &fifth);
  tenth.terms.with_products = true;  // One side is not enough.
  EXPECT_EQ(total(best(basket, {&tenth, &fifth})), 2000);
  fifth.terms.with_order = true;
  EXPECT_EQ(total(best(basket, {&tenth, &fifth})), 2000 + 800);
}

// A line takes one product discount, the best for it, even when they may be combined.
TEST(Discounts, OneProductDiscountForALine) {
  Promotion tenth = percent(1000, PromotionTarget::products);
  Promotion five = amount(500, PromotionTarget::products);
  tenth.terms.with_products = five.terms.with_products = true;
  five.terms.each_unit = true;
  const auto taken = best(basket_of({{1000, 2}, {20'000, 1}}), {&tenth, &five});
  ASSERT_EQ(taken.size(), 2U);
  EXPECT_EQ(total(taken), 1000 + 2000);
  for (std::size_t i = 0; i < 2; ++i) EXPECT_EQ(taken[0].items[i] * taken[1].items[i], 0);
}

// Buy two, get one: of five units the cheapest one is free, of six the two cheapest; a unit is not
// bought and got at once.
TEST(Discounts, BuyTwoGetOne) {
  Promotion p;
  p.terms.kind = PromotionKind::buy_x_get_y;
  p.terms.target = PromotionTarget::products;
  p.terms.percent_bp = 10'000;
  p.terms.buy_units = 2;
  p.terms.get_units = 1;
  EXPECT_EQ(total(best(basket_of({{1000, 2}}), {&p})), 0);
  EXPECT_EQ(total(best(basket_of({{1000, 3}, {700, 2}}), {&p})), 700);
  EXPECT_EQ(total(best(basket_of({{1000, 4}, {700, 2}}), {&p})), 1400);
  p.terms.most_times = 1;
  EXPECT_EQ(total(best(basket_of({{1000, 4}, {700, 2}}), {&p})), 700);
  // Other things are got: two of the first make one of the second half as dear.
  p.terms.most_times = 0;
  p.terms.percent_bp = 5000;
  p.terms.products = {ProductId{1}};
  p.terms.get_products = {ProductId{2}};
  EXPECT_EQ(total(best(basket_of({{1000, 5}, {700, 3}}), {&p})), 700);
}

// Each condition that is not met is told as itself.
TEST(Discounts, ReasonsOfConditions) {
  const Basket basket = basket_of({{4'000, 1}});
  std::int64_t missing = 0;
  Promotion p = amount(500);
  EXPECT_EQ(meets(basket, p, missing), PromotionReason::applied);
  p.terms.minimum = {{5000, kEuro}};
  EXPECT_EQ(meets(basket, p, missing), PromotionReason::minimum_not_reached);
  EXPECT_EQ(missing, 1000);
  p.terms.minimum.clear();
  p.terms.minimum_units = 3;
  EXPECT_EQ(meets(basket, p, missing), PromotionReason::minimum_not_reached);
  EXPECT_EQ(missing, 2);
  p.terms.minimum_units = 0;
  p.terms.products = {ProductId{99}};
  EXPECT_EQ(meets(basket, p, missing), PromotionReason::no_matching_product);
  p.terms.countries = {"FR"};
  EXPECT_EQ(meets(basket, p, missing), PromotionReason::not_in_country);
  p.terms.amounts = {{500, Currency::of("JPY")}};
  EXPECT_EQ(meets(basket, p, missing), PromotionReason::currency_not_covered);
  Promotion of_another = percent(1000);
  of_another.merchant = MerchantId{8};
  EXPECT_EQ(meets(basket, of_another, missing), PromotionReason::no_matching_product);
}

// What lies below a category is in it.
TEST(Discounts, CategoriesIncludeWhatIsBelow) {
  Basket basket = basket_of({{1000, 1}, {3000, 1}});
  const std::vector<CategoryId> line{CategoryId{5}, CategoryId{2}};
  basket.items[1].categories = line;
  Promotion p = percent(1000, PromotionTarget::products);
  p.terms.categories = {CategoryId{2}};
  EXPECT_EQ(total(best(basket, {&p})), 300);
}

// A promotion of one merchant does not stand in the way of another merchant's.
TEST(Discounts, MerchantsDoNotCompete) {
  Basket basket = basket_of({{1000, 1}, {2000, 1}});
  basket.orders.push_back({MerchantId{8}, 490});
  basket.items[1].order = 1;
  Promotion first = percent(1000), second = percent(2000);
  first.merchant = MerchantId{7};
  second.merchant = MerchantId{8};
  EXPECT_EQ(total(best(basket, {&first, &second})), 100 + 400);
  Promotion all = percent(3000);  // The platform's touches both.
  EXPECT_EQ(total(best(basket, {&first, &second, &all})), 900);
}

struct Drawn {
  Basket basket;
  std::vector<Promotion> promotions;
};

/// A basket of two merchants in a currency of 0, 2 or 3 digits, and promotions of every kind.
Drawn draw() {
  Drawn d;
  d.basket.currency = Currency::of(*rc::gen::element<std::string>("JPY", "EUR", "KWD"));
  d.basket.country = "DE";
  d.basket.orders = {{MerchantId{7}, *rc::gen::inRange<std::int64_t>(0, 2000)},
                     {MerchantId{8}, *rc::gen::inRange<std::int64_t>(0, 2000)}};
  const int lines = *rc::gen::inRange(1, 8);
  for (int i = 0; i < lines; ++i) {
    d.basket.items.push_back({static_cast<std::size_t>(*rc::gen::inRange(0, 2)),
                              ProductId{i % 3 + 1},
                              {},
                              *rc::gen::inRange<std::int64_t>(0, 300'000),
                              *rc::gen::inRange<std::int64_t>(1, 20)});
  }
  const int count = *rc::gen::inRange(1, 6);
  for (int i = 0; i < count; ++i) {
    const auto target = *rc::gen::element(PromotionTarget::order, PromotionTarget::products);
    Promotion p;
    switch (*rc::gen::inRange(0, 4)) {
      case 0:
        p = percent(*rc::gen::inRange<std::int64_t>(1, 10'001), target);
        break;
      case 1:
        p = amount(*rc::gen::inRange<std::int64_t>(1, 500'000), target, d.basket.currency);
        p.terms.each_unit = target == PromotionTarget::products && *rc::gen::arbitrary<bool>();
        break;
      case 2:
        p.terms.kind = PromotionKind::buy_x_get_y;
        p.terms.target = PromotionTarget::products;
        p.terms.percent_bp = *rc::gen::inRange<std::int64_t>(1, 10'001);
        p.terms.buy_units = *rc::gen::inRange<std::int64_t>(1, 4);
        p.terms.get_units = *rc::gen::inRange<std::int64_t>(1, 4);
        break;
      default:
        p = free_shipping();
    }
    p.id = {i + 1};
    p.merchant = *rc::gen::element(MerchantId{0}, MerchantId{7}, MerchantId{8});
    if (*rc::gen::arbitrary<bool>()) p.terms.products = {ProductId{1}, ProductId{2}};
    if (*rc::gen::arbitrary<bool>()) allow_all(p);
    d.promotions.push_back(std::move(p));
  }
  return d;
}

std::vector<const Promotion*> able(const Drawn& d) {
  std::vector<const Promotion*> out;
  std::int64_t missing = 0;
  for (const Promotion& p : d.promotions) {
    if (meets(d.basket, p, missing) == PromotionReason::applied) out.push_back(&p);
  }
  return out;
}

// Whatever is combined in whatever currency: no line and no freight falls below zero, nothing is
// negative, a share off the whole order is that share to the unit, and every pair that is taken
// together allows it.
TEST(Discounts, PropertyPartsSumAndNothingIsNegative) {
  EXPECT_TRUE(rc::check("parts sum", [] {
    const Drawn d = draw();
    const auto candidates = able(d);
    const auto taken = best_for_customer(d.basket, candidates);
    for (std::size_t i = 0; i < d.basket.items.size(); ++i) {
      std::int64_t off = 0;
      for (const Taken& t : taken) {
        RC_ASSERT(t.items[i] >= 0);
        off += t.items[i];
      }
      RC_ASSERT(off <= d.basket.items[i].price * d.basket.items[i].quantity);
    }
    for (std::size_t i = 0; i < d.basket.orders.size(); ++i) {
      std::int64_t off = 0;
      for (const Taken& t : taken) off += t.shipping[i];
      RC_ASSERT(off >= 0);
      RC_ASSERT(off <= d.basket.orders[i].shipping);
    }
    for (const Taken& a : taken) {
      for (const Taken& b : taken) {
        RC_ASSERT(&a == &b || combinable(d.basket, *a.promotion, *b.promotion));
      }
    }
    // Nothing alone is better than what was chosen.
    for (const Promotion* p : candidates) {
      RC_ASSERT(take_off(d.basket, {&p, 1}).front().total() <= total(taken));
    }
  }));
}

// The parts of one discount off the order sum to it exactly in every exponent.
TEST(Discounts, PropertyAnOrderDiscountIsSplitExactly) {
  EXPECT_TRUE(rc::check("split", [] {
    Drawn d = draw();
    std::int64_t whole = 0;
    for (const BasketItem& item : d.basket.items) whole += item.price * item.quantity;
    const auto bp = *rc::gen::inRange<std::int64_t>(1, 10'001);
    const Promotion share_of = percent(bp);
    const Promotion* p = &share_of;
    RC_ASSERT(take_off(d.basket, {&p, 1}).front().off_items() ==
              share({whole, d.basket.currency}, bp, Round::half_up).minor);
    const Promotion fixed = amount(*rc::gen::inRange<std::int64_t>(1, 900'000),
                                   PromotionTarget::order, d.basket.currency);
    p = &fixed;
    RC_ASSERT(take_off(d.basket, {&p, 1}).front().off_items() ==
              std::min(whole, fixed.terms.amounts[0].minor));
  }));
}

// Tax of a discounted line is the tax of what the merchant is paid for it: inside an inclusive
// price, on top of an exclusive one; and the total is the sum of its parts.
TEST(Discounts, PropertyTaxIsOfWhatIsPaid) {
  EXPECT_TRUE(rc::check("tax", [] {
    Order o;
    o.currency = Currency::of(*rc::gen::element<std::string>("JPY", "EUR", "KWD"));
    o.tax_included = *rc::gen::arbitrary<bool>();
    const int lines = *rc::gen::inRange(1, 6);
    std::int64_t tax = 0;
    for (int i = 0; i < lines; ++i) {
      Line& line = o.lines.emplace_back();
      line.price = *rc::gen::inRange<std::int64_t>(0, 100'000);
      line.quantity = *rc::gen::inRange<std::int64_t>(1, 9);
      line.tax_bp = *rc::gen::element<std::int64_t>(0, 500, 700, 1900, 2550);
      line.discount = *rc::gen::inRange<std::int64_t>(0, line.price * line.quantity + 1);
      line.platform_discount = *rc::gen::inRange<std::int64_t>(0, line.discount + 1);
      const std::int64_t base = line.price * line.quantity - line.discount + line.platform_discount;
      tax += o.tax_included ? mul_div(base, line.tax_bp, 10'000 + line.tax_bp, Round::half_up)
                            : mul_div(base, line.tax_bp, 10'000, Round::half_up);
    }
    price_order(o, {0, o.currency}, 1900);
    charge_fees(o, {{500}, 0, {}});
    RC_ASSERT(o.tax == tax);
    RC_ASSERT(o.total == o.items - o.discount + (o.tax_included ? 0 : tax));
    RC_ASSERT(o.total >= 0);
    RC_ASSERT(o.commission <= o.escrowed());
  }));
}

}  // namespace
}  // namespace fondaco::orders
