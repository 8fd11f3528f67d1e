#include <fondaco/base/check.h>
#include <fondaco/base/text.h>
#include <fondaco/events/marketplace.h>
#include <fondaco/marketplace/onboarding.h>
#include <fondaco/marketplace/ratings.h>
#include <fondaco/storage/publish.h>

#include "onboarding_rows.h"

#include <array>
#include <utility>

namespace fondaco::marketplace {
namespace {

constexpr storage::Sql kInsert{"marketplace.insert_rating", R"sql(
  INSERT INTO marketplace_rating (shard, id, merchant_id, order_id, person_id, described, service,
    logistics, vote, counted, comment, reply, rated_at, version)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, '', $12, 1))sql"};

constexpr storage::Sql kChange{"marketplace.change_rating", R"sql(
  UPDATE marketplace_rating
     SET described = $3, service = $4, logistics = $5, vote = $6, comment = $7, reply = $8,
         version = version + 1
   WHERE shard = $1 AND id = $2)sql"};

constexpr storage::Sql kOfOrder{"marketplace.rating_of_order", R"sql(
  SELECT id, merchant_id, order_id, person_id, described, service, logistics, vote, counted,
         comment, reply, rated_at, version
    FROM marketplace_rating WHERE shard = $1 AND order_id = $2)sql"};

constexpr storage::Sql kFind{"marketplace.rating", R"sql(
  SELECT id, merchant_id, order_id, person_id, described, service, logistics, vote, counted,
         comment, reply, rated_at, version
    FROM marketplace_rating WHERE shard = $1 AND id = $2)sql"};

constexpr storage::Sql kList{"marketplace.ratings", R"sql(
  SELECT id, merchant_id, order_id, person_id, described, service, logistics, vote, counted,
         comment, reply, rated_at, version
    FROM marketplace_rating WHERE shard = $1 AND merchant_id = $2 AND id < $3
   ORDER BY id DESC LIMIT $4)sql"};

constexpr storage::Sql kCounted{"marketplace.counted_votes", R"sql(
  SELECT COUNT(*), MAX(rated_at) FROM marketplace_rating
   WHERE shard = $1 AND merchant_id = $2 AND rated_at > $4 AND person_id = $3 AND counted = 1)sql"};

constexpr storage::Sql kScores{"marketplace.scores", R"sql(
  SELECT COUNT(*), CAST(SUM(described) AS BIGINT), CAST(SUM(service) AS BIGINT),
         CAST(SUM(logistics) AS BIGINT)
    FROM marketplace_rating
   WHERE shard = $1 AND merchant_id = $2 AND rated_at > $3 AND rated_at <= $4
     AND described > 0)sql"};

constexpr storage::Sql kPoints{"marketplace.points", R"sql(
  SELECT COUNT(*), CAST(SUM(vote) AS BIGINT) FROM marketplace_rating
   WHERE shard = $1 AND merchant_id = $2 AND counted = 1)sql"};

// Later rows replace earlier ones from their day on.
constexpr auto kVoteRules = std::to_array<VoteRule>({{"2020-01-01", days(14), 6}});
constexpr std::size_t kTextBytes = 1'000;

Rating rating_from(const storage::Row& row) {
  const auto number = [&](int column) { return static_cast<int>(row.integer(column)); };
  return {.id = row.id<RatingId>(0),
          .merchant = row.id<MerchantId>(1),
          .order = row.id<OrderId>(2),
          .person = row.id<PersonId>(3),
          .described = number(4),
          .service = number(5),
          .logistics = number(6),
          .vote = number(7),
          .counted = row.flag(8),
          .comment = row.str(9),
          .reply = row.str(10),
          .rated_at = row.instant(11),
          .version = row.integer(12)};
}

std::optional<RatingRefusal> why_not(const NewRating& r, MerchantKind kind) {
  const bool is_private = kind == MerchantKind::private_seller;
  const bool none = r.described == 0 && r.service == 0 && r.logistics == 0;
  for (const int score : {r.described, r.service, r.logistics}) {
    if (none ? !is_private : score < 1 || score > 5) return RatingRefusal::bad_scores;
  }
  if (r.vote ? *r.vote < -1 || *r.vote > 1 : is_private) return RatingRefusal::bad_vote;
  if (r.comment.size() > kTextBytes || !is_utf8(r.comment)) return RatingRefusal::bad_text;
  return std::nullopt;
}

/// Whether one more vote of this buyer may count now.
bool counts(storage::Read& read, const NewRating& r, Instant now) {
  const VoteRule& rule = vote_rule(now);
  bool fits = true;
  read.each(kCounted, {r.merchant.shard(), r.merchant, r.person, now - days(30)},
            [&](const storage::Row& row) {
              if (row.integer(0) == 0) return;
              fits = row.integer(0) < rule.per_month && now - row.instant(1) >= rule.apart;
            });
  return fits;
}

void tell(storage::Tx& tx, const Rating& r) {
  storage::publish(tx, r.id.value, r.version,
                   events::RatingChanged{r.merchant, r.id, r.order, r.person, r.described,
                                         r.service, r.logistics, r.vote, !r.reply.empty()});
}

void store(storage::Tx& tx, Rating& r) {
  tx.exec(kChange,
          {r.id.shard(), r.id, r.described, r.service, r.logistics, r.vote, r.comment, r.reply});
  ++r.version;
  tell(tx, r);
}

}  // namespace

