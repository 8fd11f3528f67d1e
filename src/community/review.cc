#include <fondaco/base/check.h>
#include <fondaco/base/json.h>
#include <fondaco/base/text.h>
#include <fondaco/catalog.h>
#include <fondaco/community.h>
#include <fondaco/events/community.h>
#include <fondaco/orders.h>
#include <fondaco/storage/publish.h>

#include "hide.h"

#include <algorithm>
#include <functional>

namespace fondaco::community {
namespace {

constexpr storage::Sql kInsert{"community.review_insert", R"sql(
  INSERT INTO community_review (shard, id, product_id, merchant_id, person_id, key_id, order_id,
    stars, content, locale, state, reply, replied_at, written_at, version)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, '', 0, $12, 1))sql"};

constexpr storage::Sql kChange{"community.review_change", R"sql(
  UPDATE community_review
     SET stars = $4, content = $5, locale = $6, state = $7, reply = $8, replied_at = $9,
         version = version + 1
   WHERE shard = $1 AND id = $2 AND version = $3)sql"};

constexpr storage::Sql kOfPerson{"community.review_of_person", R"sql(
  SELECT id, product_id, merchant_id, person_id, key_id, order_id, stars, content, locale, state,
         reply, replied_at, written_at, version
    FROM community_review WHERE shard = $1 AND product_id = $2 AND person_id = $3)sql"};

constexpr storage::Sql kFind{"community.review_find", R"sql(
  SELECT id, product_id, merchant_id, person_id, key_id, order_id, stars, content, locale, state,
         reply, replied_at, written_at, version
    FROM community_review WHERE shard = $1 AND id = $2)sql"};

constexpr storage::Sql kOfProduct{"community.reviews_of_product", R"sql(
  SELECT id, product_id, merchant_id, person_id, key_id, order_id, stars, content, locale, state,
         reply, replied_at, written_at, version
    FROM community_review
   WHERE shard = $1 AND product_id = $2 AND id < $3 AND state = 1 AND ($4 = 0 OR stars = $4)
   ORDER BY id DESC LIMIT $5)sql"};

constexpr storage::Sql kOfMerchant{"community.reviews_of_merchant", R"sql(
  SELECT id, product_id, merchant_id, person_id, key_id, order_id, stars, content, locale, state,
         reply, replied_at, written_at, version
    FROM community_review WHERE shard = $1 AND merchant_id = $2 AND id < $3
   ORDER BY id DESC LIMIT $4)sql"};

constexpr storage::Sql kScore{"community.score_find", R"sql(
  SELECT one, two, three, four, five FROM community_score WHERE shard = $1 AND id = $2)sql"};

constexpr storage::Sql kScoreRow{"community.score_insert", R"sql(
  INSERT INTO community_score (shard, id, one, two, three, four, five)
  VALUES ($1, $2, 0, 0, 0, 0, 0) ON CONFLICT DO NOTHING)sql"};

constexpr storage::Sql kCount{"community.score_count", R"sql(
  UPDATE community_score SET one = one + $3, two = two + $4, three = three + $5, four = four + $6,
         five = five + $7
   WHERE shard = $1 AND id = $2)sql"};

constexpr std::size_t kMostName = 80;
constexpr std::size_t kMostTitle = 200;
constexpr int kOrdersLookedAt = 200;

/// A review as it is stored: its key and sealed words with it.
struct Stored {
  Review review;
  KeyId key;
  std::string sealed;
};

Stored stored_from(const storage::Row& row) {
  Stored s;
  Review& r = s.review;
  r.id = row.id<ReviewId>(0);
  r.product = row.id<ProductId>(1);
  r.merchant = row.id<MerchantId>(2);
  r.person = row.id<PersonId>(3);
  s.key = row.id<KeyId>(4);
  r.order = row.id<OrderId>(5);
  r.stars = row.integer(6);
  s.sealed = row.blob(7);
  r.locale = row.str(8);
  r.state = static_cast<State>(row.integer(9));
  r.reply = row.str(10);
  r.replied_at = row.instant(11);
  r.written_at = row.instant(12);
  r.version = row.integer(13);
  return s;
}

Review opened(Stored s, shoppers::Keyring& keyring) {
  if (const auto text = keyring.open(s.key, s.sealed)) {
    auto content = read_json<ReviewContent>(*text);
    FONDACO_CHECK(content.ok());
    s.review.content = std::move(*content);
  }
  return std::move(s.review);
}

std::vector<Review> opened(std::vector<Stored> rows, shoppers::Keyring& keyring) {
  std::vector<Review> out;
  for (Stored& row : rows) out.push_back(opened(std::move(row), keyring));
  return out;
}

void store(storage::Tx& tx, Stored& s) {
  const Review& r = s.review;
  const auto changed =
      tx.exec(kChange, {r.id.shard(), r.id, r.version, r.stars, storage::Blob{s.sealed}, r.locale,
                        r.state, r.reply, r.replied_at});
  if (changed != 1) throw storage::GuardFailed(kChange.name);
  ++s.review.version;
}

/// One more or one fewer of so many stars.
void count(storage::Tx& tx, ProductId product, std::int64_t stars, std::int64_t by) {
  std::array<std::int64_t, 5> change{};
  change.at(static_cast<std::size_t>(stars - 1)) = by;
  tx.exec(kScoreRow, {product.shard(), product});
  const auto changed = tx.exec(
      kCount, {product.shard(), product, change[0], change[1], change[2], change[3], change[4]});
  if (changed != 1) throw storage::GuardFailed(kCount.name);
}

void tell(storage::Tx& tx, const Review& r) {
  const Score score = score_of(tx, r.product);
  storage::publish(tx, r.id.value, r.version,
                   events::ReviewWritten{r.id, r.product, r.merchant, r.stars,
                                         boost::describe::enum_to_string(r.state, "unknown"),
                                         score.count(), score.hundredths()});
}

std::optional<Refusal> why_not(const NewReview& wanted) {
  if (!wanted.order) return Refusal::not_bought;
  if (wanted.stars < 1 || wanted.stars > 5) return Refusal::bad_stars;
  const ReviewContent& c = wanted.content;
  if (c.name.size() > kMostName || c.title.size() > kMostTitle || c.text.size() > kMostReview) {
    return Refusal::text_too_long;
  }
  return std::nullopt;
}

/// Calls `each` for the person's newest orders that were paid and not given back, until it says
/// true.
void each_purchase(storage::Read& main, storage::Read& derived, PersonId person,
                   const std::function<bool(const orders::Order&)>& each) {
  for (const OrderId id : orders::order_ids_of_person(derived, person, {}, kOrdersLookedAt)) {
    const auto order = orders::find_order(main, id);
    if (!order) continue;
    switch (order->state) {
      case orders::OrderState::pending_payment:
      case orders::OrderState::cancelled:
      case orders::OrderState::expired:
        continue;
      default:
        if (each(*order)) return;
    }
  }
}

}  // namespace

