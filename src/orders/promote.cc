#include "promote.h"

#include "discounts.h"

#include <fondaco/base/check.h>

#include <algorithm>

namespace fondaco::orders {
namespace {

Basket basket_of(const std::vector<Order>& orders, const std::vector<Draft>& drafts) {
  Basket basket;
  basket.currency = orders.front().currency;
  basket.country = orders.front().country;
  for (std::size_t i = 0; i < orders.size(); ++i) {
    basket.orders.push_back({orders[i].merchant, orders[i].shipping});
    for (std::size_t j = 0; j < orders[i].lines.size(); ++j) {
      const Line& line = orders[i].lines[j];
      basket.items.push_back(
          {i, {line.product}, drafts[i].infos[j]->categories, line.price, line.quantity});
    }
  }
  return basket;
}

/// What does not depend on the other promotions.
PromotionReason judge(const Promotion& p, const Promoting& ask) {
  const auto count = ask.counts.find(p.id);
  if (count == ask.counts.end() || count->second.state != PromotionState::active) {
    return PromotionReason::unknown_promotion;
  }
  if (ask.now < p.starts_at) return PromotionReason::not_started;
  if (p.ends_at && ask.now >= *p.ends_at) return PromotionReason::expired;
  if (!count->second.has_left()) return PromotionReason::used_up;
  if (!p.personal()) return PromotionReason::applied;
  if (!ask.person) return PromotionReason::sign_in_needed;
  const auto used = ask.persons.find({p.id, ask.person});
  if (p.most_per_person > 0 && used != ask.persons.end() && used->second >= p.most_per_person) {
    return PromotionReason::used_by_you;
  }
  if (p.terms.first_order && ask.had_orders) return PromotionReason::first_order_only;
  return PromotionReason::applied;
}

PromotionVerdict verdict_of(const PromotionCandidate& candidate) {
  PromotionVerdict v;
  v.code = candidate.code;
  if (!candidate.promotion) {
    v.reason = PromotionReason::unknown_promotion;
    return v;
  }
  v.promotion = candidate.promotion->id;
  v.title = candidate.promotion->title;
  v.title_zh = candidate.promotion->title_zh;
  return v;
}

/// One promotion's part of one order.
void put(Order& order, const Taken& taken, std::span<const std::int64_t> items,
         std::int64_t shipping) {
  const Promotion& p = *taken.promotion;
  AppliedPromotion applied;
  applied.promotion = p.id.value;
  applied.code = p.code;
  applied.title = p.title;
  applied.title_zh = p.title_zh;
  applied.by_platform = p.by_platform();
  applied.per_person = p.most_per_person;
  applied.shipping = shipping;
  for (std::size_t j = 0; j < items.size(); ++j) {
    applied.discount += items[j];
    order.lines[j].discount += items[j];
    if (p.by_platform()) order.lines[j].platform_discount += items[j];
  }
  order.shipping -= shipping;
  order.details.shipping_discount += shipping;
  if (p.by_platform()) order.details.shipping_platform += shipping;
  if (applied.discount > 0 || shipping > 0) order.details.promotions.push_back(std::move(applied));
}

void put_all(std::vector<Order>& orders, const Taken& taken) {
  std::size_t next = 0;
  for (std::size_t i = 0; i < orders.size(); ++i) {
    const std::span<const std::int64_t> items(taken.items);
    put(orders[i], taken, items.subspan(next, orders[i].lines.size()), taken.shipping[i]);
    next += orders[i].lines.size();
  }
}

/// Automatic ones that have nothing to do with the basket are not worth a word.
bool worth_telling(const PromotionVerdict& v) {
  return !v.code.empty() || v.reason == PromotionReason::applied ||
         v.reason == PromotionReason::minimum_not_reached ||
         v.reason == PromotionReason::sign_in_needed;
}

}  // namespace

std::vector<PromotionVerdict> promote(std::vector<Order>& orders, const std::vector<Draft>& drafts,
                                      const Promoting& ask) {
  const Basket basket = basket_of(orders, drafts);
  std::vector<PromotionVerdict> verdicts;
  std::vector<const Promotion*> able;
  for (const PromotionCandidate& candidate : ask.candidates) {
    PromotionVerdict v = verdict_of(candidate);
    if (candidate.promotion) {
      v.reason = judge(*candidate.promotion, ask);
      if (v.reason == PromotionReason::applied) {
        v.reason = meets(basket, *candidate.promotion, v.missing);
        v.by_amount = v.missing > 0 && candidate.promotion->terms.minimum_units == 0 &&
                      candidate.promotion->terms.kind != PromotionKind::buy_x_get_y;
      }
      if (v.reason == PromotionReason::applied) able.push_back(candidate.promotion.get());
    }
    verdicts.push_back(std::move(v));
  }
  const auto best = best_for_customer(basket, able);
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    PromotionVerdict& v = verdicts[i];
    if (v.reason != PromotionReason::applied) continue;
    const Promotion* promotion = ask.candidates[i].promotion.get();
    const auto taken = std::find_if(best.begin(), best.end(),
                                    [&](const Taken& t) { return t.promotion == promotion; });
    if (taken != best.end() && taken->total() > 0) {
      v.discount = taken->off_items();
      v.shipping = taken->off_shipping();
      continue;
    }
    const auto alone = take_off(basket, {&promotion, 1});
    v.reason =
        alone.front().total() > 0 ? PromotionReason::not_combinable : PromotionReason::no_effect;
  }
  for (const Taken& taken : best) put_all(orders, taken);
  std::erase_if(verdicts, [](const PromotionVerdict& v) { return !worth_telling(v); });
  return verdicts;
}

