// What promotions take off a basket: pure arithmetic. Private to orders.
// Whole numbers of minor units; what is split is split by largest remainder, so that the parts of
// each discount sum to it; nothing falls below zero.
#pragma once

#include <fondaco/orders/promotions.h>

#include <span>
#include <vector>

namespace fondaco::orders {

struct BasketItem {
  std::size_t order = 0;  // Index into Basket::orders.
  ProductId product;
  std::span<const CategoryId> categories;  // Its own and those above it.
  std::int64_t price = 0;
  std::int64_t quantity = 0;
};

struct BasketOrder {
  MerchantId merchant;
  std::int64_t shipping = 0;
};

struct Basket {
  Currency currency;
  std::string country;
  std::vector<BasketOrder> orders;
  std::vector<BasketItem> items;
};

/// What one promotion takes off, in the order of the basket's items and orders.
struct Taken {
  const Promotion* promotion = nullptr;
  std::vector<std::int64_t> items;
  std::vector<std::int64_t> shipping;

  std::int64_t off_items() const;
  std::int64_t off_shipping() const;
  std::int64_t total() const { return off_items() + off_shipping(); }
};

/// Whether the basket meets the promotion's conditions, whatever else applies.
/// `missing`: what is short of the minimum.
PromotionReason meets(const Basket& basket, const Promotion& promotion, std::int64_t& missing);

/// What these take off together: product discounts first (a line takes its best), then those off
/// the order (shares before amounts), then freight. Same order as `set`.
std::vector<Taken> take_off(const Basket& basket, std::span<const Promotion* const> set);

/// Whether both may apply: they touch no common order, or each allows the other's target.
bool combinable(const Basket& basket, const Promotion& a, const Promotion& b);

/// The set that is best for the customer of those that meet() their conditions. Exact while there
/// are at most kMostSets sets that may be combined; beyond, the best that was found, trying the
/// strongest first.
inline constexpr int kMostSets = 512;
std::vector<Taken> best_for_customer(const Basket& basket,
                                     std::span<const Promotion* const> candidates);

}  // namespace fondaco::orders