std::optional<OrderId> purchase_of(storage::Read& main, storage::Read& derived, PersonId person,
                                   ProductId product) {
  std::optional<OrderId> out;
  each_purchase(main, derived, person, [&](const orders::Order& order) {
    for (const orders::Line& line : order.lines) {
      if (line.product == product.value) out = order.id;
    }
    return out.has_value();
  });
  return out;
}

bool has_paid(storage::Read& main, storage::Read& derived, PersonId person, MerchantId merchant) {
  bool out = false;
  each_purchase(main, derived, person,
                [&](const orders::Order& order) { return out = order.merchant == merchant; });
  return out;
}

Result<Review, Refusal> write_review(storage::Tx& tx, shoppers::Keyring& keyring,
                                     const NewReview& wanted) {
  if (const auto refusal = why_not(wanted)) return Refused{*refusal};
  const auto product = catalog::product(tx, wanted.product);
  if (!product) return Refused{Refusal::unknown_product};
  auto old =
      tx.first(kOfPerson, {wanted.product.shard(), wanted.product, wanted.person}, stored_from);
  // What an operator has hidden does not come back by being written again.
  if (old &&
      (tx.now() > old->review.written_at + kReviewChange || old->review.state == State::hidden)) {
    return Refused{Refusal::too_late};
  }
  Stored s = old ? *old : Stored{};
  s.key = wanted.key;
  s.sealed = keyring.seal(wanted.key, json_of(wanted.content));
  Review& r = s.review;
  r.stars = wanted.stars;
  r.locale = wanted.locale;
  r.state = State::published;
  if (old) {
    if (old->review.state == State::published) count(tx, r.product, old->review.stars, -1);
    store(tx, s);
  } else {
    r.id = tx.next_id<ReviewId>(wanted.product.shard());
    r.product = wanted.product;
    r.merchant = product->owner;
    r.person = wanted.person;
    r.order = wanted.order;
    r.written_at = tx.now();
    tx.exec(kInsert, {r.id.shard(), r.id, r.product, r.merchant, r.person, s.key, r.order, r.stars,
                      storage::Blob{s.sealed}, r.locale, r.state, r.written_at});
  }
  count(tx, r.product, r.stars, 1);
  tell(tx, r);
  return opened(std::move(s), keyring);
}

