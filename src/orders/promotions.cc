#include "promotion_rows.h"

#include <fondaco/base/check.h>
#include <fondaco/base/json.h>
#include <fondaco/base/text.h>
#include <fondaco/events/orders.h>
#include <fondaco/storage/publish.h>

#include <algorithm>
#include <set>

namespace fondaco::orders {
namespace {

constexpr std::size_t kMostListed = 500;  // Products, categories … of one promotion.
constexpr std::int64_t kMostAmount = 10'000'000'000'000;
constexpr std::int64_t kMostCount = 1'000'000'000;

constexpr storage::Sql kInsert{"orders.promotion_insert", R"sql(
  INSERT INTO orders_promotion
    (shard, id, merchant_id, code_key, title, title_zh, state, starts_at, ends_at, most_uses,
     most_per_person, terms, uses, version)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 0, 1))sql"};
constexpr storage::Sql kUpdate{"orders.promotion_update", R"sql(
  UPDATE orders_promotion SET title = $3, title_zh = $4, state = $5, starts_at = $6, ends_at = $7,
         most_uses = $8, most_per_person = $9, terms = $10, version = version + 1
   WHERE shard = $1 AND id = $2 AND version = $11)sql"};
constexpr storage::Sql kFind{"orders.promotion_find", R"sql(
  SELECT id, merchant_id, code_key, title, title_zh, state, starts_at, ends_at, most_uses,
         most_per_person, terms, uses, version
    FROM orders_promotion WHERE shard = $1 AND id = $2)sql"};
constexpr storage::Sql kOfOwner{"orders.promotion_of_owner", R"sql(
  SELECT id, merchant_id, code_key, title, title_zh, state, starts_at, ends_at, most_uses,
         most_per_person, terms, uses, version
    FROM orders_promotion WHERE merchant_id = $1 AND id > $2 ORDER BY id LIMIT $3)sql"};
constexpr storage::Sql kLive{"orders.promotion_live", R"sql(
  SELECT id, merchant_id, code_key, title, title_zh, state, starts_at, ends_at, most_uses,
         most_per_person, terms, uses, version
    FROM orders_promotion WHERE state = 1 AND (ends_at = 0 OR ends_at > $1))sql"};
constexpr storage::Sql kCode{"orders.promotion_code", R"sql(
  SELECT id FROM orders_promotion WHERE shard = $1 AND merchant_id = $2 AND code_key = $3)sql"};

constexpr storage::Sql kCounts{"orders.promotion_counts.batch", R"sql(
  SELECT id, state, most_uses, uses FROM orders_promotion WHERE shard = $1 AND id = $2)sql",
                               R"sql(
  SELECT p.id, p.state, p.most_uses, p.uses FROM unnest($1::bigint[], $2::bigint[]) q(shard, id)
    JOIN orders_promotion p ON p.shard = q.shard AND p.id = q.id)sql"};
constexpr storage::Sql kPersons{"orders.promotion_persons.batch", R"sql(
  SELECT promotion_id, person_id, uses FROM orders_promotion_person
   WHERE promotion_id = $1 AND person_id = $2 AND shard = $3)sql",
                                R"sql(
  SELECT p.promotion_id, p.person_id, p.uses
    FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) q(promotion, person, shard)
    JOIN orders_promotion_person p ON p.promotion_id = q.promotion AND p.person_id = q.person
     AND p.shard = q.shard)sql"};

// Test and take in one statement: the limit cannot be passed, whoever else counts.
constexpr storage::Sql kCount{"orders.promotion_count.batch", R"sql(
  UPDATE orders_promotion SET uses = uses + $3
   WHERE shard = $1 AND id = $2 AND uses + $3 >= 0
     AND ($3 <= 0 OR (state = 1 AND (most_uses = 0 OR uses + $3 <= most_uses))))sql",
                              R"sql(
  UPDATE orders_promotion p SET uses = p.uses + q.n
    FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) q(shard, id, n)
   WHERE p.shard = q.shard AND p.id = q.id AND p.uses + q.n >= 0
     AND (q.n <= 0 OR (p.state = 1 AND (p.most_uses = 0 OR p.uses + q.n <= p.most_uses))))sql"};
