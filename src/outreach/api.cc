#include <fondaco/base/json.h>
#include <fondaco/http/router.h>
#include <fondaco/outreach/api.h>

namespace fondaco::outreach {
namespace {

using http::Context;
using http::Method;
using http::Response;
using http::Route;

struct MailOut {
  MailId id;
  MailKind kind = MailKind::order_placed;
  MailState state = MailState::queued;
  std::int64_t attempts = 0;
  std::string answer;
  Instant created_at;
  std::optional<Instant> next_attempt_at;
  std::optional<Instant> ended_at;
};
BOOST_DESCRIBE_STRUCT(MailOut, (),
                      (id, kind, state, attempts, answer, created_at, next_attempt_at, ended_at))

/// `content` is null before it is written and after its person was erased.
struct MailDetailOut {
  MailOut mail;
  std::optional<MailText> content;
};
BOOST_DESCRIBE_STRUCT(MailDetailOut, (), (mail, content))

MailOut shown(const Mail& m) {
  MailOut out{m.id, m.kind, m.state, m.attempts, m.answer, m.created_at, {}, {}};
  if (m.state == MailState::queued) {
    out.next_attempt_at = m.next_at;
  } else {
    out.ended_at = m.ended_at;
  }
  return out;
}

Response problem_of(MailRefusal why) {
  switch (why) {
    case MailRefusal::unknown_mail:
      return http::problem(404, "unknown_mail", "there is no such mail");
    case MailRefusal::on_its_way:
      return http::problem(409, "on_its_way", "it is queued already");
    case MailRefusal::erased:
      return http::problem(409, "erased", "whom it went to was erased");
  }
  return http::problem(500, "internal", "unnamed refusal");
}

Response list(Context& c) {
  const auto page = http::page_of(c);
  if (!page.ok()) return page.refusal();
  MailId before;
  if (page->starting_after) {
    const auto id = id_from_text<MailId>(*page->starting_after);
    if (!id) return http::invalid("/starting_after", "is no mail's id");
    before = *id;
  }
  std::optional<MailState> only;
  if (const auto text = c.request().query_value("state")) {
    MailState state{};
    if (!boost::describe::enum_from_string(text->c_str(), state)) {
      return http::invalid("/state", "is queued, kept, sent or failed");
    }
    only = state;
  }
  auto rows = list_mails(c.read(), before, page->limit + 1, only);
  const bool more = rows.size() > static_cast<std::size_t>(page->limit);
  if (more) rows.pop_back();
  std::string items;
  for (const auto& m : rows) items += (items.empty() ? "" : ",") + json_of(shown(m));
  return http::json(http::list_json(items, more));
}

Response one(const Services& s, Context& c) {
  const auto id = c.id_param<MailId>("id");
  const auto mail = id ? find_mail(c.read(), *id) : std::nullopt;
  if (!mail) return problem_of(MailRefusal::unknown_mail);
  return http::json(json_of(MailDetailOut{shown(*mail), open_mail(s.keyring, *mail)}))
      .with("Cache-Control", "no-store");
}

http::WritePlan again(const Services& s, Context& c) {
  const auto id = c.id_param<MailId>("id");
  const auto mail = id ? find_mail(c.read(), *id) : std::nullopt;
  if (!mail) return problem_of(MailRefusal::unknown_mail);
  if (mail->key && !s.keyring.exists(mail->key)) return problem_of(MailRefusal::erased);
  return [&postman = s.postman, id = *id](storage::Tx& tx) {
    const auto done = send_again(tx, id);
    if (!done.ok()) return problem_of(done.refusal());
    tx.after_commit([&postman] { postman.wake(); });
    return http::json(json_of(shown(*find_mail(tx, id))), 202);
  };
}

}  // namespace

void mount(http::Router& router, Services services) {
  using http::Idempotency, http::Owner, http::Rate, http::Schema;
  router.read({.method = Method::get,
               .path = "/api/v1/mails",
               .access = {"mail.read", Owner::operators, Rate::read, Idempotency::safe},
               .summary = "The outbox, newest first, without what was written",
               .request = Schema::none(),
               .response = http::list_schema_of<MailOut>(),
               .refusals = {"invalid_request"},
               .query = {{"limit", "1 to 100, default 20", "integer"},
                         {"starting_after", "id of the last one of the page before"},
                         {"state", "queued, kept, sent or failed"}}},
              list);
  router.read({.method = Method::get,
               .path = "/api/v1/mails/{id}",
               .access = {"mail.read", Owner::operators, Rate::read, Idempotency::safe},
               .summary = "One mail with its text; personal data, never kept by caches",
               .request = Schema::none(),
               .response = http::schema_of<MailDetailOut>(),
               .refusals = {"unknown_mail"}},
              [services](Context& c) { return one(services, c); });
  router.write({.method = Method::post,
                .path = "/api/v1/mails/{id}/send",
                .access = {"mail.write", Owner::operators, Rate::write, Idempotency::optional},
                .summary = "Send it again: kept, sent or failed ones",
                .request = Schema::none(),
                .response = http::schema_of<MailOut>(),
                .success = 202,
                .refusals = {"unknown_mail", "on_its_way", "erased"}},
               [services](Context& c) { return again(services, c); });
}

}  // namespace fondaco::outreach