Result<Unit, Refusal> withdraw_review(storage::Tx& tx, ReviewId id, PersonId person) {
  auto s = tx.first(kFind, {id.shard(), id}, stored_from);
  if (!s || s->review.person != person) return Refused{Refusal::unknown_review};
  if (s->review.state != State::published) return Unit{};
  s->review.state = State::withdrawn;
  store(tx, *s);
  count(tx, s->review.product, s->review.stars, -1);
  tell(tx, s->review);
  return Unit{};
}

bool hide_review(storage::Tx& tx, ReviewId id) {
  auto s = tx.first(kFind, {id.shard(), id}, stored_from);
  if (!s) return false;
  if (s->review.state == State::published) count(tx, s->review.product, s->review.stars, -1);
  s->review.state = State::hidden;
  store(tx, *s);
  tell(tx, s->review);
  return true;
}

Result<Review, Refusal> reply_to_review(storage::Tx& tx, shoppers::Keyring& keyring, ReviewId id,
                                        MerchantId merchant, std::string_view reply) {
  auto s = tx.first(kFind, {id.shard(), id}, stored_from);
  if (!s || s->review.merchant != merchant) return Refused{Refusal::unknown_review};
  if (reply.size() > kMostText) return Refused{Refusal::text_too_long};
  s->review.reply = trim(reply);
  s->review.replied_at = s->review.reply.empty() ? Instant{} : tx.now();
  store(tx, *s);
  tell(tx, s->review);
  return opened(std::move(*s), keyring);
}

std::vector<Review> reviews_of(storage::Read& read, shoppers::Keyring& keyring, ProductId product,
                               std::int64_t stars, ReviewId before, int limit) {
  const std::int64_t until = before ? before.value : INT64_MAX;
  return opened(read.all(kOfProduct, {product.shard(), product, until, stars, limit}, stored_from),
                keyring);
}

std::vector<Review> reviews_of_merchant(storage::Read& read, shoppers::Keyring& keyring,
                                        MerchantId merchant, ReviewId before, int limit) {
  const std::int64_t until = before ? before.value : INT64_MAX;
  return opened(read.all(kOfMerchant, {merchant.shard(), merchant, until, limit}, stored_from),
                keyring);
}

std::int64_t Score::count() const {
  std::int64_t n = 0;
  for (const std::int64_t one : by_stars) n += one;
  return n;
}

std::int64_t Score::hundredths() const {
  const std::int64_t n = count();
  if (n == 0) return 0;
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < by_stars.size(); ++i) {
    sum += by_stars[i] * (static_cast<std::int64_t>(i) + 1);
  }
  return (sum * 200 + n) / (2 * n);
}

Score score_of(storage::Read& read, ProductId product) {
  Score out;
  read.each(kScore, {product.shard(), product}, [&](const storage::Row& row) {
    for (int i = 0; i < 5; ++i) out.by_stars[static_cast<std::size_t>(i)] = row.integer(i);
  });
  return out;
}

}  // namespace fondaco::community
