// Counters of promotions, for the batch that places orders and for giving them up. Private to
// orders.
#pragma once

#include <fondaco/orders/promotions.h>

#include <map>
#include <span>
#include <unordered_map>
#include <utility>

namespace fondaco::orders {

struct PromotionCount {
  PromotionState state = PromotionState::active;
  std::int64_t most_uses = 0;
  std::int64_t uses = 0;
  bool has_left() const { return most_uses == 0 || uses < most_uses; }
};
/// One batch look-up.
std::unordered_map<PromotionId, PromotionCount> promotion_counts(storage::Read& read,
                                                                 std::span<const PromotionId> ids);

using PersonUse = std::pair<PromotionId, PersonId>;
/// Who never used one is absent. One batch look-up.
std::map<PersonUse, std::int64_t> person_uses(storage::Read& read,
                                              std::span<const PersonUse> asked);

/// One basket that uses (1) or gives back (-1) a promotion.
struct PromotionUse {
  PromotionId promotion;
  PersonId person;                   // 0 where uses of persons are not counted.
  std::int64_t most_per_person = 0;  // 0: not counted for persons.
  std::int64_t uses = 1;
};
/// Adds up, then writes one guarded statement a table: throws GuardFailed beyond a limit, when one
/// that is not active shall be used, or below zero.
void count_uses(storage::Tx& tx, std::span<const PromotionUse> uses);

}  // namespace fondaco::orders
