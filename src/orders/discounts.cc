#include "discounts.h"

#include <fondaco/base/check.h>

#include <algorithm>
#include <numeric>

namespace fondaco::orders {
namespace {

std::int64_t sum_of(const std::vector<std::int64_t>& values) {
  return std::accumulate(values.begin(), values.end(), std::int64_t{0});
}

template <class T>
bool holds(const std::vector<T>& list, const T& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

bool touches(const Promotion& p, MerchantId merchant) {
  if (!p.by_platform()) return p.merchant == merchant;
  return p.terms.merchants.empty() || holds(p.terms.merchants, merchant);
}

bool named(const BasketItem& item, const std::vector<ProductId>& products,
           const std::vector<CategoryId>& categories) {
  if (products.empty() && categories.empty()) return true;
  if (holds(products, item.product)) return true;
  return std::any_of(item.categories.begin(), item.categories.end(),
                     [&](CategoryId c) { return holds(categories, c); });
}

std::int64_t worth(const BasketItem& item, Currency currency) {
  return times({item.price, currency}, item.quantity).minor;
}

std::optional<std::int64_t> amount_in(const std::vector<Money>& amounts, Currency currency) {
  for (const Money& m : amounts) {
    if (m.currency == currency) return m.minor;
  }
  return std::nullopt;
}

/// `whole` over the items by weight; nothing where there is no weight.
std::vector<std::int64_t> split_by(std::int64_t whole, const std::vector<std::int64_t>& weights,
                                   Currency currency) {
  std::vector<std::int64_t> out(weights.size(), 0);
  if (whole == 0 || sum_of(weights) == 0) return out;
  const auto parts = allocate({whole, currency}, weights);
  for (std::size_t i = 0; i < parts.size(); ++i) out[i] = parts[i].minor;
  return out;
}

/// One promotion seen against one basket.
class Scope {
 public:
  Scope(const Basket& basket, const Promotion& promotion) : basket_(basket), promotion_(promotion) {
    const PromotionTerms& t = promotion.terms;
    const bool other_got = !t.get_products.empty() || !t.get_categories.empty();
    for (const BasketItem& item : basket.items) {
      const bool here = touches(promotion, basket.orders[item.order].merchant);
      const bool match = here && named(item, t.products, t.categories);
      matching_.push_back(match);
      got_.push_back(other_got ? here && named(item, t.get_products, t.get_categories) : match);
    }
  }

  bool matches(std::size_t i) const { return matching_[i]; }

  std::int64_t matching_worth() const {
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < matching_.size(); ++i) {
      if (matching_[i]) sum += worth(basket_.items[i], basket_.currency);
    }
    return sum;
  }
  std::int64_t matching_units() const { return units(matching_); }

  /// What it would take off each line if it were alone with the lines.
  std::vector<std::int64_t> off_products() const {
    const PromotionTerms& t = promotion_.terms;
    std::vector<std::int64_t> off(matching_.size(), 0);
    if (t.kind == PromotionKind::buy_x_get_y) return off_got();
    for (std::size_t i = 0; i < off.size(); ++i) {
      if (!matching_[i]) continue;
      const BasketItem& item = basket_.items[i];
      const std::int64_t whole = worth(item, basket_.currency);
      if (t.kind == PromotionKind::percentage) {
        off[i] = share({whole, basket_.currency}, t.percent_bp, Round::half_up).minor;
      } else if (t.each_unit) {
        const std::int64_t unit = std::min(item.price, *amount_in(t.amounts, basket_.currency));
        off[i] = times({unit, basket_.currency}, item.quantity).minor;
      } else {
        off[i] = whole;  // Weights of the split below.
      }
    }
    if (t.kind != PromotionKind::amount || t.each_unit) return off;
    const std::int64_t whole = std::min(*amount_in(t.amounts, basket_.currency), sum_of(off));
    return split_by(whole, off, basket_.currency);
  }

 private:
  std::int64_t units(const std::vector<bool>& of) const {
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < of.size(); ++i) {
      if (of[i]) sum += basket_.items[i].quantity;
    }
    return sum;
  }

