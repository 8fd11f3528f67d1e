#include "api_json.h"

#include <fondaco/base/text.h>
#include <fondaco/http/server.h>

#include <algorithm>

namespace fondaco::orders {

using http::Context;
using http::Idempotency;
using http::Method;
using http::Owner;
using http::problem;
using http::Rate;
using http::Response;
using http::Route;
using http::schema_of;

struct RefundLineIn {
  std::int64_t line = 0;
  std::int64_t quantity = 0;
  std::optional<Money> amount;
  std::optional<bool> restock;
};
BOOST_DESCRIBE_STRUCT(RefundLineIn, (), (line, quantity, amount, restock))

struct RefundIn {
  std::optional<RefundKind> kind;
  RefundReason reason = RefundReason::other;
  std::optional<std::vector<RefundLineIn>> lines;
  std::optional<Money> shipping;
  std::optional<VariantId> exchange_for;
  std::optional<std::string> text;
};
BOOST_DESCRIBE_STRUCT(RefundIn, (), (kind, reason, lines, shipping, exchange_for, text))

struct RefundEditIn {
  std::int64_t refund_version = 0;
  std::optional<RefundKind> kind;
  RefundReason reason = RefundReason::other;
  std::optional<std::vector<RefundLineIn>> lines;
  std::optional<Money> shipping;
  std::optional<VariantId> exchange_for;
  std::optional<std::string> text;
};
BOOST_DESCRIBE_STRUCT(RefundEditIn, (),
                      (refund_version, kind, reason, lines, shipping, exchange_for, text))

struct WithdrawalIn {
  bool confirm = false;  // The second step: yes, I withdraw.
  std::optional<std::vector<RefundLineIn>> lines;
};
BOOST_DESCRIBE_STRUCT(WithdrawalIn, (), (confirm, lines))

struct StepIn {
  std::int64_t refund_version = 0;
  std::optional<std::string> text;
  std::optional<std::string> return_to;
};
BOOST_DESCRIBE_STRUCT(StepIn, (), (refund_version, text, return_to))

struct SendBackIn {
  std::int64_t refund_version = 0;
  std::string carrier;
  std::string tracking;
};
BOOST_DESCRIBE_STRUCT(SendBackIn, (), (refund_version, carrier, tracking))

struct ArrivedLineIn {
  std::int64_t line = 0;
  bool restock = true;
  std::optional<PlaceId> place;
};
BOOST_DESCRIBE_STRUCT(ArrivedLineIn, (), (line, restock, place))

struct ArrivalIn {
  std::int64_t refund_version = 0;
  bool intact = true;
  std::optional<std::vector<ArrivedLineIn>> lines;
  std::optional<std::string> text;
};
BOOST_DESCRIBE_STRUCT(ArrivalIn, (), (refund_version, intact, lines, text))

struct ReplacementIn {
  std::string carrier;
  std::optional<std::string> tracking;
};
BOOST_DESCRIBE_STRUCT(ReplacementIn, (), (carrier, tracking))

struct ArbitrationIn {
  bool refund = false;
  std::optional<Money> amount;
  std::optional<std::string> text;
};
BOOST_DESCRIBE_STRUCT(ArbitrationIn, (), (refund, amount, text))

struct RefundPayoutIn {
  std::string to;  // provider, wallet
};
BOOST_DESCRIBE_STRUCT(RefundPayoutIn, (), (to))

struct RefundLineOut {
  std::int64_t line = 0;
  std::int64_t quantity = 0;
  Money amount;
  bool restock = true;
};
BOOST_DESCRIBE_STRUCT(RefundLineOut, (), (line, quantity, amount, restock))

struct RefundOut {
  RefundId id;
  OrderId order;
  std::string kind;
  std::string reason;
  std::string state;
  std::string phase;
  std::string payout;
  std::int64_t refund_version = 0;
  Money amount;
  Money shipping;
  std::vector<RefundLineOut> lines;
  std::optional<VariantId> exchange_for;
  std::optional<std::string> carrier, tracking;
  std::optional<std::string> buyer_text, merchant_text, platform_text, return_to;
  Instant opened_at;
  std::optional<Instant> due;  // When the state ends by itself.
};
BOOST_DESCRIBE_STRUCT(RefundOut, (),
                      (id, order, kind, reason, state, phase, payout, refund_version, amount,
                       shipping, lines, exchange_for, carrier, tracking, buyer_text, merchant_text,
                       platform_text, return_to, opened_at, due))

struct RefundListOut {
  std::vector<RefundOut> data;
  bool has_more = false;
};
BOOST_DESCRIBE_STRUCT(RefundListOut, (), (data, has_more))

namespace {

RefundOut refund_out(const Services& s, const Order& order, const Refund& r) {
  const auto word = [](auto e) { return std::string(boost::describe::enum_to_string(e, "")); };
  RefundOut out;
  out.id = r.id;
  out.order = r.order;
  out.kind = word(r.kind);
  out.reason = word(r.reason);
  out.state = word(r.state);
  out.phase = r.after_release ? "aftersale" : "onsale";
  out.payout = word(r.payout);
  out.refund_version = r.version;
  out.amount = r.amount;
  out.shipping = order.money(r.shipping);
  for (const RefundLine& line : r.lines) {
    out.lines.push_back({line.line, line.quantity, order.money(line.amount), line.restock});
  }
  if (r.variant) out.exchange_for = r.variant;
  if (!r.carrier.empty()) out.carrier = r.carrier;
  if (!r.tracking.empty()) out.tracking = r.tracking;
  out.buyer_text = open_for(s, order, r.buyer_text);
  out.merchant_text = open_for(s, order, r.merchant_text);
  out.platform_text = open_for(s, order, r.platform_text);
  out.return_to = open_for(s, order, r.return_to);
  out.opened_at = r.opened_at;
  if (r.due.us != 0 && r.open()) out.due = r.due;
  return out;
}

Response answer(const Services& s, const Order& order, const Aftercome<Refund>& r,
                int status = 200) {
  if (!r.ok()) return problem_of(r.refusal());
  return http::json(json_of(refund_out(s, order, *r)), status);
}

Response unknown_refund() { return problem_of({AftersaleRefusal::unknown_refund}); }

/// A refund and its order, as the path names it.
struct Named {
  Refund refund;
  Order order;
};
std::optional<Named> refund_named(Context& c) {
  const auto id = c.id_param<RefundId>("id");
  auto refund = id ? find_refund(c.read(), *id) : std::nullopt;
  auto order = refund ? find_order(c.read(), refund->order) : std::nullopt;
  if (!order) return std::nullopt;
  return Named{std::move(*refund), std::move(*order)};
}

std::optional<MerchantId> merchant_of_refund(Context& c) {
  const auto named = refund_named(c);
  return named ? std::optional(named->order.merchant) : std::nullopt;
}

std::optional<Order> order_named(Context& c) {
  const auto id = c.id_param<OrderId>("id");
  return id ? find_order(c.read(), *id) : std::nullopt;
}

std::optional<Response> check_text(const std::optional<std::string>& text,
                                   std::string_view where = "/text") {
  if (!text || text->size() <= kMostText) return std::nullopt;
  return http::invalid(where, "is " + std::to_string(text->size()) + " bytes long when " +
                                  std::to_string(kMostText) + " are allowed");
}

std::optional<Response> check_money(const std::optional<Money>& m, const Order& order,
                                    std::string_view where) {
  if (!m || m->currency == order.currency) return std::nullopt;
  return http::invalid(where, "expected the order's currency");
}

std::optional<Response> lines_from(const std::optional<std::vector<RefundLineIn>>& in,
                                   const Order& order, std::vector<WantedRefund>& out) {
  if (!in) return std::nullopt;
  for (const RefundLineIn& line : *in) {
    if (auto bad = check_money(line.amount, order, "/lines/amount")) return bad;
    WantedRefund& w = out.emplace_back();
    w.line = line.line;
    w.quantity = line.quantity;
    if (line.amount) w.amount = line.amount->minor;
    w.restock = line.restock.value_or(true);
  }
  return std::nullopt;
}

/// Body of a request or an edit as what is wanted; reasons of the house are not for people.
template <class In>
std::optional<Response> wanted_from(const Services& s, const In& in, const Order& order,
                                    NewRefund& out) {
  const bool by_house =
      in.reason == RefundReason::withdrawal || in.reason == RefundReason::cancelled ||
      in.reason == RefundReason::sold_out || in.reason == RefundReason::paid_too_late;
  if (by_house) return http::invalid("/reason", "is given by the house only");
  if (auto bad = check_text(in.text)) return bad;
  if (auto bad = check_money(in.shipping, order, "/shipping")) return bad;
  if (auto bad = lines_from(in.lines, order, out.lines)) return bad;
  out.order = order.id;
  out.kind = in.kind.value_or(RefundKind::refund_only);
  out.reason = in.reason;
  if (in.shipping) out.shipping = in.shipping->minor;
  out.variant = in.exchange_for.value_or(VariantId{});
  out.text = seal_for(s, order, in.text);
  return std::nullopt;
}

http::WritePlan open_refund(const Services& s, Context& c, Side side) {
  auto in = http::body_as<RefundIn>(c);
  if (!in.ok()) return in.refusal();
  const auto order = order_named(c);
  if (!order || (side == Side::buyer && !is_buyer(s, c, *order))) return unknown_order();
  NewRefund wanted;
  wanted.side = side;
  if (auto bad = wanted_from(s, *in, *order, wanted)) return std::move(*bad);
  return [s, order = *order, wanted = std::move(wanted)](storage::Tx& tx) {
    return answer(s, order, s.aftersale.open(tx, wanted), 201);
  };
}

http::WritePlan withdraw(const Services& s, Context& c) {
  auto in = http::body_as<WithdrawalIn>(c);
  if (!in.ok()) return in.refusal();
  const auto order = order_named(c);
  if (!order || !is_buyer(s, c, *order)) return unknown_order();
  if (!in->confirm) return http::invalid("/confirm", "the second step says true");
  std::vector<WantedRefund> lines;
  if (auto bad = lines_from(in->lines, *order, lines)) return std::move(*bad);
  for (const WantedRefund& line : lines) {
    if (line.amount) return http::invalid("/lines/amount", "a withdrawal names units only");
  }
  return [s, order = *order, lines = std::move(lines)](storage::Tx& tx) {
    return answer(s, order, s.aftersale.withdraw(tx, order.id, lines), 201);
  };
}

http::WritePlan edit_refund(const Services& s, Context& c) {
  auto in = http::body_as<RefundEditIn>(c);
  if (!in.ok()) return in.refusal();
  auto named = refund_named(c);
  if (!named || !is_buyer(s, c, named->order)) return unknown_refund();
  NewRefund wanted;
  if (auto bad = wanted_from(s, *in, named->order, wanted)) return std::move(*bad);
  return [s, named = std::move(*named), wanted = std::move(wanted),
          version = in->refund_version](storage::Tx& tx) {
    return answer(s, named.order, s.aftersale.edit(tx, named.refund.id, version, wanted));
  };
}

enum class Step { agree, refuse, appeal, close };

http::WritePlan take_step(const Services& s, Context& c, Step step) {
  auto in = http::body_as<StepIn>(c);
  if (!in.ok()) return in.refusal();
  auto named = refund_named(c);
  const bool buyers = step == Step::appeal || step == Step::close;
  if (!named || (buyers && !is_buyer(s, c, named->order))) return unknown_refund();
  if (auto bad = check_text(in->text)) return std::move(*bad);
  if (auto bad = check_text(in->return_to, "/return_to")) return std::move(*bad);
  std::string text = seal_for(s, named->order, in->text);
  std::string return_to = seal_for(s, named->order, in->return_to);
  return [s, step, named = std::move(*named), version = in->refund_version, text = std::move(text),
          return_to = std::move(return_to)](storage::Tx& tx) {
    const RefundId id = named.refund.id;
    switch (step) {
      case Step::agree:
        return answer(s, named.order, s.aftersale.agree(tx, id, version, text, return_to));
      case Step::refuse:
        return answer(s, named.order, s.aftersale.refuse(tx, id, version, text));
      case Step::appeal:
        return answer(s, named.order, s.aftersale.appeal(tx, id, version, text));
      case Step::close:
        break;
    }
    return answer(s, named.order, s.aftersale.close(tx, id, version));
  };
}

http::WritePlan send_back(const Services& s, Context& c) {
  auto in = http::body_as<SendBackIn>(c);
  if (!in.ok()) return in.refusal();
  auto named = refund_named(c);
  if (!named || !is_buyer(s, c, named->order)) return unknown_refund();
  for (const std::string* text : {&in->carrier, &in->tracking}) {
    if (trim(*text).empty() || text->size() > logistics::kMostName) {
      return http::invalid(text == &in->carrier ? "/carrier" : "/tracking",
                           "expected 1 to 80 bytes");
    }
  }
  return [s, named = std::move(*named), in = std::move(*in)](storage::Tx& tx) {
    return answer(
        s, named.order,
        s.aftersale.send_back(tx, named.refund.id, in.refund_version, in.carrier, in.tracking));
  };
}

http::WritePlan arrive(const Services& s, Context& c) {
  auto in = http::body_as<ArrivalIn>(c);
  if (!in.ok()) return in.refusal();
  auto named = refund_named(c);
  if (auto bad = check_text(in->text)) return std::move(*bad);
  std::vector<ArrivedLine> lines;
  for (const auto& line : in->lines.value_or(std::vector<ArrivedLineIn>{})) {
    lines.push_back({line.line, line.restock, line.place.value_or(PlaceId{})});
  }
  std::string text = seal_for(s, named->order, in->text);
  return [s, named = std::move(*named), version = in->refund_version, intact = in->intact,
          lines = std::move(lines), text = std::move(text)](storage::Tx& tx) {
    return answer(s, named.order,
                  s.aftersale.arrive(tx, named.refund.id, version, intact, lines, text));
  };
}

http::WritePlan replace(const Services& s, Context& c) {
  auto in = http::body_as<ReplacementIn>(c);
  if (!in.ok()) return in.refusal();
  const std::string tracking = in->tracking.value_or("");
  if (trim(in->carrier).empty() || in->carrier.size() > logistics::kMostName) {
    return http::invalid("/carrier", "expected 1 to 80 bytes");
  }
  if (tracking.size() > logistics::kMostName) {
    return http::invalid("/tracking", "expected at most 80 bytes");
  }
  auto named = refund_named(c);
  return [s, named = std::move(*named), carrier = in->carrier, tracking](storage::Tx& tx) {
    const auto sent = s.aftersale.ship_replacement(tx, named.refund.id, carrier, tracking);
    if (!sent.ok()) return problem_of(sent.refusal());
    return http::json(json_of(refund_out(s, named.order, *find_refund(tx, named.refund.id))), 201);
  };
}

http::WritePlan decide(const Services& s, Context& c) {
  auto in = http::body_as<ArbitrationIn>(c);
  if (!in.ok()) return in.refusal();
  auto named = refund_named(c);
  if (!named) return unknown_refund();
  if (auto bad = check_text(in->text)) return std::move(*bad);
  if (auto bad = check_money(in->amount, named->order, "/amount")) return std::move(*bad);
  Decision decision;
  decision.refund = in->refund;
  if (in->amount) decision.amount = in->amount->minor;
  decision.text = seal_for(s, named->order, in->text);
  return [s, named = std::move(*named), decision = std::move(decision)](storage::Tx& tx) {
    return answer(s, named.order, s.aftersale.decide(tx, named.refund.id, decision));
  };
}

http::WritePlan pay_again(const Services& s, Context& c) {
  auto in = http::body_as<RefundPayoutIn>(c);
  if (!in.ok()) return in.refusal();
  if (in->to != "provider" && in->to != "wallet") {
    return http::invalid("/to", "expected one of: provider, wallet");
  }
  auto named = refund_named(c);
  if (!named) return unknown_refund();
  return [s, named = std::move(*named), wallet = in->to == "wallet"](storage::Tx& tx) {
    return answer(s, named.order, s.aftersale.pay_again(tx, named.refund.id, wallet));
  };
}

Response refund_list(const Services& s, Context& c, const std::vector<Refund>& refunds, int limit) {
  RefundListOut out;
  out.has_more = refunds.size() > static_cast<std::size_t>(limit);
  for (std::size_t i = 0; i < refunds.size() && i < static_cast<std::size_t>(limit); ++i) {
    const auto order = find_order(c.read(), refunds[i].order);
    if (order) out.data.push_back(refund_out(s, *order, refunds[i]));
  }
  return http::json(json_of(out));
}

void mount_reading(http::Router& router, const Services& s) {
  Route one = order_route(Method::get, "/api/v1/refunds/{id}",
                          {"orders.read", Owner::everyone, Rate::read, Idempotency::safe},
                          "A refund, for its buyer, its merchant, the operator");
  one.response = schema_of<RefundOut>();
  one.refusals = {"unknown_refund"};
  router.read(one, [s](Context& c) {
    const auto named = refund_named(c);
    if (!named || !may_read(s, c, named->order)) return unknown_refund();
    return http::json(json_of(refund_out(s, named->order, named->refund)));
  });

  Route of_order = order_route(Method::get, "/api/v1/orders/{id}/refunds",
                               {"orders.read", Owner::everyone, Rate::read, Idempotency::safe},
                               "Refunds, returns, exchanges and claims of an order, oldest first");
  of_order.response = schema_of<RefundListOut>();
  of_order.refusals = {"unknown_order"};
  router.read(of_order, [s](Context& c) {
    const auto order = order_named(c);
    if (!order || !may_read(s, c, *order)) return unknown_order();
    const auto all = refunds_of(c.read(), order->id);
    return refund_list(s, c, all, static_cast<int>(all.size()));
  });

  Route of_merchant = order_route(Method::get, "/api/v1/merchants/{merchant}/refunds",
                                  {"orders.read", Owner::merchant, Rate::read, Idempotency::safe},
                                  "A merchant's refunds, newest first");
  of_merchant.response = schema_of<RefundListOut>();
  of_merchant.query = {{"limit", "1 to 100", "integer"}, {"starting_after", "A refund's id"}};
  const auto merchant_of = [s](Context& c) -> std::optional<MerchantId> {
    const auto found = s.offers.merchant(c.read(), c.param("merchant"));
    return found ? std::optional(found->id) : c.id_param<MerchantId>("merchant");
  };
  of_merchant.merchant_of = merchant_of;
  router.read(of_merchant, [s, merchant_of](Context& c) {
    const auto page = http::page_of(c);
    if (!page.ok()) return page.refusal();
    RefundId before;
    if (page->starting_after) {
      const auto id = id_from_text<RefundId>(*page->starting_after);
      if (!id) return http::invalid("/starting_after", "expected a refund's id");
      before = *id;
    }
    const auto refunds = refunds_of_merchant(c.read(), *merchant_of(c), before, page->limit + 1);
    return refund_list(s, c, refunds, page->limit);
  });

  Route waiting = order_route(Method::get, "/api/v1/refunds",
                              {"orders.refund", Owner::operators, Rate::read, Idempotency::safe},
                              "Refunds that wait for the platform's decision, oldest first");
  waiting.response = schema_of<RefundListOut>();
  router.read(waiting, [s](Context& c) {
    constexpr int kMost = 100;
    return refund_list(s, c, refunds_in_arbitration(c.read(), {}, kMost + 1), kMost);
  });
}

void mount_buyers(http::Router& router, const Services& s) {
  const http::Access everyone{"orders.write", Owner::everyone, Rate::write, Idempotency::optional};
  const auto add = [&](Method method, std::string path, std::string summary, http::Schema request,
                       std::vector<std::string> refusals, http::WriteHandler handler,
                       int success = 200) {
    Route r = order_route(method, std::move(path), everyone, std::move(summary));
    r.request = std::move(request);
    r.response = schema_of<RefundOut>();
    r.success = success;
    r.refusals = std::move(refusals);
    router.write(r, std::move(handler));
  };
  const std::vector<std::string> judged = {
      "not_open",     "unknown_line",  "bad_quantity",   "bad_amount",      "in_refund",
      "nothing_left", "reason_needed", "not_returnable", "unknown_variant", "dearer"};
  auto opened = judged;
  opened.push_back("unknown_order");
  add(
      Method::post, "/api/v1/orders/{id}/refunds",
      "Asks for money, a return, an exchange or a replacement; without lines: all that is left",
      schema_of<RefundIn>(), opened, [s](Context& c) { return open_refund(s, c, Side::buyer); },
      201);
  opened.push_back("no_withdrawal");
  add(
      Method::post, "/api/v1/orders/{id}/withdrawals",
      "Withdraws from the contract: no reason, no agreement; opened_at acknowledges it",
      schema_of<WithdrawalIn>(), opened, [s](Context& c) { return withdraw(s, c); }, 201);
  auto edited = judged;
  edited.insert(edited.end(), {"unknown_refund", "version_changed", "wrong_state"});
  add(Method::put, "/api/v1/refunds/{id}", "Changes what is asked for while nobody has agreed",
      schema_of<RefundEditIn>(), edited, [s](Context& c) { return edit_refund(s, c); });
  const std::vector<std::string> step = {"unknown_refund", "version_changed", "wrong_state"};
  add(Method::post, "/api/v1/refunds/{id}/parcel", "What goes back is on its way",
      schema_of<SendBackIn>(), step, [s](Context& c) { return send_back(s, c); });
  add(Method::post, "/api/v1/refunds/{id}/appeal", "Asks the platform after a refusal",
      schema_of<StepIn>(), step, [s](Context& c) { return take_step(s, c, Step::appeal); });
  add(Method::post, "/api/v1/refunds/{id}/closing", "Gives the request up; timers go on",
      schema_of<StepIn>(), step, [s](Context& c) { return take_step(s, c, Step::close); });
}

void mount_sellers(http::Router& router, const Services& s) {
  const http::Access access{"orders.refund", Owner::merchant, Rate::write, Idempotency::optional};
  const auto add = [&](std::string path, std::string summary, http::Schema request,
                       std::vector<std::string> refusals, http::WriteHandler handler,
                       int success = 200) {
    Route r = order_route(Method::post, std::move(path), access, std::move(summary));
    r.request = std::move(request);
    r.response = schema_of<RefundOut>();
    r.success = success;
    r.refusals = std::move(refusals);
    r.merchant_of = merchant_of_refund;
    if (r.path.starts_with("/api/v1/orders/")) {
      r.merchant_of = [](Context& c) -> std::optional<MerchantId> {
        const auto order = order_named(c);
        return order ? std::optional(order->merchant) : std::nullopt;
      };
    }
    router.write(r, std::move(handler));
  };
  const std::vector<std::string> step = {"version_changed", "wrong_state"};
  add(
      "/api/v1/orders/{id}/reimbursements", "The merchant gives money back of his own accord",
      schema_of<RefundIn>(),
      {"not_open", "unknown_line", "bad_quantity", "bad_amount", "in_refund", "nothing_left"},
      [s](Context& c) { return open_refund(s, c, Side::merchant); }, 201);
  add("/api/v1/refunds/{id}/agreement",
      "The merchant agrees; for a return he says where the goods go", schema_of<StepIn>(), step,
      [s](Context& c) { return take_step(s, c, Step::agree); });
  add("/api/v1/refunds/{id}/refusal", "The merchant refuses and says why", schema_of<StepIn>(),
      step, [s](Context& c) { return take_step(s, c, Step::refuse); });
  add("/api/v1/refunds/{id}/arrival",
      "Goods are back: intact they go to a shelf or are written off, else the platform decides",
      schema_of<ArrivalIn>(), {"version_changed", "wrong_state", "unknown_line"},
      [s](Context& c) { return arrive(s, c); });
  add(
      "/api/v1/refunds/{id}/replacement", "What replaces the goods leaves",
      schema_of<ReplacementIn>(), {"wrong_state", "not_enough_stock"},
      [s](Context& c) { return replace(s, c); }, 201);
}

}  // namespace

void mount_refunds(http::Router& router, const Services& s) {
  mount_reading(router, s);
  mount_buyers(router, s);
  mount_sellers(router, s);
  const http::Access access{"orders.refund", Owner::operators, Rate::write, Idempotency::optional};
  Route judge = order_route(Method::post, "/api/v1/refunds/{id}/decision", access,
                            "The platform decides what the two could not agree on");
  judge.request = schema_of<ArbitrationIn>();
  judge.response = schema_of<RefundOut>();
  judge.refusals = {"unknown_refund", "wrong_state", "bad_amount"};
  router.write(judge, [s](Context& c) { return decide(s, c); });
  Route pay = order_route(Method::post, "/api/v1/refunds/{id}/payout", access,
                          "Pays a refund out again that the provider could not send");
  pay.request = schema_of<RefundPayoutIn>();
  pay.response = schema_of<RefundOut>();
  pay.refusals = {"unknown_refund", "payout_not_failed", "no_wallet"};
  router.write(pay, [s](Context& c) { return pay_again(s, c); });
}

}  // namespace fondaco::orders
