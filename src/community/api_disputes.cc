#include "api_json.h"

#include <fondaco/http/server.h>
#include <fondaco/orders/aftersale.h>

#include <sodium.h>

namespace fondaco::community {

struct DisputeStatementOut {
  std::optional<StatementId> id;  // Null for words of the refund or the conversation.
  Side side = Side::buyer;
  std::optional<std::string> text;
  std::string from;  // refund, conversation, dispute.
};
BOOST_DESCRIBE_STRUCT(DisputeStatementOut, (), (id, side, text, from))

struct DisputeOut {
  DisputeId id;
  RefundId refund;
  OrderId order;
  MerchantId merchant;
  DisputeState state = DisputeState::evidence;
  std::optional<Instant> due;
  bool overdue = false;
  std::optional<Money> wanted;
  std::optional<std::string> reason;
  std::optional<std::string> outcome;                          // success or closed, once decided.
  std::optional<std::vector<DisputeStatementOut>> statements;  // Only of one dispute.
};
BOOST_DESCRIBE_STRUCT(DisputeOut, (),
                      (id, refund, order, merchant, state, due, overdue, wanted, reason, outcome,
                       statements))

struct VerdictIn {
  bool refund = false;
  std::optional<Money> amount;
  std::string text;
};
BOOST_DESCRIBE_STRUCT(VerdictIn, (), (refund, amount, text))

namespace {

using http::Context;
using http::Idempotency;
using http::Method;
using http::Owner;
using http::Rate;
using http::Response;
using http::WritePlan;

Response problem_of(DisputeRefusal refusal) {
  switch (refusal) {
    case DisputeRefusal::unknown_dispute:
      return http::problem(404, "unknown_dispute", "there is no such dispute, or it is not yours");
    case DisputeRefusal::evidence_closed:
      return http::problem(409, "evidence_closed", "the time to speak is over");
    case DisputeRefusal::empty_text:
      return http::invalid("/text", "is empty");
    case DisputeRefusal::text_too_long:
      return http::problem(422, "text_too_long", "a text has at most 2000 bytes");
    case DisputeRefusal::too_many_statements:
      return http::problem(409, "too_many_statements", "a dispute has at most 50 statements");
    case DisputeRefusal::not_open:
      return http::problem(409, "dispute_decided", "the dispute was decided already");
    case DisputeRefusal::bad_amount:
      return http::problem(422, "bad_amount", "more than what was asked for, or nothing");
  }
  return http::problem(500, "internal", "unnamed refusal");
}

bool holds_token(const Services& s, const Context& c, OrderGroupId group) {
  const std::string given(c.request().header("Order-Token"));
  const std::string right = s.order_token(group);
  return given.size() == right.size() &&
         sodium_memcmp(given.data(), right.data(), right.size()) == 0;
}

/// As whom somebody takes part; nothing: the dispute is not there for him. The platform is
/// neither side.
struct Part {
  bool platform = false;
  Side side = Side::buyer;
};
std::optional<Part> part_in(const Services& s, const Context& c, const Dispute& d,
                            OrderGroupId group) {
  const http::Principal& who = c.who();
  if ((d.person && who.person == d.person) || holds_token(s, c, group)) return Part{};
  if (who.may("community.write")) return Part{true, Side::buyer};
  if (who.may("orders.refund", d.merchant)) return Part{false, Side::merchant};
  return std::nullopt;
}

struct Seen {
  Dispute dispute;
  orders::Order order;
  Part part;
};
std::optional<Seen> seen_by(const Services& s, Context& c) {
  const auto id = c.id_param<DisputeId>("id");
  const auto dispute = id ? find_dispute(c.read(), *id) : std::nullopt;
  if (!dispute) return std::nullopt;
  auto order = orders::find_order(c.read(), dispute->order);
  if (!order) return std::nullopt;
  const auto part = part_in(s, c, *dispute, order->group);
  if (!part) return std::nullopt;
  return Seen{*dispute, std::move(*order), *part};
}

DisputeOut shown(storage::Read& read, const Dispute& d, Instant now) {
  DisputeOut out;
  out.id = d.id;
  out.refund = d.refund;
  out.order = d.order;
  out.merchant = d.merchant;
  out.state = d.state;
  if (d.due.us != 0) out.due = d.due;
  out.overdue = d.state == DisputeState::waiting && now > d.due;
  if (const auto refund = orders::find_refund(read, d.refund)) {
    out.wanted = refund->amount;
    out.reason = boost::describe::enum_to_string(refund->reason, "unknown");
    if (!refund->open()) {
      out.outcome = boost::describe::enum_to_string(refund->state, "unknown");
    }
  }
  return out;
}

/// What both wrote with the refund, what they had written to each other about the order, and what
/// they say now.
std::vector<DisputeStatementOut> evidence(const Services& s, storage::Read& read,
                                          const Dispute& d) {
  std::vector<DisputeStatementOut> out;
  if (const auto refund = orders::find_refund(read, d.refund)) {
    const auto add = [&](Side side, const std::string& sealed) {
      if (!sealed.empty()) out.push_back({{}, side, s.keyring.open(d.key, sealed), "refund"});
    };
    add(Side::buyer, refund->buyer_text);
    add(Side::merchant, refund->merchant_text);
  }
  if (const auto talk = conversation_about(read, d.person, d.merchant, d.order)) {
    for (const Message& m : messages_of(read, s.keyring, *talk, {}, 100)) {
      out.push_back({{}, m.sender, m.text, "conversation"});
    }
  }
  for (const Statement& one : s.disputes.statements(read, d)) {
    out.push_back({one.id, one.side, one.text, "dispute"});
  }
  return out;
}

Response one_dispute(const Services& s, Context& c) {
  const auto seen = seen_by(s, c);
  if (!seen) return problem_of(DisputeRefusal::unknown_dispute);
  DisputeOut out = shown(c.read(), seen->dispute, c.now());
  out.statements = evidence(s, c.read(), seen->dispute);
  return http::json(json_of(out));
}

Response list(Context& c, const std::function<std::vector<Dispute>(DisputeId, int)>& read) {
  const auto page = http::page_of(c);
  if (!page.ok()) return page.refusal();
  const auto start = start_of<DisputeId>(*page);
  if (!start.ok()) return start.refusal();
  std::vector<DisputeOut> out;
  for (const Dispute& d : read(*start, page->limit + 1)) out.push_back(shown(c.read(), d, c.now()));
  return list_of(std::move(out), page->limit);
}

WritePlan speak(const Services& s, Context& c) {
  auto in = http::body_as<TextIn>(c);
  if (!in.ok()) return std::move(in.refusal());
  const auto seen = seen_by(s, c);
  if (!seen) return problem_of(DisputeRefusal::unknown_dispute);
  if (seen->part.platform) {
    return http::problem(403, "platform_decides", "the platform decides, it takes no side");
  }
  return [s, id = seen->dispute.id, side = seen->part.side, author = c.who().person,
          text = in->text](storage::Tx& tx) {
    const auto said = s.disputes.say(tx, id, side, author, text);
    if (!said.ok()) return problem_of(said.refusal());
    return http::json(json_of(DisputeStatementOut{said->id, said->side, said->text, "dispute"}),
                      201);
  };
}

WritePlan verdict(const Services& s, Context& c) {
  auto in = http::body_as<VerdictIn>(c);
  if (!in.ok()) return std::move(in.refusal());
  const auto id = c.id_param<DisputeId>("id");
  const auto dispute = id ? find_dispute(c.read(), *id) : std::nullopt;
  if (!dispute) return problem_of(DisputeRefusal::unknown_dispute);
  const auto order = orders::find_order(c.read(), dispute->order);
  if (in->amount && (!order || in->amount->currency != order->currency)) {
    return http::invalid("/amount/currency", "is not the order's");
  }
  std::optional<std::int64_t> amount;
  if (in->amount) amount = in->amount->minor;
  return
      [s, id = *id, granted = in->refund, amount, text = in->text, now = c.now()](storage::Tx& tx) {
        const auto done = s.disputes.decide(tx, id, granted, amount, text);
        return done.ok() ? http::json(json_of(shown(tx, *done, now))) : problem_of(done.refusal());
      };
}

}  // namespace

void mount_disputes(http::Router& router, const Services& s) {
  auto one =
      route_of(Method::get, "/disputes/{id}", {"-", Owner::everyone, Rate::read, Idempotency::safe},
               "A dispute and what was said, for its two sides (Order-Token) and operators");
  one.response = http::schema_of<DisputeOut>();
  one.refusals = {"unknown_dispute"};
  router.read(std::move(one), [s](Context& c) { return one_dispute(s, c); });

  auto say = route_of(Method::post, "/disputes/{id}/statements",
                      {"-", Owner::everyone, Rate::write, Idempotency::optional},
                      "Say something in a dispute while evidence is taken");
  say.request = http::schema_of<TextIn>();
  say.response = http::schema_of<DisputeStatementOut>();
  say.success = 201;
  say.refusals = {"unknown_dispute", "evidence_closed", "text_too_long", "too_many_statements",
                  "platform_decides"};
  router.write(std::move(say), [s](Context& c) { return speak(s, c); });

  auto decision =
      route_of(Method::post, "/disputes/{id}/decision",
               {"community.write", Owner::operators, Rate::write, Idempotency::optional},
               "The platform's decision: the refund asked for, a part of it, or nothing");
  decision.request = http::schema_of<VerdictIn>();
  decision.response = http::schema_of<DisputeOut>();
  decision.refusals = {"unknown_dispute", "dispute_decided", "bad_amount", "text_too_long"};
  router.write(std::move(decision), [s](Context& c) { return verdict(s, c); });

  auto open = route_of(Method::get, "/disputes",
                       {"community.read", Owner::operators, Rate::read, Idempotency::safe},
                       "Disputes that are not decided, oldest first");
  open.response = http::list_schema_of<DisputeOut>();
  open.query = kPaging;
  router.read(std::move(open), [](Context& c) {
    return list(c,
                [&](DisputeId after, int limit) { return open_disputes(c.read(), after, limit); });
  });

  const auto merchant_of = merchant_in_path(s);
  auto theirs = route_of(Method::get, "/merchants/{merchant}/disputes",
                         {"community.read", Owner::merchant, Rate::read, Idempotency::safe},
                         "A merchant's disputes, newest first");
  theirs.response = http::list_schema_of<DisputeOut>();
  theirs.query = kPaging;
  theirs.merchant_of = merchant_of;
  router.read(std::move(theirs), [merchant_of](Context& c) {
    return list(c, [&](DisputeId before, int limit) {
      return disputes_of_merchant(c.read(), *merchant_of(c), before, limit);
    });
  });
}

}  // namespace fondaco::community