std::optional<Refusing> refused_code(std::span<const PromotionVerdict> verdicts) {
  for (const PromotionVerdict& v : verdicts) {
    if (v.code.empty() || v.reason == PromotionReason::applied) continue;
    // Several merchants may have the same code: one that applies is enough.
    const bool elsewhere = std::any_of(verdicts.begin(), verdicts.end(), [&](const auto& other) {
      return other.code == v.code && other.reason == PromotionReason::applied;
    });
    if (elsewhere) continue;
    Refusing r;
    r.reason = v.reason == PromotionReason::unknown_promotion ? Refusal::unknown_promotion
                                                              : Refusal::promotion_not_applicable;
    r.what = v.code;
    r.promotion = v.reason;
    r.wanted = v.missing;
    return r;
  }
  return std::nullopt;
}

std::vector<PromotionUse> uses_of(std::span<const Order> orders, std::int64_t n) {
  std::vector<PromotionUse> out;
  for (const Order& order : orders) {
    for (const AppliedPromotion& a : order.details.promotions) {
      const bool counted = std::any_of(out.begin(), out.end(), [&](const PromotionUse& u) {
        return u.promotion.value == a.promotion;
      });
      if (counted) continue;
      out.push_back({{a.promotion}, a.per_person > 0 ? order.person : PersonId{}, a.per_person, n});
    }
  }
  return out;
}

void return_uses(storage::Tx& tx, std::span<const Order> given_up, std::span<const Order> all) {
  std::vector<PromotionUse> uses = uses_of(given_up, -1);
  std::erase_if(uses, [&](const PromotionUse& use) {
    return std::any_of(all.begin(), all.end(), [&](const Order& order) {
      const bool ends = std::any_of(given_up.begin(), given_up.end(),
                                    [&](const Order& o) { return o.id == order.id; });
      const bool over = order.state == OrderState::cancelled || order.state == OrderState::expired;
      if (ends || over) return false;
      const auto& has = order.details.promotions;
      return std::any_of(has.begin(), has.end(), [&](const AppliedPromotion& a) {
        return a.promotion == use.promotion.value;
      });
    });
  });
  if (!uses.empty()) count_uses(tx, uses);
}

}  // namespace fondaco::orders