constexpr storage::Sql kCountPerson{"orders.promotion_count_person.batch", R"sql(
  INSERT INTO orders_promotion_person AS p (shard, id, promotion_id, person_id, uses, most)
  VALUES ($1, $2, $3, $4, $5, $6)
  ON CONFLICT (promotion_id, person_id, shard) DO UPDATE
     SET uses = p.uses + excluded.uses, most = excluded.most
   WHERE p.uses + excluded.uses <= excluded.most)sql",
                                    R"sql(
  INSERT INTO orders_promotion_person AS p (shard, id, promotion_id, person_id, uses, most)
  SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[],
                       $6::bigint[])
  ON CONFLICT (promotion_id, person_id, shard) DO UPDATE
     SET uses = p.uses + excluded.uses, most = excluded.most
   WHERE p.uses + excluded.uses <= excluded.most)sql"};
constexpr storage::Sql kReturnPerson{"orders.promotion_return_person.batch", R"sql(
  UPDATE orders_promotion_person SET uses = uses - $4
   WHERE promotion_id = $1 AND person_id = $2 AND shard = $3 AND uses >= $4)sql",
                                     R"sql(
  UPDATE orders_promotion_person p SET uses = p.uses - q.n
    FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[])
         q(promotion, person, shard, n)
   WHERE p.promotion_id = q.promotion AND p.person_id = q.person AND p.shard = q.shard
     AND p.uses >= q.n)sql"};

std::string key_of(const Promotion& p) {
  return p.code.empty() ? "-" + std::to_string(p.id.value) : p.code;
}

Promotion promotion_of(const storage::Row& row) {
  Promotion p;
  p.id = row.id<PromotionId>(0);
  p.merchant = row.id<MerchantId>(1);
  const std::string key = row.str(2);
  if (!key.starts_with('-')) p.code = key;
  p.title = row.str(3);
  p.title_zh = row.str(4);
  p.state = static_cast<PromotionState>(row.integer(5));
  p.starts_at = row.instant(6);
  if (row.integer(7) != 0) p.ends_at = row.instant(7);
  p.most_uses = row.integer(8);
  p.most_per_person = row.integer(9);
  auto terms = read_stored<PromotionTerms>(row.text(10));
  FONDACO_CHECK(terms.ok());
  p.terms = std::move(*terms);
  p.uses = row.integer(11);
  p.version = row.integer(12);
  return p;
}

bool good_amounts(const std::vector<Money>& amounts) {
  std::set<Currency> seen;
  return std::all_of(amounts.begin(), amounts.end(), [&](const Money& m) {
    return m.minor > 0 && m.minor <= kMostAmount && seen.insert(m.currency).second;
  });
}

bool good_kind(const PromotionTerms& t) {
  const bool share = t.percent_bp >= 1 && t.percent_bp <= 10'000;
  const bool on_lines = t.target == PromotionTarget::products;
  const bool on_goods = on_lines || t.target == PromotionTarget::order;
  switch (t.kind) {
    case PromotionKind::percentage:
      return share && on_goods;
    case PromotionKind::amount:
      return !t.amounts.empty() && on_goods && (!t.each_unit || on_lines);
    case PromotionKind::buy_x_get_y:
      return share && on_lines && t.buy_units >= 1 && t.buy_units <= 1000 && t.get_units >= 1 &&
             t.get_units <= 1000;
    case PromotionKind::free_shipping:
      return t.target == PromotionTarget::shipping;
  }
  return false;
}

bool good_terms(const Promotion& p) {
  const PromotionTerms& t = p.terms;
  const auto short_enough = [](const auto&... lists) {
    return ((lists.size() <= kMostListed) && ...);
  };
  if (!short_enough(t.products, t.categories, t.get_products, t.get_categories, t.merchants,
                    t.countries, t.amounts, t.minimum)) {
    return false;
  }
  // A merchant gives away what is his.
  if (!p.by_platform() && !t.merchants.empty()) return false;
  const auto count = [](std::int64_t n) { return n >= 0 && n <= kMostCount; };
  return good_kind(t) && good_amounts(t.amounts) && good_amounts(t.minimum) &&
         count(t.minimum_units) && count(t.most_times);
}

