#include "api_json.h"

namespace fondaco::community {
namespace {

using http::Context;
using http::Idempotency;
using http::Method;
using http::Owner;
using http::Rate;
using http::Response;
using http::WritePlan;

constexpr http::Access kPublic{"-", Owner::everyone, Rate::read, Idempotency::safe};
constexpr http::Access kMine{"me.write", Owner::self, Rate::write, Idempotency::optional};
constexpr http::Access kMineNatural{"me.write", Owner::self, Rate::write, Idempotency::natural};
constexpr http::Access kTheirs{"community.read", Owner::merchant, Rate::read, Idempotency::safe};

Response sign_in_needed() { return http::problem(401, "sign_in_needed", "sign in again"); }

ReviewOut shown(const Review& r) {
  ReviewOut out;
  out.id = r.id;
  out.product = r.product;
  out.stars = r.stars;
  if (r.content) {
    out.name = r.content->name;
    out.title = r.content->title;
    out.text = r.content->text;
  }
  out.locale = r.locale;
  out.state = r.state;
  if (!r.reply.empty()) {
    out.reply = r.reply;
    out.replied_at = r.replied_at;
  }
  out.written_at = r.written_at;
  return out;
}

QuestionOut shown(const Question& q) {
  QuestionOut out{q.id, q.product, q.text, q.answers, {}};
  for (const Answer& a : q.best) out.best.push_back({a.id, a.by_merchant, a.text});
  return out;
}

Response list_reviews(const Services& s, Context& c) {
  const auto page = http::page_of(c);
  if (!page.ok()) return page.refusal();
  const auto before = start_of<ReviewId>(*page);
  if (!before.ok()) return before.refusal();
  const auto product = c.id_param<ProductId>("id");
  if (!product) return problem_of(Refusal::unknown_product);
  std::int64_t stars = 0;
  if (const auto wanted = c.request().query_value("stars")) {
    stars = parse_int(*wanted).value_or(-1);
    if (stars < 1 || stars > 5) return problem_of(Refusal::bad_stars);
  }
  ReviewListOut out;
  const Score score = score_of(c.read(), *product);
  out.score = {score.count(), score.hundredths(), {score.by_stars.begin(), score.by_stars.end()}};
  for (const Review& r :
       reviews_of(c.read(), s.keyring, *product, stars, *before, page->limit + 1)) {
    out.data.push_back(shown(r));
  }
  out.has_more = out.data.size() > static_cast<std::size_t>(page->limit);
  if (out.has_more) out.data.pop_back();
  return http::json(json_of(out));
}

WritePlan put_review(const Services& s, Context& c) {
  auto in = http::body_as<ProductReviewIn>(c);
  if (!in.ok()) return std::move(in.refusal());
  const auto product = c.id_param<ProductId>("id");
  if (!product) return problem_of(Refusal::unknown_product);
  const auto key = key_of(s, c.read(), c.who().person);
  if (!key) return sign_in_needed();
  auto derived = s.store.derived().read();
  NewReview review;
  review.product = *product;
  review.person = c.who().person;
  review.key = *key;
  review.order = purchase_of(c.read(), derived, review.person, *product).value_or(OrderId{});
  review.stars = in->stars;
  review.content = {in->name.value_or(""), in->title.value_or(""), in->text.value_or("")};
  review.locale = c.locale();
  return [s, review = std::move(review)](storage::Tx& tx) {
    const auto written = write_review(tx, s.keyring, review);
    return written.ok() ? http::json(json_of(shown(*written))) : problem_of(written.refusal());
  };
}

void mount_of_buyers(http::Router& router, const Services& s) {
  auto all = route_of(Method::get, "/products/{id}/reviews", kPublic,
                      "Reviews of a product by people who bought it, newest first, and its score");
  all.response = http::schema_of<ReviewListOut>();
  all.refusals = {"unknown_product"};
  all.query = kPaging;
  all.query.push_back({"stars", "1 to 5: only those", "integer"});
  router.read(std::move(all), [s](Context& c) { return list_reviews(s, c); });

  auto put = route_of(Method::put, "/me/reviews/{id}", kMineNatural,
                      "Review a product that you bought ({id} is the product), or change it");
  put.request = http::schema_of<ProductReviewIn>();
  put.response = http::schema_of<ReviewOut>();
  put.refusals = {"unknown_product", "not_bought", "text_too_long", "too_late"};
  router.write(std::move(put), [s](Context& c) { return put_review(s, c); });

  auto withdraw = route_of(Method::del, "/me/reviews/{id}", kMineNatural,
                           "Take back a review of yours ({id} is the review)");
  withdraw.success = 204;
  withdraw.refusals = {"unknown_review"};
  router.write(std::move(withdraw), [](Context& c) -> WritePlan {
    const auto id = c.id_param<ReviewId>("id");
    if (!id) return problem_of(Refusal::unknown_review);
    return [id = *id, person = c.who().person](storage::Tx& tx) {
      const auto done = withdraw_review(tx, id, person);
      return done.ok() ? http::no_content() : problem_of(done.refusal());
    };
  });
}

void mount_of_merchants(http::Router& router, const Services& s) {
  const auto merchant_of = merchant_in_path(s);
  auto all = route_of(Method::get, "/merchants/{merchant}/reviews", kTheirs,
                      "Reviews of a merchant's products, newest first, hidden ones too");
  all.access.scope = "reviews.read";
  all.response = http::list_schema_of<ReviewOut>();
  all.query = kPaging;
  all.merchant_of = merchant_of;
  router.read(std::move(all), [s, merchant_of](Context& c) {
    const auto page = http::page_of(c);
    if (!page.ok()) return page.refusal();
    const auto before = start_of<ReviewId>(*page);
    if (!before.ok()) return before.refusal();
    std::vector<ReviewOut> out;
    for (const Review& r :
         reviews_of_merchant(c.read(), s.keyring, *merchant_of(c), *before, page->limit + 1)) {
      out.push_back(shown(r));
    }
    return list_of(std::move(out), page->limit);
  });

  auto reply = route_of(Method::put, "/merchants/{merchant}/reviews/{id}/reply",
                        {"reviews.write", Owner::merchant, Rate::write, Idempotency::natural},
                        "Reply to a review; an empty text takes the reply back");
  reply.request = http::schema_of<TextIn>();
  reply.response = http::schema_of<ReviewOut>();
  reply.refusals = {"unknown_review", "text_too_long"};
  reply.merchant_of = merchant_of;
  router.write(std::move(reply), [s, merchant_of](Context& c) -> WritePlan {
    auto in = http::body_as<TextIn>(c);
    if (!in.ok()) return std::move(in.refusal());
    const auto id = c.id_param<ReviewId>("id");
    if (!id) return problem_of(Refusal::unknown_review);
    return [s, id = *id, merchant = *merchant_of(c), text = in->text](storage::Tx& tx) {
      const auto done = reply_to_review(tx, s.keyring, id, merchant, text);
      return done.ok() ? http::json(json_of(shown(*done))) : problem_of(done.refusal());
    };
  });
}

Response questions(Context& c, const std::function<std::vector<Question>(QuestionId, int)>& read) {
  const auto page = http::page_of(c);
  if (!page.ok()) return page.refusal();
  const auto before = start_of<QuestionId>(*page);
  if (!before.ok()) return before.refusal();
  std::vector<QuestionOut> out;
  for (const Question& q : read(*before, page->limit + 1)) out.push_back(shown(q));
  return list_of(std::move(out), page->limit);
}

Response answered(const Result<Question, Refusal>& done) {
  return done.ok() ? http::json(json_of(shown(*done)), 201) : problem_of(done.refusal());
}

void mount_questions(http::Router& router, const Services& s) {
  auto all = route_of(Method::get, "/products/{id}/questions", kPublic,
                      "Questions about a product with their answers, newest first");
  all.response = http::list_schema_of<QuestionOut>();
  all.refusals = {"unknown_product"};
  all.query = kPaging;
  router.read(std::move(all), [s](Context& c) {
    const auto product = c.id_param<ProductId>("id");
    if (!product) return problem_of(Refusal::unknown_product);
    return questions(c, [&](QuestionId before, int limit) {
      return questions_of(c.read(), s.keyring, *product, before, limit);
    });
  });

  auto put = route_of(Method::post, "/me/products/{id}/questions", kMine,
                      "Ask the merchant and the owners of a product");
  put.request = http::schema_of<TextIn>();
  put.response = http::schema_of<QuestionOut>();
  put.success = 201;
  put.refusals = {"unknown_product", "text_too_long"};
  router.write(std::move(put), [s](Context& c) -> WritePlan {
    auto in = http::body_as<TextIn>(c);
    if (!in.ok()) return std::move(in.refusal());
    const auto product = c.id_param<ProductId>("id");
    if (!product) return problem_of(Refusal::unknown_product);
    const auto key = key_of(s, c.read(), c.who().person);
    if (!key) return sign_in_needed();
    return [s, product = *product, person = c.who().person, key = *key,
            text = in->text](storage::Tx& tx) {
      return answered(ask(tx, s.keyring, product, person, key, text));
    };
  });
}

void mount_answers(http::Router& router, const Services& s) {
  auto own = route_of(Method::post, "/me/questions/{id}/answers", kMine,
                      "Answer as somebody who has bought the product");
  own.request = http::schema_of<TextIn>();
  own.response = http::schema_of<QuestionOut>();
  own.success = 201;
  own.refusals = {"unknown_question", "not_bought", "text_too_long", "too_many"};
  router.write(std::move(own), [s](Context& c) -> WritePlan {
    auto in = http::body_as<TextIn>(c);
    if (!in.ok()) return std::move(in.refusal());
    const auto id = c.id_param<QuestionId>("id");
    const auto question = id ? find_question(c.read(), s.keyring, *id) : std::nullopt;
    if (!question) return problem_of(Refusal::unknown_question);
    const auto key = key_of(s, c.read(), c.who().person);
    if (!key) return sign_in_needed();
    auto derived = s.store.derived().read();
    const PersonId person = c.who().person;
    const bool bought = purchase_of(c.read(), derived, person, question->product).has_value();
    const NewAnswer given{*id, person, *key, {}, bought, in->text};
    return [s, given](storage::Tx& tx) { return answered(answer(tx, s.keyring, given)); };
  });

  const auto merchant_of = merchant_in_path(s);
  auto theirs = route_of(Method::get, "/merchants/{merchant}/questions", kTheirs,
                         "Questions about a merchant's products, newest first");
  theirs.response = http::list_schema_of<QuestionOut>();
  theirs.query = kPaging;
  theirs.merchant_of = merchant_of;
  router.read(std::move(theirs), [s, merchant_of](Context& c) {
    return questions(c, [&](QuestionId before, int limit) {
      return questions_of_merchant(c.read(), s.keyring, *merchant_of(c), before, limit);
    });
  });

  auto reply = route_of(Method::post, "/merchants/{merchant}/questions/{id}/answers",
                        {"community.write", Owner::merchant, Rate::write, Idempotency::optional},
                        "Answer for the merchant");
  reply.request = http::schema_of<TextIn>();
  reply.response = http::schema_of<QuestionOut>();
  reply.success = 201;
  reply.refusals = {"unknown_question", "text_too_long", "too_many"};
  reply.merchant_of = merchant_of;
  router.write(std::move(reply), [s, merchant_of](Context& c) -> WritePlan {
    auto in = http::body_as<TextIn>(c);
    if (!in.ok()) return std::move(in.refusal());
    const auto id = c.id_param<QuestionId>("id");
    if (!id) return problem_of(Refusal::unknown_question);
    const NewAnswer given{*id, c.who().person, {}, *merchant_of(c), false, in->text};
    return [s, given](storage::Tx& tx) { return answered(answer(tx, s.keyring, given)); };
  });
}

}  // namespace

void mount_reviews(http::Router& router, const Services& s) {
  mount_of_buyers(router, s);
  mount_of_merchants(router, s);
  mount_questions(router, s);
  mount_answers(router, s);
}

}  // namespace fondaco::community
