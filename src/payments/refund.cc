#include "events.h"

#include <algorithm>

namespace fondaco::payments {
namespace {

constexpr storage::Sql kOpen{"payments.open", R"sql(
  SELECT id FROM payments_payment WHERE open_since < $1 ORDER BY open_since LIMIT $2)sql"};

constexpr std::size_t kReasonBytes = 200;

bool is_authorization(const PaymentEvent& e) { return e.type == EventType::authorization; }

Operation operation_of(const Payment& p, OperationKey key, const OperationView& view) {
  const std::int64_t amount = view.requested ? view.asked : p.amount.minor;
  return {.payment = p.id,
          .group = p.group,
          .provider = p.provider,
          .provider_ref = p.provider_ref,
          .type = key.first,
          .number = key.second,
          .amount = {amount, p.amount.currency},
          .since = view.since,
          .of_authorization = std::any_of(p.events.begin(), p.events.end(), is_authorization)};
}

}  // namespace

Result<Operation, RefundRefusal> request_refund(storage::Tx& tx, PaymentId payment, Money amount,
                                                std::string_view reason) {
  const auto p = find(tx, payment);
  if (!p) return Refused{RefundRefusal::unknown_payment};
  if (amount.currency != p->amount.currency) return Refused{RefundRefusal::wrong_currency};
  if (amount.minor <= 0) return Refused{RefundRefusal::bad_amount};
  const PaymentSums s = sums(p->events);
  if (s.charged == 0) return Refused{RefundRefusal::not_captured};
  if (amount.minor > s.charged - s.refunded - s.refunding) {
    return Refused{RefundRefusal::exceeds_charged};
  }
  std::int64_t number = 0;
  for (const PaymentEvent& e : p->events) {
    if (e.type == EventType::refund) number = std::max(number, e.operation);
  }
  PaymentEvent request = request_of(EventType::refund, amount, tx.now(), number + 1);
  request.note = reason.substr(0, kReasonBytes);
  const NewEvent event{payment, request};
  append_events(tx, {&event, 1});
  return Operation{
      .payment = p->id,
      .group = p->group,
      .provider = p->provider,
      .provider_ref = p->provider_ref,
      .type = EventType::refund,
      .number = number + 1,
      .amount = amount,
      .since = tx.now(),
      .of_authorization = std::any_of(p->events.begin(), p->events.end(), is_authorization)};
}

std::vector<Operation> pending(storage::Read& read, Instant before, int limit) {
  std::vector<PaymentId> ids;
  read.each(kOpen, {before, limit},
            [&](const storage::Row& row) { ids.push_back(row.id<PaymentId>(0)); });
  std::vector<Operation> out;
  for (const Payment& p : load(read, ids)) {
    const auto all = operations_of(p.events);
    for (const auto& [key, view] : all) {
      if (still_waits(all, key) && view.since < before) out.push_back(operation_of(p, key, view));
    }
  }
  std::sort(out.begin(), out.end(),
            [](const Operation& a, const Operation& b) { return a.since < b.since; });
  if (out.size() > static_cast<std::size_t>(limit)) out.resize(static_cast<std::size_t>(limit));
  return out;
}

}  // namespace fondaco::payments