bool good_code(std::string_view code) {
  if (code.size() < 2 || code.size() > 64 || code.front() == '-') return false;
  return std::all_of(code.begin(), code.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

std::optional<PromotionRefusal> check(const Promotion& p) {
  if (!p.code.empty() && !good_code(p.code)) return PromotionRefusal::bad_code;
  for (const std::string* title : {&p.title, &p.title_zh}) {
    if (title->size() > 200 || !is_utf8(*title)) return PromotionRefusal::bad_title;
  }
  if (trim(p.title).empty()) return PromotionRefusal::bad_title;
  if (p.ends_at && *p.ends_at <= p.starts_at) return PromotionRefusal::bad_dates;
  if (!good_terms(p)) return PromotionRefusal::bad_terms;
  for (const std::int64_t limit : {p.most_uses, p.most_per_person}) {
    if (limit < 0 || limit > kMostCount) return PromotionRefusal::bad_limit;
  }
  return std::nullopt;
}

void tell(storage::Tx& tx, const Promotion& p) {
  storage::publish(tx, p.id.value, p.version, events::PromotionChanged{p.id, p.merchant});
}

}  // namespace

std::string promotion_code(std::string_view written) {
  std::string out(trim(written));
  for (char& c : out) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return out;
}

Result<Promotion, PromotionRefusal> create_promotion(storage::Tx& tx, Promotion wanted) {
  wanted.code = promotion_code(wanted.code);
  if (const auto refusal = check(wanted)) return Refused{*refusal};
  const std::int64_t shard = wanted.merchant.shard();
  wanted.id = tx.next_id<PromotionId>(shard);
  wanted.uses = 0;
  wanted.version = 1;
  const std::string key = key_of(wanted);
  if (tx.scalar(kCode, {shard, wanted.merchant, key})) return Refused{PromotionRefusal::code_taken};
  tx.exec(kInsert, {shard, wanted.id, wanted.merchant, key, wanted.title, wanted.title_zh,
                    wanted.state, wanted.starts_at, wanted.ends_at.value_or(Instant{}),
                    wanted.most_uses, wanted.most_per_person, json_of(wanted.terms)});
  tell(tx, wanted);
  return wanted;
}

Result<Promotion, PromotionRefusal> update_promotion(storage::Tx& tx, const Promotion& wanted,
                                                     std::int64_t version) {
  const auto stored = find_promotion(tx, wanted.id);
  if (!stored) return Refused{PromotionRefusal::unknown_promotion};
  if (stored->version != version) return Refused{PromotionRefusal::stale_version};
  if (stored->state == PromotionState::ended) return Refused{PromotionRefusal::ended};
  Promotion next = wanted;
  next.merchant = stored->merchant;
  next.code = stored->code;
  next.uses = stored->uses;
  next.version = stored->version + 1;
  if (const auto refusal = check(next)) return Refused{*refusal};
  const auto changed =
      tx.exec(kUpdate, {next.id.shard(), next.id, next.title, next.title_zh, next.state,
                        next.starts_at, next.ends_at.value_or(Instant{}), next.most_uses,
                        next.most_per_person, json_of(next.terms), version});
  if (changed != 1) throw storage::Conflict("promotion " + to_text(next.id) + " changed meanwhile");
  tell(tx, next);
  return next;
}

std::optional<Promotion> find_promotion(storage::Read& read, PromotionId id) {
  return read.first(kFind, {id.shard(), id}, promotion_of);
}

std::vector<Promotion> promotions_of(storage::Read& read, MerchantId merchant, PromotionId after,
                                     int limit) {
  return read.all(kOfOwner, {merchant, after, limit}, promotion_of);
}

std::unordered_map<PromotionId, PromotionCount> promotion_counts(storage::Read& read,
                                                                 std::span<const PromotionId> ids) {
  std::unordered_map<PromotionId, PromotionCount> out;
  const auto look = read.lookup(kCounts);
  for (const PromotionId id : ids) look->add({id.shard(), id});
  look->run([&](const storage::Row& row) {
    out.emplace(row.id<PromotionId>(0), PromotionCount{static_cast<PromotionState>(row.integer(1)),
                                                       row.integer(2), row.integer(3)});
  });
  return out;
}

std::map<PersonUse, std::int64_t> person_uses(storage::Read& read,
                                              std::span<const PersonUse> asked) {
  std::map<PersonUse, std::int64_t> out;
  const auto look = read.lookup(kPersons);
  for (const auto& [promotion, person] : asked) look->add({promotion, person, promotion.shard()});
  look->run([&](const storage::Row& row) {
    out[{row.id<PromotionId>(0), row.id<PersonId>(1)}] = row.integer(2);
  });
  return out;
}

void count_uses(storage::Tx& tx, std::span<const PromotionUse> uses) {
  std::map<PromotionId, std::int64_t> all;
  std::map<PersonUse, std::pair<std::int64_t, std::int64_t>> persons;  // Uses and limit.
  for (const PromotionUse& use : uses) {
    all[use.promotion] += use.uses;
    if (!use.person || use.most_per_person == 0) continue;
    auto& [sum, most] = persons[{use.promotion, use.person}];
    sum += use.uses;
    most = use.most_per_person;
  }
  const auto count = tx.batch(kCount);
  for (const auto& [id, n] : all) count->add({id.shard(), id, n});
  count->finish();
  const auto taken = tx.batch(kCountPerson);
  const auto given_back = tx.batch(kReturnPerson);
  for (const auto& [key, sum] : persons) {
    const auto& [promotion, who] = key;
    const auto& [n, most] = sum;
    if (n > 0) {
      taken->add(
          {promotion.shard(), tx.next_id<PromotionId>(promotion.shard()), promotion, who, n, most});
    } else if (n < 0) {
      given_back->add({promotion, who, promotion.shard(), -n});
    }
  }
  taken->finish();
  given_back->finish();
}

// ---- the book

void PromotionBook::load(storage::Read& read, Instant now) {
  // What ended lately is kept, so that its code is answered with "expired".
  for (auto& p : read.all(kLive, {now - days(90)}, promotion_of)) put(std::move(p));
}

std::vector<PromotionCandidate> PromotionBook::candidates(
    std::span<const MerchantId> merchants, std::span<const std::string> codes) const {
  std::vector<PromotionCandidate> out;
  const std::scoped_lock lock(mutex_);
  for (const std::string& written : codes) {
    const std::string code = promotion_code(written);
    const std::size_t before = out.size();
    const auto [first, last] = by_code_.equal_range(code);
    for (auto it = first; it != last; ++it) {
      const MerchantId owner = it->second->merchant;
      if (owner && std::find(merchants.begin(), merchants.end(), owner) == merchants.end()) {
        continue;
      }
      out.push_back({it->second, code});
    }
    if (out.size() == before) out.push_back({nullptr, code});
  }
  const auto add = [&](MerchantId owner) {
    const auto found = automatic_.find(owner);
    if (found == automatic_.end()) return;
    for (const auto& p : found->second) out.push_back({p, {}});
  };
  add({});
  for (const MerchantId merchant : merchants) add(merchant);
  return out;
}

void PromotionBook::put(Promotion promotion) {
  const auto shared = std::make_shared<const Promotion>(std::move(promotion));
  const std::scoped_lock lock(mutex_);
  const auto known = all_.find(shared->id);
  // An event may be read after a later change was put here by this process itself.
  if (known != all_.end() && known->second->version > shared->version) return;
  remove(shared->id);
  if (shared->state != PromotionState::active) return;
  all_.emplace(shared->id, shared);
  if (shared->code.empty()) {
    automatic_[shared->merchant].push_back(shared);
  } else {
    by_code_.emplace(shared->code, shared);
  }
  size_ = all_.size();
}

void PromotionBook::forget(PromotionId id) {
  const std::scoped_lock lock(mutex_);
  remove(id);
}

void PromotionBook::remove(PromotionId id) {
  const auto found = all_.find(id);
  if (found == all_.end()) return;
  const SharedPromotion old = found->second;
  all_.erase(found);
  std::erase(automatic_[old->merchant], old);
  const auto [first, last] = by_code_.equal_range(old->code);
  for (auto it = first; it != last;) it = it->second == old ? by_code_.erase(it) : std::next(it);
  size_ = all_.size();
}

std::vector<std::string> PromotionBook::types() {
  return {std::string(events::PromotionChanged::kType)};
}

void PromotionBook::on_events(storage::Read& read, std::span<const storage::StoredEvent> stored) {
  for (const auto& e : stored) {
    auto promotion = find_promotion(read, {e.entity});
    if (promotion) put(std::move(*promotion));
  }
}

}  // namespace fondaco::orders
