#include "api_json.h"

#include <fondaco/shoppers/people.h>

namespace fondaco::community {

using http::Context;
using http::Idempotency;
using http::Method;
using http::Owner;
using http::Rate;
using http::Response;

Response problem_of(Refusal refusal) {
  const auto about = [](int status, std::string_view code, std::string_view detail) {
    return http::problem(status, code, detail);
  };
  switch (refusal) {
    case Refusal::unknown_conversation:
      return about(404, "unknown_conversation", "there is no such conversation, or not of yours");
    case Refusal::unknown_product:
      return about(404, "unknown_product", "there is no such product");
    case Refusal::unknown_order:
      return about(404, "unknown_order", "there is no such order, or it is not yours");
    case Refusal::wrong_merchant:
      return about(422, "wrong_merchant", "the product or order is another merchant's");
    case Refusal::blocked:
      return about(409, "blocked", "one of the two does not want more messages");
    case Refusal::empty_text:
      return http::invalid("/text", "is empty");
    case Refusal::text_too_long:
      return about(422, "text_too_long",
                   "a message, question, answer or reply has at most 2000 bytes, a review's text "
                   "5000, a title 200, a name 80");
    case Refusal::too_many_pictures:
      return about(422, "too_many_pictures", "a message has at most 4 pictures");
    case Refusal::unknown_picture:
      return about(404, "unknown_picture", "this conversation has no such picture");
    case Refusal::bad_picture:
      return about(422, "bad_picture",
                   "a picture is a PNG, JPEG, WebP or GIF of at most 1048576 bytes");
    case Refusal::too_many_messages:
      return about(409, "too_many_messages", "a conversation has at most 1000 messages");
    case Refusal::not_bought:
      return about(403, "not_bought", "only who has bought the product may do that");
    case Refusal::bad_stars:
      return http::invalid("/stars", "has to be 1 to 5");
    case Refusal::unknown_review:
      return about(404, "unknown_review", "there is no such review, or it is not yours");
    case Refusal::too_late:
      return about(409, "too_late", "a review can be changed for 30 days, a hidden one not at all");
    case Refusal::unknown_question:
      return about(404, "unknown_question", "there is no such question");
    case Refusal::unknown_subject:
      return about(404, "unknown_subject", "there is no such message, review, question or answer");
    case Refusal::already_reported:
      return about(409, "already_reported", "you have reported that already");
    case Refusal::unknown_report:
      return about(404, "unknown_report", "there is no such report");
    case Refusal::already_decided:
      return about(409, "already_decided", "this report was decided already");
    case Refusal::unknown_quick_answer:
      return about(404, "unknown_quick_answer", "this merchant has no such quick answer");
    case Refusal::too_many:
      return about(409, "too_many",
                   "a merchant has at most 100 quick answers, a question at most 200 answers");
  }
  return about(500, "internal", "unnamed refusal");
}

std::optional<KeyId> key_of(const Services& s, storage::Read& read, PersonId person) {
  const auto found = shoppers::find_person(read, s.keyring, person);
  if (!found || !found->profile) return std::nullopt;
  return found->key;
}

http::Route route_of(Method method, std::string path, http::Access access, std::string summary) {
  return {.method = method,
          .path = "/api/v1" + path,
          .access = access,
          .summary = std::move(summary),
          .request = http::Schema::none(),
          .response = http::Schema::none()};
}

std::function<std::optional<MerchantId>(Context&)> merchant_in_path(const Services& s) {
  return [s](Context& c) -> std::optional<MerchantId> {
    if (auto named = s.merchant_named(c.read(), c.param("merchant"))) return named;
    return c.id_param<MerchantId>("merchant");
  };
}

namespace {

constexpr http::Access kReport{"me.write", Owner::self, Rate::write, Idempotency::optional};
constexpr http::Access kQueue{"community.read", Owner::operators, Rate::read, Idempotency::safe};
constexpr http::Access kDecide{"community.write", Owner::operators, Rate::write,
                               Idempotency::optional};

struct Named {
  Subject about;
  std::int64_t id;
};

/// What kind of thing an id is stands in its prefix.
std::optional<Named> subject_of(std::string_view text) {
  if (const auto id = id_from_text<MessageId>(text)) return Named{Subject::message, id->value};
  if (const auto id = id_from_text<ReviewId>(text)) return Named{Subject::review, id->value};
  if (const auto id = id_from_text<QuestionId>(text)) return Named{Subject::question, id->value};
  if (const auto id = id_from_text<AnswerId>(text)) return Named{Subject::answer, id->value};
  return std::nullopt;
}

std::string subject_text(Subject about, std::int64_t id) {
  switch (about) {
    case Subject::message:
      return to_text(MessageId{id});
    case Subject::review:
      return to_text(ReviewId{id});
    case Subject::question:
      return to_text(QuestionId{id});
    case Subject::answer:
      return to_text(AnswerId{id});
  }
  return {};
}

AbuseReportOut shown(const Report& r) {
  return {r.id, r.about, subject_text(r.about, r.subject), r.reason, r.state};
}

void mount_reports(http::Router& router) {
  auto make = route_of(Method::post, "/me/reports", kReport,
                       "Say that a message, review, question or answer should not stand there");
  make.request = http::schema_of<ReportIn>();
  make.response = http::schema_of<AbuseReportOut>();
  make.success = 201;
  make.refusals = {"unknown_subject", "already_reported"};
  router.write(std::move(make), [](Context& c) -> http::WritePlan {
    auto in = http::body_as<ReportIn>(c);
    if (!in.ok()) return std::move(in.refusal());
    const auto subject = subject_of(in->subject);
    if (!subject) return problem_of(Refusal::unknown_subject);
    return [named = *subject, person = c.who().person, reason = in->reason](storage::Tx& tx) {
      const auto made = report(tx, named.about, named.id, person, reason);
      return made.ok() ? http::json(json_of(shown(*made)), 201) : problem_of(made.refusal());
    };
  });

  auto queue = route_of(Method::get, "/reports", kQueue, "Open reports, oldest first");
  queue.response = http::list_schema_of<AbuseReportOut>();
  queue.query = kPaging;
  router.read(std::move(queue), [](Context& c) {
    const auto page = http::page_of(c);
    if (!page.ok()) return page.refusal();
    const auto after = start_of<ReportId>(*page);
    if (!after.ok()) return after.refusal();
    std::vector<AbuseReportOut> out;
    for (const Report& r : open_reports(c.read(), *after, page->limit + 1)) {
      out.push_back(shown(r));
    }
    return list_of(std::move(out), page->limit);
  });

  auto decided = route_of(Method::post, "/reports/{id}/decision", kDecide,
                          "Hide what was reported, or let it stand");
  decided.request = http::schema_of<ReportDecisionIn>();
  decided.response = http::schema_of<AbuseReportOut>();
  decided.refusals = {"unknown_report", "already_decided"};
  router.write(std::move(decided), [](Context& c) -> http::WritePlan {
    auto in = http::body_as<ReportDecisionIn>(c);
    if (!in.ok()) return std::move(in.refusal());
    const auto id = c.id_param<ReportId>("id");
    if (!id) return problem_of(Refusal::unknown_report);
    return [id = *id, remove = in->remove](storage::Tx& tx) {
      const auto done = decide(tx, id, remove);
      return done.ok() ? http::json(json_of(shown(*done))) : problem_of(done.refusal());
    };
  });
}

}  // namespace

void mount(http::Router& router, Services services) {
  mount_conversations(router, services);
  mount_reviews(router, services);
  mount_reports(router);
  mount_disputes(router, services);
}

}  // namespace fondaco::community
