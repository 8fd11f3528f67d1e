#include "events.h"

#include <fondaco/base/json.h>

#include <algorithm>

namespace fondaco::payments {
namespace {

constexpr EventType kTaking[] = {EventType::charge, EventType::authorization};

bool is_taking(EventType type) {
  return type == EventType::charge || type == EventType::authorization;
}

}  // namespace

std::map<OperationKey, OperationView> operations_of(std::span<const PaymentEvent> events) {
  std::map<OperationKey, OperationView> all;
  for (const PaymentEvent& e : events) {
    OperationView& o = all[{e.type, e.operation}];
    switch (e.result) {
      case EventResult::request:
      case EventResult::action_required: {
        const bool first = !o.requested && !o.action;
        o.since = first ? e.at : std::min(o.since, e.at);
        (e.result == EventResult::request ? o.requested : o.action) = true;
        if (e.result == EventResult::request) o.asked = std::max(o.asked, e.amount_minor);
        break;
      }
      case EventResult::success:
        o.succeeded = true;
        o.done = std::max(o.done, e.amount_minor);
        break;
      case EventResult::failure:
        o.failed = true;
        break;
    }
  }
  return all;
}

bool still_waits(const std::map<OperationKey, OperationView>& all, OperationKey key) {
  if (!all.at(key).open()) return false;
  if (!is_taking(key.first)) return true;
  return std::none_of(all.begin(), all.end(), [](const auto& o) {
    return o.first.first == EventType::cancel && o.second.succeeded;
  });
}

PaymentSums sums(std::span<const PaymentEvent> events) {
  PaymentSums out;
  for (const auto& [key, o] : operations_of(events)) {
    switch (key.first) {
      case EventType::authorization:
        out.authorized += o.done;
        break;
      case EventType::charge:
        out.charged += o.done;
        break;
      case EventType::refund:
        out.refunded += o.done;
        if (o.open()) out.refunding += o.asked;
        break;
      case EventType::cancel:
        break;
    }
  }
  return out;
}

PaymentState derive(std::span<const PaymentEvent> events) {
  const auto all = operations_of(events);
  const auto any = [&](EventType type, auto&& is) {
    return std::any_of(all.begin(), all.end(),
                       [&](const auto& o) { return o.first.first == type && is(o.second); });
  };
  const auto any_taking = [&](auto&& is) {
    return std::any_of(std::begin(kTaking), std::end(kTaking),
                       [&](EventType type) { return any(type, is); });
  };
  const auto succeeded = [](const OperationView& o) { return o.succeeded; };
  if (any(EventType::charge, succeeded)) {
    const PaymentSums s = sums(events);
    if (s.refunded == 0) return PaymentState::captured;
    return s.refunded < s.charged ? PaymentState::partially_refunded : PaymentState::refunded;
  }
  if (any(EventType::cancel, succeeded)) return PaymentState::cancelled;
  if (any(EventType::authorization, succeeded)) return PaymentState::authorized;
  if (any_taking([](const OperationView& o) { return o.open() && o.action; })) {
    return PaymentState::requires_action;
  }
  if (any_taking([](const OperationView& o) { return o.open(); })) return PaymentState::pending;
  if (any_taking([](const OperationView& o) { return o.failed; })) return PaymentState::failed;
  return PaymentState::pending;
}

std::optional<Instant> open_since(std::span<const PaymentEvent> events) {
  const auto all = operations_of(events);
  std::optional<Instant> oldest;
  for (const auto& [key, o] : all) {
    if (still_waits(all, key) && (!oldest || o.since < *oldest)) oldest = o.since;
  }
  return oldest;
}

bool knows(std::span<const PaymentEvent> events, const PaymentEvent& event) {
  return std::any_of(events.begin(), events.end(), [&](const PaymentEvent& e) {
    return e.type == event.type && e.result == event.result && e.operation == event.operation &&
           e.key == event.key;
  });
}

std::string pack(std::span<const PaymentEvent> events) {
  std::string out;
  JsonWriter w(out);
  w.begin_array();
  for (const PaymentEvent& e : events) {
    w.begin_array();
    w.value(static_cast<int>(e.type)).value(static_cast<int>(e.result)).value(e.operation);
    w.value(e.amount_minor).value(e.at.us).value(e.key);
    if (!e.note.empty()) w.value(e.note);
    w.end_array();
  }
  w.end_array();
  return out;
}

std::vector<PaymentEvent> unpack(std::string_view text) {
  unsigned char stack[4096];
  boost::json::monotonic_resource memory(stack, sizeof stack);
  std::string error;
  const auto dom = json_detail::parse(text, &memory, error);
  if (!dom || !dom->is_array()) throw Fault("events of a payment cannot be read: " + error);
  std::vector<PaymentEvent> out;
  out.reserve(dom->get_array().size());
  for (const auto& item : dom->get_array()) {
    const auto* a = item.if_array();
    if (!a || a->size() < 6) throw Fault("an event of a payment has fewer than 6 members");
    const auto text_at = [&](std::size_t i) { return std::string((*a)[i].as_string()); };
    out.push_back({.type = static_cast<EventType>((*a)[0].as_int64()),
                   .result = static_cast<EventResult>((*a)[1].as_int64()),
                   .operation = (*a)[2].as_int64(),
                   .amount_minor = (*a)[3].as_int64(),
                   .at = {(*a)[4].as_int64()},
                   .key = text_at(5),
                   .note = a->size() > 6 ? text_at(6) : std::string()});
  }
  return out;
}

PaymentEvent request_of(EventType type, Money amount, Instant at, std::int64_t operation) {
  return {.type = type,
          .result = EventResult::request,
          .operation = operation,
          .amount_minor = amount.minor,
          .at = at,
          .key = "q"};
}

PaymentEvent charged(Money amount, Instant at, std::string key) {
  return {.type = EventType::charge,
          .result = EventResult::success,
          .operation = 1,
          .amount_minor = amount.minor,
          .at = at,
          .key = std::move(key)};
}

std::string idempotency_key(const Operation& operation) {
  return to_text(operation.payment) + "/" +
         boost::describe::enum_to_string(operation.type, "unknown") + "/" +
         std::to_string(operation.number);
}

}  // namespace fondaco::payments