  /// The cheapest units are the ones that are got; a unit counts as bought or as got, not both.
  std::vector<std::int64_t> off_got() const {
    const PromotionTerms& t = promotion_.terms;
    std::vector<std::size_t> by_price;
    for (std::size_t i = 0; i < got_.size(); ++i) {
      if (got_[i]) by_price.push_back(i);
    }
    std::stable_sort(by_price.begin(), by_price.end(), [&](std::size_t a, std::size_t b) {
      return basket_.items[a].price < basket_.items[b].price;
    });
    const std::int64_t bought = units(matching_);
    std::int64_t low = 0;
    std::int64_t high = units(got_) / t.get_units;
    if (t.most_times > 0) high = std::min(high, t.most_times);
    while (low < high) {  // The more is got, the less is left as bought: search the last that fits.
      const std::int64_t middle = low + (high - low + 1) / 2;
      if (bought - got_of_bought(by_price, middle * t.get_units) >= middle * t.buy_units) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    std::vector<std::int64_t> off(got_.size(), 0);
    std::int64_t left = low * t.get_units;
    for (const std::size_t i : by_price) {
      const BasketItem& item = basket_.items[i];
      const std::int64_t taken = std::min(left, item.quantity);
      const Money unit = share({item.price, basket_.currency}, t.percent_bp, Round::half_up);
      off[i] = times(unit, taken).minor;
      left -= taken;
    }
    return off;
  }

  std::int64_t got_of_bought(const std::vector<std::size_t>& by_price, std::int64_t got) const {
    std::int64_t sum = 0;
    for (const std::size_t i : by_price) {
      const std::int64_t taken = std::min(got, basket_.items[i].quantity);
      if (matching_[i]) sum += taken;
      got -= taken;
    }
    return sum;
  }

  const Basket& basket_;
  const Promotion& promotion_;
  std::vector<bool> matching_;
  std::vector<bool> got_;
};

/// Each line takes the best of what is offered to it; the earlier one where two are equal.
void take_products(const Basket& basket, std::vector<Taken>& all, std::vector<std::int64_t>& left) {
  std::vector<std::pair<Taken*, std::vector<std::int64_t>>> offers;
  for (Taken& t : all) {
    if (t.promotion->terms.target != PromotionTarget::products) continue;
    offers.emplace_back(&t, Scope(basket, *t.promotion).off_products());
  }
  for (std::size_t i = 0; i < left.size(); ++i) {
    std::pair<Taken*, std::int64_t> best{nullptr, 0};
    for (const auto& [taken, off] : offers) {
      if (off[i] > best.second) best = {taken, off[i]};
    }
    if (!best.first) continue;
    const std::int64_t off = std::min(best.second, left[i]);
    best.first->items[i] = off;
    left[i] -= off;
  }
}

void take_order(const Basket& basket, Taken& taken, std::vector<std::int64_t>& left) {
  const PromotionTerms& t = taken.promotion->terms;
  const Scope scope(basket, *taken.promotion);
  std::vector<std::int64_t> weights(left.size(), 0);
  for (std::size_t i = 0; i < left.size(); ++i) {
    if (scope.matches(i)) weights[i] = left[i];
  }
  const std::int64_t base = sum_of(weights);
  const std::int64_t whole =
      t.kind == PromotionKind::percentage
          ? share({base, basket.currency}, t.percent_bp, Round::half_up).minor
          : std::min(base, *amount_in(t.amounts, basket.currency));
  taken.items = split_by(whole, weights, basket.currency);
  for (std::size_t i = 0; i < left.size(); ++i) left[i] -= taken.items[i];
}

std::int64_t total_of(const std::vector<Taken>& all) {
  std::int64_t sum = 0;
  for (const Taken& t : all) sum += t.total();
  return sum;
}

/// Depth first over the sets that may be combined, the strongest candidates first.
class Search {
 public:
  Search(const Basket& basket, std::span<const Promotion* const> candidates) : basket_(basket) {
    for (const Promotion* p : candidates) {
      const auto alone = take_off(basket, {&p, 1});
      const std::int64_t value = total_of(alone);
      if (value > 0) ranked_.emplace_back(value, p);
    }
    std::stable_sort(ranked_.begin(), ranked_.end(),
                     [](const auto& a, const auto& b) { return a.first > b.first; });
  }

  std::vector<Taken> run() {
    descend(0);
    return std::move(best_);
  }

