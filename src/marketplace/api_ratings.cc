#include "api_parts.h"

#include <fondaco/marketplace/ratings.h>

namespace fondaco::marketplace {
namespace {

using http::Context;
using http::Idempotency;
using http::Method;
using http::Owner;
using http::Rate;
using http::Response;
using http::Schema;

/// Without the buyer: who it was is nobody's business.
struct RatingOut {
  RatingId id;
  std::optional<int> described;
  std::optional<int> service;
  std::optional<int> logistics;
  std::optional<int> vote;
  std::string comment;
  std::string reply;
  Instant rated_at;
};
BOOST_DESCRIBE_STRUCT(RatingOut, (),
                      (id, described, service, logistics, vote, comment, reply, rated_at))

/// Scores in hundredths of a star, of the last six months; points of all time.
struct ScoresOut {
  std::int64_t ratings = 0;
  std::int64_t described = 0;
  std::int64_t service = 0;
  std::int64_t logistics = 0;
  std::int64_t votes = 0;
  std::int64_t points = 0;
  BadgeKind badge = BadgeKind::none;
  int badge_count = 0;
};
BOOST_DESCRIBE_STRUCT(ScoresOut, (),
                      (ratings, described, service, logistics, votes, points, badge, badge_count))

struct ReplyIn {
  std::string text;  // Empty: none any more.
};
BOOST_DESCRIBE_STRUCT(ReplyIn, (), (text))

Response unknown_merchant() {
  return http::problem(404, "unknown_merchant", "there is no such merchant");
}

Response unknown_rating() {
  return http::problem(404, "unknown_rating", "this merchant has no such rating");
}

RatingOut shown(const Rating& r, bool votes) {
  const auto score = [](int n) { return n ? std::optional(n) : std::nullopt; };
  return {r.id,
          score(r.described),
          score(r.service),
          score(r.logistics),
          votes ? std::optional(r.vote) : std::nullopt,
          r.comment,
          r.reply,
          r.rated_at};
}

std::optional<Merchant> seen(Context& c) {
  auto m = named(c.read(), c.param("merchant"));
  if (m && m->state != MerchantState::active && !c.who().may("marketplace.read", m->id)) {
    return std::nullopt;
  }
  return m;
}

Response list_ratings(Context& c) {
  const auto page = http::page_of(c);
  if (!page.ok()) return page.refusal();
  const auto before = page->starting_after ? id_from_text<RatingId>(*page->starting_after)
                                           : std::optional(RatingId{});
  if (!before) return http::problem(422, "invalid_request", "starting_after is no rating id");
  const auto m = seen(c);
  if (!m) return unknown_merchant();
  const bool votes = m->kind == MerchantKind::private_seller;
  return list(ratings_of(c.read(), m->id, *before, page->limit + 1), page->limit,
              [votes](const Rating& r) { return shown(r, votes); });
}

Response scores(Context& c) {
  const auto m = seen(c);
  if (!m) return unknown_merchant();
  const Scores s = scores_of(c.read(), m->id, c.now());
  const Badge badge = badge_of(s.points);
  return http::json(json_of(ScoresOut{s.ratings, s.described, s.service, s.logistics, s.votes,
                                      s.points, badge.kind, badge.count}));
}

http::WritePlan put_reply(Context& c) {
  auto body = http::body_as<ReplyIn>(c);
  if (!body.ok()) return body.refusal();
  const auto id = c.id_param<RatingId>("id");
  if (!id) return unknown_rating();
  return [id = *id, slug = std::string(c.param("merchant")),
          text = std::move(body->text)](storage::Tx& tx) {
    const auto m = named(tx, slug);
    if (!m) return unknown_merchant();
    const auto done = reply(tx, m->id, id, text);
    if (done.ok()) {
      return http::json(json_of(shown(*done, m->kind == MerchantKind::private_seller)));
    }
    return done.refusal() == RatingRefusal::bad_text
               ? http::invalid("/text", "has to be at most 1000 bytes of UTF-8")
               : unknown_rating();
  };
}

}  // namespace

void mount_ratings(http::Router& router) {
  const http::Access open{"-", Owner::everyone, Rate::read, Idempotency::safe};
  router.read({.method = Method::get,
               .path = "/api/v1/merchants/{merchant}/ratings",
               .access = open,
               .summary = "What buyers say of a merchant, newest first",
               .request = Schema::none(),
               .response = http::list_schema_of<RatingOut>(),
               .refusals = {"unknown_merchant", "invalid_request"},
               .query = {{"limit", "1 to 100, default 20", "integer"},
                         {"starting_after", "id of the last one of the page before"}}},
              list_ratings);
  router.read({.method = Method::get,
               .path = "/api/v1/merchants/{merchant}/scores",
               .access = open,
               .summary = "Detailed scores and reputation of a merchant",
               .request = Schema::none(),
               .response = http::schema_of<ScoresOut>(),
               .refusals = {"unknown_merchant"}},
              scores);
  router.write({.method = Method::put,
                .path = "/api/v1/merchants/{merchant}/ratings/{id}/reply",
                .access = {"reviews.write", Owner::merchant, Rate::write, Idempotency::natural},
                .summary = "Answer a rating",
                .request = http::schema_of<ReplyIn>(),
                .response = http::schema_of<RatingOut>(),
                .refusals = {"unknown_merchant", "unknown_rating", "invalid_request"},
                .merchant_of = [](Context& c) -> std::optional<MerchantId> {
                  const auto m = named(c.read(), c.param("merchant"));
                  return m ? std::optional(m->id) : std::nullopt;
                }},
               put_reply);
}

}  // namespace fondaco::marketplace
