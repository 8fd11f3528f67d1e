// What a marketplace adds to orders: ratings by buyers, the year run of the operator.
#include "api_json.h"

#include <fondaco/marketplace/ratings.h>
#include <fondaco/orders/annual.h>

namespace fondaco::orders {
namespace {

using http::Context;
using http::problem;
using http::Response;

struct OrderRatingIn {
  std::optional<int> described;  // 1 to 5; all three, or none with a private seller.
  std::optional<int> service;
  std::optional<int> logistics;
  std::optional<int> vote;  // 1, 0, -1: of a private seller.
  std::optional<std::string> comment;
};
BOOST_DESCRIBE_STRUCT(OrderRatingIn, (), (described, service, logistics, vote, comment))

struct OrderRatingOut {
  RatingId id;
  bool counted = false;
};
BOOST_DESCRIBE_STRUCT(OrderRatingOut, (), (id, counted))

struct YearRunOut {
  std::int64_t merchants = 0;
  std::int64_t charged = 0;
  std::int64_t invoiced = 0;
};
BOOST_DESCRIBE_STRUCT(YearRunOut, (), (merchants, charged, invoiced))

Response refused(marketplace::RatingRefusal refusal) {
  using R = marketplace::RatingRefusal;
  switch (refusal) {
    case R::bad_scores:
      return http::invalid("/described", "three scores of 1 to 5 are needed");
    case R::bad_vote:
      return http::invalid("/vote", "1, 0 or -1 is needed for a private seller");
    case R::bad_text:
      return http::invalid("/comment", "has to be at most 1000 bytes of UTF-8");
    case R::own_merchant:
      return problem(403, "own_merchant", "nobody rates his own shop");
    case R::too_late:
      return problem(409, "too_late", "a rating can be changed for 30 days");
    case R::unknown_merchant:
    case R::unknown_rating:
      return problem(404, "unknown_merchant", "the order's merchant is not there");
  }
  return problem(500, "internal", "unnamed refusal");
}

http::WritePlan put_rating(Context& c) {
  const auto in = http::body_as<OrderRatingIn>(c);
  if (!in.ok()) return in.refusal();
  const auto id = c.id_param<OrderId>("id");
  if (!id) return problem(404, "unknown_order", "there is no such order, or it is not yours");
  marketplace::NewRating wanted{.order = *id,
                                .merchant = {},
                                .person = c.who().person,
                                .described = in->described.value_or(0),
                                .service = in->service.value_or(0),
                                .logistics = in->logistics.value_or(0),
                                .vote = in->vote,
                                .comment = in->comment.value_or("")};
  return [wanted](storage::Tx& tx) {
    const auto order = find_order(tx, wanted.order);
    if (!order || order->person != wanted.person) {
      return problem(404, "unknown_order", "there is no such order, or it is not yours");
    }
    if (order->state != OrderState::finished) {
      return problem(409, "not_finished", "an order is rated when it is finished");
    }
    auto rating = wanted;
    rating.merchant = order->merchant;
    const auto done = marketplace::rate(tx, rating);
    if (!done.ok()) return refused(done.refusal());
    return http::json(json_of(OrderRatingOut{done->id, done->counted}));
  };
}

void year_run(const Services& s, http::Router& router, const std::shared_ptr<Context>& c,
              const http::Reply& reply) {
  const std::string_view text = c->param("year");
  int year = 0;
  for (const char digit : text) year = digit >= '0' && digit <= '9' ? year * 10 + digit - '0' : -1;
  if (text.size() != 4 || year < 2000 || c->now() < marketplace::start_of_year(year + 1)) {
    return reply(problem(422, "year_not_over", "only a year that is over is charged"));
  }
  const bool taken = router.offload([s, year, c, reply] {
    const YearRun run = run_year(s.store, s.accounts, year, c->who().actor());
    YearRunOut out{run.merchants, 0, 0};
    for (const auto& fee : run.charged) {
      ++(fee.state == marketplace::AnnualState::charged ? out.charged : out.invoiced);
    }
    reply(http::json(json_of(out)));
  });
  if (!taken) reply(problem(503, "busy", "too much is waiting; ask again"));
}

}  // namespace

void mount_market(http::Router& router, const Services& services) {
  http::Route rating;
  rating.method = http::Method::put;
  rating.path = "/api/v1/orders/{id}/rating";
  rating.access = {"orders.write", http::Owner::self, http::Rate::write,
                   http::Idempotency::natural};
  rating.summary = "Rate the merchant of an own, finished order; again within 30 days changes it";
  rating.request = http::schema_of<OrderRatingIn>();
  rating.response = http::schema_of<OrderRatingOut>();
  rating.refusals = {"unknown_order", "not_finished", "own_merchant", "too_late",
                     "invalid_request"};
  router.write(std::move(rating), put_rating);

  http::Route year;
  year.method = http::Method::post;
  year.path = "/api/v1/annual-fees/{year}/run";
  year.access = {"marketplace.write", http::Owner::operators, http::Rate::write,
                 http::Idempotency::natural};
  year.summary = "Charge the annual fees of a year that is over, and give back what is due";
  year.response = http::schema_of<YearRunOut>();
  year.refusals = {"year_not_over", "busy"};
  router.detached(std::move(year),
                  [&router, services](std::shared_ptr<Context> c, const http::Reply& reply) {
                    year_run(services, router, c, reply);
                  });
}

}  // namespace fondaco::orders
