#include "work.h"

#include <fondaco/base/check.h>

#include <algorithm>

namespace fondaco::orders {
namespace {

/// How long the seller has to answer.
Waiting answer_time(const Refund& refund) {
  const bool unsent = std::all_of(refund.lines.begin(), refund.lines.end(),
                                  [](const RefundLine& l) { return l.unsent == l.quantity; });
  return unsent ? Waiting::seller_agrees_unsent : Waiting::seller_agrees;
}

bool by_right(const NewRefund& wanted) {
  return wanted.reason == RefundReason::withdrawal ||
         (wanted.reason == RefundReason::no_reason && wanted.kind == RefundKind::return_goods);
}

}  // namespace

Aftercome<Refund> Aftersale::begin(storage::Tx& tx, const NewRefund& wanted) {
  Work w(tx, parts_);
  if (auto no = w.load(wanted.order)) return Refused{std::move(*no)};
  if (auto no = w.judge(wanted)) return Refused{std::move(*no)};
  w.refund.id = tx.next_id<RefundId>(w.order.id.shard());
  w.refund.opened_at = tx.now();
  (wanted.side == Side::merchant ? w.refund.merchant_text : w.refund.buyer_text) = wanted.text;
  w.refund_is_new = true;
  w.freeze();
  if (wanted.side == Side::merchant) {
    w.succeed(Side::merchant);
  } else if (by_right(wanted)) {
    // The law agrees for the seller.
    w.agreed(wanted.side);
  } else {
    w.move_to(RefundState::wait_seller_agree, wanted.side,
              time_for(answer_time(w.refund), tx.now()));
  }
  w.finish();
  return std::move(w.refund);
}

Aftercome<Refund> Aftersale::open(storage::Tx& tx, const NewRefund& wanted) {
  NewRefund asked = wanted;
  if (asked.side == Side::merchant) asked.kind = RefundKind::refund_only;
  return begin(tx, asked);
}

Aftercome<Refund> Aftersale::withdraw(storage::Tx& tx, OrderId id,
                                      std::span<const WantedRefund> lines) {
  const auto order = find_order(tx, id);
  if (!order) return Refused{refusing(AftersaleRefusal::unknown_order)};
  NewRefund wanted;
  wanted.order = id;
  wanted.reason = RefundReason::withdrawal;
  wanted.lines.assign(lines.begin(), lines.end());
  // What was never sent needs no way back.
  const Life life = life_of(tx, *order);
  const bool sent = std::any_of(life.parts.begin(), life.parts.end(),
                                [](const LifePart& p) { return kept_units_of(p) > 0; });
  wanted.kind = sent ? RefundKind::return_goods : RefundKind::refund_only;
  return begin(tx, wanted);
}

Aftercome<Refund> Aftersale::edit(storage::Tx& tx, RefundId id, std::int64_t version,
                                  const NewRefund& changed) {
  Work w(tx, parts_);
  const auto states = {RefundState::wait_seller_agree, RefundState::seller_refused};
  if (auto no = w.load(id, version, states)) return Refused{std::move(*no)};
  w.thaw();
  NewRefund wanted = changed;
  wanted.side = Side::buyer;
  if (auto no = w.judge(wanted)) return Refused{std::move(*no)};
  if (!wanted.text.empty()) w.refund.buyer_text = wanted.text;
  w.freeze();
  if (by_right(wanted)) {
    w.agreed(Side::buyer);
  } else {
    w.move_to(RefundState::wait_seller_agree, Side::buyer,
              time_for(answer_time(w.refund), tx.now()));
  }
  w.finish();
  return std::move(w.refund);
}

Aftercome<Refund> Aftersale::agree(storage::Tx& tx, RefundId id, std::int64_t version,
                                   std::string text, std::string return_to) {
  Work w(tx, parts_);
  // Where goods go may be told later too, when the law has agreed for the seller.
  const auto states = {RefundState::wait_seller_agree, RefundState::seller_refused,
                       RefundState::wait_return};
  if (auto no = w.load(id, version, states)) return Refused{std::move(*no)};
  if (!text.empty()) w.refund.merchant_text = std::move(text);
  if (!return_to.empty()) w.refund.return_to = std::move(return_to);
  if (w.refund.state == RefundState::wait_return) {
    w.move_to(RefundState::wait_return, Side::merchant, time_for(Waiting::buyer_returns, tx.now()));
  } else {
    w.agreed(Side::merchant);
  }
  w.finish();
  return std::move(w.refund);
}

Aftercome<Refund> Aftersale::refuse(storage::Tx& tx, RefundId id, std::int64_t version,
                                    std::string text) {
  Work w(tx, parts_);
  if (auto no = w.load(id, version, {RefundState::wait_seller_agree})) {
    return Refused{std::move(*no)};
  }
  w.refund.merchant_text = std::move(text);
  w.move_to(RefundState::seller_refused, Side::merchant,
            time_for(Waiting::buyer_answers, tx.now()));
  w.finish();
  return std::move(w.refund);
}

Aftercome<Refund> Aftersale::appeal(storage::Tx& tx, RefundId id, std::int64_t version,
                                    std::string text) {
  Work w(tx, parts_);
  if (auto no = w.load(id, version, {RefundState::seller_refused})) return Refused{std::move(*no)};
  if (!text.empty()) w.refund.buyer_text = std::move(text);
  w.move_to(RefundState::arbitration, Side::buyer);
  w.finish();
  return std::move(w.refund);
}

Aftercome<Refund> Aftersale::close(storage::Tx& tx, RefundId id, std::int64_t version) {
  Work w(tx, parts_);
  const auto states = {RefundState::wait_seller_agree, RefundState::seller_refused,
                       RefundState::wait_return, RefundState::wait_reship,
                       RefundState::arbitration};
  if (auto no = w.load(id, version, states)) return Refused{std::move(*no)};
  // Goods that came back for an exchange are with the seller: only he can end it.
  if (w.refund.kind == RefundKind::exchange && w.refund.state == RefundState::wait_reship) {
    return Refused{refusing(AftersaleRefusal::wrong_state, word(w.refund.state))};
  }
  w.thaw();
  w.move_to(RefundState::closed, Side::buyer);
  w.finish();
  return std::move(w.refund);
}

Aftercome<Refund> Aftersale::decide(storage::Tx& tx, RefundId id, const Decision& decision) {
  Work w(tx, parts_);
  if (auto no = w.load(id, 0, {RefundState::arbitration})) return Refused{std::move(*no)};
  w.refund.platform_text = decision.text;
  if (!decision.refund) {
    w.thaw();
    w.move_to(RefundState::closed, Side::platform);
    w.finish();
    return std::move(w.refund);
  }
  Refund& r = w.refund;
  if (r.kind == RefundKind::exchange || r.kind == RefundKind::reship) {
    // Money instead of goods: the seller has had his chance to send them.
    r.kind = RefundKind::refund_only;
    for (RefundLine& line : r.lines) {
      const LifePart& p = w.part(line.line);
      const std::int64_t gone = p.withdrawn + p.returned;
      line.amount =
          std::min(p.gross - p.refunded, share_of(p.gross, gone + line.quantity, p.quantity) -
                                             share_of(p.gross, gone, p.quantity));
      r.amount.minor += line.amount;
    }
  }
  if (decision.amount) {
    if (*decision.amount < 1 || *decision.amount > r.amount.minor) {
      return Refused{refusing(AftersaleRefusal::bad_amount, {}, *decision.amount, r.amount.minor)};
    }
    std::int64_t left = *decision.amount;
    const auto cut = [&left](std::int64_t& amount) {
      amount = std::min(amount, left);
      left -= amount;
    };
    for (RefundLine& line : r.lines) cut(line.amount);
    cut(r.shipping);
    r.amount.minor = *decision.amount;
  }
  w.succeed(Side::platform);
  w.finish();
  return std::move(w.refund);
}

Aftercome<Refund> Aftersale::pay_again(storage::Tx& tx, RefundId id, bool to_wallet) {
  auto refund = find_refund(tx, id);
  if (!refund) return Refused{refusing(AftersaleRefusal::unknown_refund)};
  if (refund->payout != PayoutState::failed) {
    return Refused{refusing(AftersaleRefusal::payout_not_failed, word(refund->payout))};
  }
  if (to_wallet && !refund->person) return Refused{refusing(AftersaleRefusal::no_wallet)};
  if (to_wallet) {
    pay_into_wallet(tx, {parts_.availability, parts_.accounts}, *refund);
  } else {
    Refunds again;
    again.operations.push_back(ask_provider_again(tx, *refund));
    parts_.checkout.send_refunds(tx, std::move(again.operations));
  }
  return std::move(*refund);
}

void Aftersale::refund_due(storage::Tx& tx, RefundId id) {
  Work w(tx, parts_);
  const auto waits = {RefundState::wait_seller_agree, RefundState::seller_refused,
                      RefundState::wait_return, RefundState::wait_seller_receive,
                      RefundState::wait_reship};
  if (w.load(id, 0, waits)) return;
  if (w.refund.due.us == 0 || w.refund.due > tx.now()) return;  // An old timer.
  switch (w.refund.state) {
    case RefundState::wait_seller_agree:
      if (w.refund.after_release && w.refund.kind == RefundKind::refund_only) {
        w.move_to(RefundState::arbitration, Side::timer);
      } else {
        w.agreed(Side::timer);
      }
      break;
    case RefundState::seller_refused:
    case RefundState::wait_return:
      w.thaw();
      w.move_to(RefundState::closed, Side::timer);
      break;
    case RefundState::wait_seller_receive:
      w.goods_are_back(Side::timer, {});
      break;
    case RefundState::wait_reship:
      w.move_to(RefundState::arbitration, Side::timer);
      break;
    case RefundState::arbitration:
    case RefundState::success:
    case RefundState::closed:
      break;
  }
  w.finish();
}

}  // namespace fondaco::orders