 private:
  void descend(std::size_t from) {
    for (std::size_t i = from; i < ranked_.size() && sets_ < kMostSets; ++i) {
      const Promotion& next = *ranked_[i].second;
      const bool fits = std::all_of(chosen_.begin(), chosen_.end(), [&](const Promotion* p) {
        return combinable(basket_, *p, next);
      });
      if (!fits) continue;
      chosen_.push_back(&next);
      ++sets_;
      auto taken = take_off(basket_, chosen_);
      if (const std::int64_t value = total_of(taken); value > best_value_) {
        best_value_ = value;
        best_ = std::move(taken);
      }
      descend(i + 1);
      chosen_.pop_back();
    }
  }

  const Basket& basket_;
  std::vector<std::pair<std::int64_t, const Promotion*>> ranked_;
  std::vector<const Promotion*> chosen_;
  std::vector<Taken> best_;
  std::int64_t best_value_ = 0;
  int sets_ = 0;
};

bool allows(const PromotionTerms& terms, PromotionTarget other) {
  switch (other) {
    case PromotionTarget::products:
      return terms.with_products;
    case PromotionTarget::order:
      return terms.with_order;
    case PromotionTarget::shipping:
      return terms.with_shipping;
  }
  return false;
}

}  // namespace

std::int64_t Taken::off_items() const { return sum_of(items); }
std::int64_t Taken::off_shipping() const { return sum_of(shipping); }

PromotionReason meets(const Basket& basket, const Promotion& promotion, std::int64_t& missing) {
  const PromotionTerms& t = promotion.terms;
  missing = 0;
  if (t.kind == PromotionKind::amount && !amount_in(t.amounts, basket.currency)) {
    return PromotionReason::currency_not_covered;
  }
  const auto minimum = amount_in(t.minimum, basket.currency);
  if (!t.minimum.empty() && !minimum) return PromotionReason::currency_not_covered;
  if (!t.countries.empty() && !holds(t.countries, basket.country)) {
    return PromotionReason::not_in_country;
  }
  const Scope scope(basket, promotion);
  const std::int64_t units = scope.matching_units();
  if (units == 0) return PromotionReason::no_matching_product;
  if (minimum && scope.matching_worth() < *minimum) {
    missing = *minimum - scope.matching_worth();
    return PromotionReason::minimum_not_reached;
  }
  const std::int64_t needed = t.kind == PromotionKind::buy_x_get_y
                                  ? std::max(t.minimum_units, t.buy_units)
                                  : t.minimum_units;
  if (units < needed) {
    missing = needed - units;
    return PromotionReason::minimum_not_reached;
  }
  return PromotionReason::applied;
}

std::vector<Taken> take_off(const Basket& basket, std::span<const Promotion* const> set) {
  std::vector<Taken> all;
  for (const Promotion* p : set) {
    all.push_back({p, std::vector<std::int64_t>(basket.items.size(), 0),
                   std::vector<std::int64_t>(basket.orders.size(), 0)});
  }
  std::vector<std::int64_t> left;
  for (const BasketItem& item : basket.items) left.push_back(worth(item, basket.currency));
  take_products(basket, all, left);
  // Shares before amounts: 10 % and 10.00 off 100.00 leave 80.00, the other way round 81.00.
  for (const auto kind : {PromotionKind::percentage, PromotionKind::amount}) {
    for (Taken& t : all) {
      const PromotionTerms& terms = t.promotion->terms;
      if (terms.target == PromotionTarget::order && terms.kind == kind) take_order(basket, t, left);
    }
  }
  std::vector<std::int64_t> freight;
  for (const BasketOrder& order : basket.orders) freight.push_back(order.shipping);
  for (Taken& t : all) {
    if (t.promotion->terms.target != PromotionTarget::shipping) continue;
    for (std::size_t i = 0; i < freight.size(); ++i) {
      if (!touches(*t.promotion, basket.orders[i].merchant)) continue;
      t.shipping[i] = freight[i];
      freight[i] = 0;
    }
  }
  return all;
}

bool combinable(const Basket& basket, const Promotion& a, const Promotion& b) {
  const bool meet = std::any_of(
      basket.orders.begin(), basket.orders.end(),
      [&](const BasketOrder& o) { return touches(a, o.merchant) && touches(b, o.merchant); });
  return !meet || (allows(a.terms, b.terms.target) && allows(b.terms, a.terms.target));
}

std::vector<Taken> best_for_customer(const Basket& basket,
                                     std::span<const Promotion* const> candidates) {
  return Search(basket, candidates).run();
}

}  // namespace fondaco::orders
