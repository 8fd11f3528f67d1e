// Puts promotions into the prices of a basket, and says why others are not in it. Private to
// orders.
#pragma once

#include "place.h"
#include "promotion_rows.h"

namespace fondaco::orders {

/// What is asked when candidates are judged. Counters are those of this transaction (or of now).
struct Promoting {
  std::span<const PromotionCandidate> candidates;
  const std::unordered_map<PromotionId, PromotionCount>& counts;
  const std::map<PersonUse, std::int64_t>& persons;
  PersonId person;
  bool had_orders = false;
  Instant now;
};

/// Sets discounts of lines, freight and details; prices are computed afterwards. `orders` belong to
/// `drafts`, their lines have price and quantity and `shipping` is the list price.
std::vector<PromotionVerdict> promote(std::vector<Order>& orders, const std::vector<Draft>& drafts,
                                      const Promoting& ask);

/// The first named promotion that is not in the price, as a refusal.
std::optional<Refusing> refused_code(std::span<const PromotionVerdict> verdicts);

/// Once for each promotion of the group.
std::vector<PromotionUse> uses_of(std::span<const Order> orders, std::int64_t n);
/// Gives back what no order of the group has any more. `given_up`: those that end now; `all`: of
/// the group, with their states before.
void return_uses(storage::Tx& tx, std::span<const Order> given_up, std::span<const Order> all);

}  // namespace fondaco::orders