const VoteRule& vote_rule(Instant when) {
  const std::string day = format_date(when);
  const VoteRule* rule = &kVoteRules.front();
  for (const VoteRule& r : kVoteRules) {
    if (r.from <= day) rule = &r;
  }
  return *rule;
}

Result<Rating, RatingRefusal> rate(storage::Tx& tx, const NewRating& in) {
  const auto merchant = find_merchant(tx, in.merchant);
  if (!merchant) return Refused{RatingRefusal::unknown_merchant};
  if (const auto refusal = why_not(in, merchant->kind)) return Refused{*refusal};
  if (const auto gate = find_gate(tx, in.merchant); gate && gate->applicant == in.person) {
    return Refused{RatingRefusal::own_merchant};
  }
  auto stored = tx.first(kOfOrder, {in.merchant.shard(), in.order}, rating_from);
  if (stored && stored->rated_at + kRatingChange < tx.now()) {
    return Refused{RatingRefusal::too_late};
  }
  if (stored) {
    stored->described = in.described;
    stored->service = in.service;
    stored->logistics = in.logistics;
    stored->vote = in.vote.value_or(0);
    stored->comment = in.comment;
    store(tx, *stored);
    return *stored;
  }
  Rating r{.id = tx.next_id<RatingId>(in.merchant.shard()),
           .merchant = in.merchant,
           .order = in.order,
           .person = in.person,
           .described = in.described,
           .service = in.service,
           .logistics = in.logistics,
           .vote = in.vote.value_or(0),
           .counted = in.vote && counts(tx, in, tx.now()),
           .comment = in.comment,
           .reply = {},
           .rated_at = tx.now()};
  tx.exec(kInsert, {r.id.shard(), r.id, r.merchant, r.order, r.person, r.described, r.service,
                    r.logistics, r.vote, r.counted, r.comment, r.rated_at});
  tell(tx, r);
  return r;
}

Result<Rating, RatingRefusal> reply(storage::Tx& tx, MerchantId merchant, RatingId id,
                                    std::string_view text) {
  auto r = tx.first(kFind, {id.shard(), id}, rating_from);
  if (!r || r->merchant != merchant) return Refused{RatingRefusal::unknown_rating};
  if (text.size() > kTextBytes || !is_utf8(text)) return Refused{RatingRefusal::bad_text};
  if (r->reply == text) return *r;
  r->reply = std::string(text);
  store(tx, *r);
  return *r;
}

std::vector<Rating> ratings_of(storage::Read& read, MerchantId merchant, RatingId before,
                               int limit) {
  const std::int64_t end = before ? before.value : INT64_MAX;
  return read.all(kList, {merchant.shard(), merchant, end, limit}, rating_from);
}

bool Scores::all_at_least(std::int64_t hundredths) const {
  return ratings > 0 && described >= hundredths && service >= hundredths && logistics >= hundredths;
}

Scores scores_of(storage::Read& read, MerchantId merchant, Instant now) {
  Scores out;
  read.each(kScores, {merchant.shard(), merchant, now - kScoreWindow, now},
            [&](const storage::Row& row) {
              out.ratings = row.integer(0);
              if (out.ratings == 0) return;
              const auto mean = [&](int column) {
                return mul_div(row.integer(column), 100, out.ratings, Round::down);
              };
              out.described = mean(1);
              out.service = mean(2);
              out.logistics = mean(3);
            });
  read.each(kPoints, {merchant.shard(), merchant}, [&](const storage::Row& row) {
    out.votes = row.integer(0);
    out.points = row.integer(1);
  });
  return out;
}

Badge badge_of(std::int64_t points) {
  constexpr std::array<std::int64_t, 20> kSteps = {
      4,       11,      41,        91,        151,       251,       501,
      1'001,   2'001,   5'001,     10'001,    20'001,    50'001,    100'001,
      200'001, 500'001, 1'000'001, 2'000'001, 5'000'001, 10'000'001};
  int reached = 0;
  for (const std::int64_t step : kSteps) reached += points >= step ? 1 : 0;
  if (reached == 0) return {};
  return {static_cast<BadgeKind>((reached - 1) / 5 + 1), (reached - 1) % 5 + 1};
}

}  // namespace fondaco::marketplace
