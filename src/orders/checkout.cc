#include "edit.h"
#include "escrow.h"
#include "key_index.h"
#include "line_book.h"
#include "pay_queue.h"
#include "place.h"
#include "promote.h"
#include "rows.h"
#include "settle.h"

#include <fondaco/base/check.h>
#include <fondaco/base/json.h>
#include <fondaco/base/log.h>
#include <fondaco/base/text.h>
#include <fondaco/events/orders.h>
#include <fondaco/events/shoppers.h>
#include <fondaco/inventory.h>
#include <fondaco/orders/checkout.h>
#include <fondaco/orders/pricing.h>
#include <fondaco/shoppers.h>

#include <algorithm>

namespace fondaco::orders {
namespace {

constexpr storage::Sql kRecent{"orders.groups_recent", R"sql(
  SELECT id, key_hash, body_hash FROM orders_group WHERE id >= $1 AND placed_at >= $2)sql"};
constexpr storage::Sql kListMerchant{"orders.list_merchant", R"sql(
  INSERT INTO orders_of_merchant (shard, id, merchant_id) VALUES ($1, $2, $3)
  ON CONFLICT DO NOTHING)sql"};
constexpr storage::Sql kListPerson{"orders.list_person", R"sql(
  INSERT INTO orders_of_person (shard, id, person_id) VALUES ($1, $2, $3)
  ON CONFLICT DO NOTHING)sql"};
constexpr storage::Sql kOfMerchant{"orders.of_merchant", R"sql(
  SELECT id FROM orders_of_merchant WHERE merchant_id = $1 AND id < $2
   ORDER BY id DESC LIMIT $3)sql"};
constexpr storage::Sql kOfPerson{"orders.of_person", R"sql(
  SELECT id FROM orders_of_person WHERE person_id = $1 AND id < $2
   ORDER BY id DESC LIMIT $3)sql"};

Refusing refusing(Refusal reason, std::string what = {}, std::int64_t wanted = 0) {
  Refusing r;
  r.reason = reason;
  r.what = std::move(what);
  r.wanted = wanted;
  return r;
}

Refused<Refusing> refuse(Refusal reason, std::string what = {}) {
  return {refusing(reason, std::move(what))};
}

/// The oldest id that a key of the last day can have; ids are made from the time.
std::int64_t oldest_id(Instant since) {
  constexpr std::int64_t kEpochMs = 1'577'836'800'000;
  return std::max<std::int64_t>(0, (since.us / 1000 - kEpochMs) << 22);
}

void list_orders(storage::Tx& tx, std::span<const storage::StoredEvent> stored) {
  for (const auto& e : stored) {
    const auto placed = read_stored<events::OrderPlaced>(e.payload);
    if (!placed.ok()) {
      log::error("orders", "an order.placed event is not understood",
                 {{"seq", e.seq}, {"where", placed.refusal().pointer}});
      continue;
    }
    tx.exec(kListMerchant, {placed->order.shard(), placed->order, placed->merchant});
    if (!placed->person) continue;
    tx.exec(kListPerson, {placed->order.shard(), placed->order, placed->person});
  }
}

}  // namespace

struct Checkout::State {
  explicit State(Parts p)
      : parts(p),
        place_batch(p.availability, p.accounts, p.fees, p.gate),
        settle_batch(settle_parts(), [this](Refunds r) { queue.refund(std::move(r)); }),
        queue(p.store, p.providers, settle_batch) {}

  EditParts edit_parts() {
    return {settle_parts(), parts.offers, parts.fees, lines, shipping, exemptions, parts.keyring};
  }
  Result<EditPlan, EditRefusing> plan(storage::Read& read, OrderId id, const EditRequest& request,
                                      std::optional<std::int64_t> version);

  SettleParts settle_parts() { return {parts.availability, parts.accounts}; }

  Parts parts;
  KeyIndex keys;
  LineBook lines;
  PlaceBatch place_batch;
  SettleBatch settle_batch;
  PayQueue queue;
  std::mutex person_mutex;
  std::unordered_map<PersonId, KeyId> person_keys;  // Bounded; cleared on erasure.
  PromotionBook promotions;
  ShippingBook shipping;
  ExemptionBook exemptions;
  std::atomic<int> in_flight{0};

  std::optional<Refusing> resolve(storage::Read& read, const Purchase& p,
                                  std::vector<Draft>& drafts);
  std::optional<Refusing> add_line(storage::Read& read, const WantedLine& line,
                                   std::vector<Draft>& drafts);
  std::optional<Refusing> known_sold_out(const std::vector<Draft>& drafts);
  std::optional<Refusing> check_request(const Purchase& p);
  std::vector<PromotionCandidate> candidates(const Purchase& p, const std::vector<Draft>& drafts);
  bool had_orders(storage::Read& read, PersonId person,
                  std::span<const PromotionCandidate> candidates);
  KeyId key_of(storage::Read& read, PersonId person);
  Outcome replay(storage::Read& read, const KeyIndex::Known& known, const std::string& body_hash);
  void finish(std::shared_ptr<PlaceItem> item, Outcome outcome);
  void pay(std::shared_ptr<PlaceItem> item);
};

Checkout::Checkout(Parts parts) : state_(std::make_unique<State>(parts)) {}

Checkout::~Checkout() {
  // Baskets that the writer still has refer to us; it answers all of them before it ends.
  while (state_->in_flight > 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  state_->queue.stop();
}

void Checkout::wire() {
  State& s = *state_;
  storage::Store& store = s.parts.store;
  const Instant since = store.clock().now() - days(1);
  store.main().read()->each(kRecent, {oldest_id(since), since}, [&](const storage::Row& row) {
    if (row.blob(1).empty()) return;
    s.keys.load(std::string(row.blob(1)), {row.id<OrderGroupId>(0), std::string(row.blob(2))});
  });
  s.promotions.load(*store.main().read(), store.clock().now());
  s.shipping.load(*store.main().read());
  s.exemptions.load(*store.main().read());
  store.outbox().every_process("orders.shipping", ShippingBook::types(), [&s](auto events) {
    s.shipping.on_events(*s.parts.store.main().read(), events);
  });
  store.outbox().every_process(
      "orders.exemptions", {std::string(events::TaxExemptionChanged::kType)},
      [&s](std::span<const storage::StoredEvent> events) {
        for (const auto& e : events) {
          const auto told = read_stored<events::TaxExemptionChanged>(e.payload);
          if (!told.ok()) continue;
          s.exemptions.refresh(*s.parts.store.main().read(), told->person);
        }
      });
  store.outbox().every_process("orders.promotions", PromotionBook::types(), [&s](auto events) {
    s.promotions.on_events(*s.parts.store.main().read(), events);
  });
  store.outbox().every_process("orders.line_book", LineBook::types(),
                               [&s](auto events) { s.lines.on_events(events); });
  store.outbox().every_process("orders.person_keys", {std::string(events::PersonErased::kType)},
                               [&s](auto) {
                                 const std::scoped_lock lock(s.person_mutex);
                                 s.person_keys.clear();
                               });
  store.outbox().once("orders.listing", {std::string(events::OrderPlaced::kType)}, store.derived(),
                      list_orders);
  store.timers().handle(std::string(kPayoutTimer), [this](storage::Tx& tx, const auto& timer) {
    auto refund = find_refund(tx, {timer.ref});
    if (!refund || refund->payout != PayoutState::failed) return;
    send_refunds(tx, {ask_provider_again(tx, *refund)});
  });
  store.timers().handle(
      "orders.payment_expires", [&s](storage::Tx& tx, const storage::Timer& timer) {
        const auto group = find_group(tx, {timer.ref});
        if (!group || group->state != OrderState::pending_payment) return;
        const auto orders = orders_of(tx, *group);
        give_up(tx, s.settle_parts(), *group, orders, OrderState::expired, "payment_expired");
      });
}

std::optional<Refusing> Checkout::State::check_request(const Purchase& p) {
  if (p.lines.empty() || p.lines.size() > kMostLines) {
    return refusing(Refusal::too_many_lines, "lines", static_cast<std::int64_t>(p.lines.size()));
  }
  for (const WantedLine& line : p.lines) {
    if (line.quantity < 1 || line.quantity > kMostQuantity) {
      return refusing(Refusal::bad_quantity, line.sku, line.quantity);
    }
  }
  if (p.promotions.size() > kMostCodes) {
    return refusing(Refusal::too_many_promotions, "promotions",
                    static_cast<std::int64_t>(p.promotions.size()));
  }
  return std::nullopt;
}

std::optional<Refusing> Checkout::State::resolve(storage::Read& read, const Purchase& p,
                                                 std::vector<Draft>& drafts) {
  if (auto refusal = check_request(p)) return refusal;
  for (const WantedLine& line : p.lines) {
    if (auto refusal = add_line(read, line, drafts)) return refusal;
  }
  return check_shipping(p, drafts);
}

std::optional<Refusing> Checkout::State::add_line(storage::Read& read, const WantedLine& line,
                                                  std::vector<Draft>& drafts) {
  auto merchant = parts.offers.merchant(read, line.merchant);
  if (!merchant) {
    if (const auto id = id_from_text<MerchantId>(line.merchant)) {
      merchant = parts.offers.merchant(read, *id);
    }
  }
  if (!merchant || !merchant->sells(parts.store.clock().now())) {
    return refusing(Refusal::unknown_merchant, line.merchant);
  }
  const auto offer = line.variant ? parts.offers.resolve(read, merchant->id, *line.variant)
                                  : parts.offers.resolve(read, merchant->id, line.sku);
  if (!offer.ok()) return refusing(Refusal::unknown_sku, line.sku);
  auto info = lines.info(read, *offer);
  if (!info || !info->on_sale) return refusing(Refusal::unknown_sku, line.sku);
  auto draft = std::find_if(drafts.begin(), drafts.end(),
                            [&](const Draft& d) { return d.merchant->id == merchant->id; });
  if (draft == drafts.end()) {
    draft = drafts.insert(drafts.end(), Draft{merchant, {}, {}, {}, shipping.zones(merchant->id)});
  }
  for (std::size_t i = 0; i < draft->infos.size(); ++i) {
    if (draft->infos[i]->offer != info->offer) continue;
    draft->quantities[i] += line.quantity;  // The same thing named twice is one line.
    draft->stays[i] = draft->stays[i] && line.no_return_agreed;
    return std::nullopt;
  }
  draft->infos.push_back(std::move(info));
  draft->quantities.push_back(line.quantity);
  draft->stays.push_back(line.no_return_agreed);
  return std::nullopt;
}

/// A basket that no promotion can concern asks nobody.
std::vector<PromotionCandidate> Checkout::State::candidates(const Purchase& p,
                                                            const std::vector<Draft>& drafts) {
  if (promotions.empty() && p.promotions.empty()) return {};
  std::vector<MerchantId> merchants;
  for (const Draft& draft : drafts) merchants.push_back(draft.merchant->id);
  return promotions.candidates(merchants, p.promotions);
}

/// Whether the person has an order that was not given up; from the index, which follows within
/// moments. A second try in that moment is kept away by the promotion's limit per person.
bool Checkout::State::had_orders(storage::Read& read, PersonId person,
                                 std::span<const PromotionCandidate> candidates) {
  constexpr int kLook = 20;
  const bool asked = std::any_of(candidates.begin(), candidates.end(), [](const auto& c) {
    return c.promotion && c.promotion->terms.first_order;
  });
  if (!asked || !person) return false;
  auto derived = parts.store.derived().read();
  const auto ids = order_ids_of_person(derived, person, {}, kLook);
  const auto orders = load_orders(read, ids);
  return std::any_of(orders.begin(), orders.end(), [](const Order& o) {
    return o.state != OrderState::cancelled && o.state != OrderState::expired;
  });
}

/// A rush for what is gone is answered here, before the writer's queue.
std::optional<Refusing> Checkout::State::known_sold_out(const std::vector<Draft>& drafts) {
  for (const Draft& draft : drafts) {
    for (std::size_t i = 0; i < draft.infos.size(); ++i) {
      const LineInfo& info = *draft.infos[i];
      const std::int64_t wanted = draft.quantities[i];
      if (!parts.availability.known_sold_out(info.stock, wanted)) continue;
      Refusing r;
      r.reason = Refusal::sold_out;
      r.what = info.sku;
      r.wanted = wanted;
      r.available = std::max<std::int64_t>(0, parts.availability.known(info.stock).value_or(0));
      return r;
    }
  }
  return std::nullopt;
}

KeyId Checkout::State::key_of(storage::Read& read, PersonId person) {
  constexpr std::size_t kMost = 100'000;
  {
    const std::scoped_lock lock(person_mutex);
    if (const auto found = person_keys.find(person); found != person_keys.end()) {
      return found->second;
    }
  }
  const auto found = shoppers::find_person(read, parts.keyring, person);
  if (!found || found->state == shoppers::PersonState::erased) {
    throw Fault("person " + to_text(person) + " is not there any more");
  }
  const std::scoped_lock lock(person_mutex);
  if (person_keys.size() >= kMost) person_keys.clear();
  return person_keys.emplace(person, found->key).first->second;
}

Outcome Checkout::State::replay(storage::Read& read, const KeyIndex::Known& known,
                                const std::string& body_hash) {
  if (known.body_hash != body_hash) return refuse(Refusal::key_reused);
  auto group = find_group(read, known.group);
  FONDACO_CHECK(group.has_value());
  if (group->state == OrderState::cancelled) {
    const auto payment = payments::find(read, group->payment);
    if (payment && payment->state == payments::PaymentState::failed) {
      return refuse(Refusal::payment_declined, payment->events.back().note);
    }
  }
  auto orders = orders_of(read, *group);
  return Placed{std::move(*group), std::move(orders), true};
}

void Checkout::place(storage::Read& read, Purchase purchase, std::function<void(Outcome)> done) {
  State& s = *state_;
  auto item = std::make_shared<PlaceItem>();
  item->done = std::move(done);
  if (!purchase.key.empty()) {
    item->key_hash = short_hash(purchase.actor, purchase.key);
    item->body_hash = short_hash("body", purchase.body);
    KeyIndex::Known known;
    switch (s.keys.begin(item->key_hash, known)) {
      case KeyIndex::Begin::known:
        return item->done(s.replay(read, known, item->body_hash));
      case KeyIndex::Begin::in_flight:
        return item->done(refuse(Refusal::key_in_flight));
      case KeyIndex::Begin::fresh:
        break;
    }
  }
  item->purchase = std::move(purchase);
  const Purchase& p = item->purchase;
  const Instant now = s.parts.store.clock().now();
  try {
    std::optional<Refusing> refusal;
    if (p.method == "wallet") {
      if (!p.person) refusal = refusing(Refusal::sign_in_needed, p.method);
    } else if (!s.parts.providers.find(p.method)) {
      refusal = refusing(Refusal::unknown_method, p.method);
    }
    if (!refusal) refusal = s.resolve(read, p, item->drafts);
    if (!refusal) refusal = s.known_sold_out(item->drafts);
    if (!refusal) {
      item->promotions = s.candidates(p, item->drafts);
      item->tax_exempt = s.exemptions.exempt(p.person, p.contact.country, now);
      item->had_orders = s.had_orders(read, p.person, item->promotions);
    }
    if (refusal) return s.finish(item, Refused{std::move(*refusal)});
    item->key = p.person        ? s.key_of(read, p.person)
                : p.contact_key ? p.contact_key
                                : s.parts.keyring.take();
    item->sealed = s.parts.keyring.seal(item->key, json_of(p.contact));
  } catch (...) {  // The key must not stay in flight; the request answers with the fault.
    if (!item->key_hash.empty()) s.keys.finish(item->key_hash, {}, {});
    throw;
  }
  ++s.in_flight;
  s.parts.store.main().writer().submit_batch(
      s.place_batch, item.get(), [&s, item](std::exception_ptr error) {
        if (error) {
          item->outcome.reset();  // Decided, but not written: the key stands for nothing yet.
          s.finish(item, refuse(Refusal::unavailable));
        } else if (item->outcome->ok() && !(**item->outcome).replayed &&
                   (**item->outcome).group.state == OrderState::pending_payment) {
          s.pay(item);
        } else {
          s.finish(item, std::move(*item->outcome));
        }
        --s.in_flight;
      });
}

void Checkout::State::finish(std::shared_ptr<PlaceItem> item, Outcome outcome) {
  if (!item->key_hash.empty()) {
    const bool written = item->outcome && item->outcome->ok();
    const OrderGroupId group = written        ? (**item->outcome).group.id
                               : outcome.ok() ? outcome->group.id
                                              : OrderGroupId{};
    keys.finish(item->key_hash, group, item->body_hash);
  }
  item->done(std::move(outcome));
}

void Checkout::State::pay(std::shared_ptr<PlaceItem> item) {
  const Placed& placed = **item->outcome;
  payments::Intent intent;
  intent.payment = placed.group.payment;
  intent.group = placed.group.id;
  intent.amount = placed.group.total;
  intent.token = item->purchase.token;
  ++in_flight;
  queue.charge(item->purchase.method, std::move(intent), [this, item](ChargeEnd end) {
    Placed now = **item->outcome;
    if (end.failed) {
      finish(item, refuse(Refusal::payment_declined, end.code));
    } else {
      if (end.captured) {
        now.group.state = OrderState::paid;
        for (Order& o : now.orders) o.state = OrderState::paid;
      }
      now.group.action = end.action;
      finish(item, std::move(now));
    }
    --in_flight;
  });
}

Result<Quote, Refusing> Checkout::quote(storage::Read& read, const Purchase& purchase) {
  State& s = *state_;
  std::vector<Draft> drafts;
  if (auto refusal = s.resolve(read, purchase, drafts)) return Refused{std::move(*refusal)};
  std::vector<OfferId> ids;
  for (const Draft& draft : drafts) {
    for (const auto& info : draft.infos) ids.push_back(info->offer);
  }
  std::unordered_map<OfferId, marketplace::OfferRow> offers;
  for (auto& row : marketplace::load(read, ids, purchase.currency)) {
    offers.emplace(row.id, std::move(row));
  }
  const auto candidates = s.candidates(purchase, drafts);
  std::vector<PromotionId> promotions;
  std::vector<PersonUse> persons;
  for (const PromotionCandidate& c : candidates) {
    if (!c.promotion) continue;
    promotions.push_back(c.promotion->id);
    if (purchase.person) persons.emplace_back(c.promotion->id, purchase.person);
  }
  const auto counts = promotion_counts(read, promotions);
  const auto uses = person_uses(read, persons);
  const Instant now = s.parts.store.clock().now();
  const Promoting ask{
      candidates, counts, uses, purchase.person, s.had_orders(read, purchase.person, candidates),
      now};
  const bool exempt = s.exemptions.exempt(purchase.person, purchase.contact.country, now);
  auto quote = price_drafts(purchase, drafts, offers, s.parts.fees, now, exempt,
                            candidates.empty() ? nullptr : &ask);
  if (!quote.ok()) return quote;
  for (auto& options : quote->shipping) {
    if (options.empty()) options = default_options(purchase.currency);
  }
  return quote;
}

PromotionBook& Checkout::promotions() { return state_->promotions; }
ShippingBook& Checkout::shipping() { return state_->shipping; }
ExemptionBook& Checkout::exemptions() { return state_->exemptions; }

void Checkout::on_provider_events(storage::Tx& tx,
                                  std::span<const payments::ProviderEvent> events) {
  Refunds refunds;
  settle(tx, state_->settle_parts(), events, refunds);
  if (refunds.operations.empty()) return;
  tx.after_commit([s = state_.get(), refunds] { s->queue.refund(refunds); });
}

void Checkout::send_refunds(storage::Tx& tx, std::vector<payments::Operation> operations) {
  if (operations.empty()) return;
  tx.after_commit(
      [s = state_.get(), refunds = Refunds{std::move(operations)}] { s->queue.refund(refunds); });
}

Result<Order, CancelRefusal> Checkout::cancel(storage::Tx& tx, OrderId id) {
  State& s = *state_;
  lock_order(tx, id);
  auto order = find_order(tx, id);
  if (!order) return Refused{CancelRefusal::unknown_order};
  const auto group = find_group(tx, order->group);
  FONDACO_CHECK(group.has_value());
  if (order->state == OrderState::pending_payment) {
    const auto orders = orders_of(tx, *group);
    give_up(tx, s.settle_parts(), *group, orders, OrderState::cancelled, "by_request");
  } else if (order->state == OrderState::paid) {
    if (auto op = refund_order(tx, s.settle_parts(), *group, *order, "by_request")) {
      Refunds refunds{{*op}};
      tx.after_commit([&s, refunds] { s.queue.refund(refunds); });
    }
  } else {
    return Refused{CancelRefusal::not_cancellable};
  }
  order->state = OrderState::cancelled;
  ++order->version;
  return *order;
}

Result<EditPlan, EditRefusing> Checkout::State::plan(storage::Read& read, OrderId id,
                                                     const EditRequest& request,
                                                     std::optional<std::int64_t> version) {
  const auto order = find_order(read, id);
  if (!order) return Refused{EditRefusing{EditRefusal::unknown_order, {}}};
  if (version && *version != order->version) {
    return Refused{EditRefusing{EditRefusal::stale_version, {}}};
  }
  // Once a parcel, a refund or a release touched it, its parts stay as they were paid.
  if (order->state != OrderState::paid || stored_life(read, id)) {
    return Refused{EditRefusing{EditRefusal::not_editable, {}}};
  }
  auto plan = plan_edit(read, edit_parts(), *order, request);
  if (!plan.ok()) return Refused{EditRefusing{EditRefusal::impossible, plan.refusal()}};
  const std::int64_t balance = plan->edited.balance.minor;
  if (plan->stock.empty()) return Refused{EditRefusing{EditRefusal::nothing_changed, {}}};
  if (balance > 0 && !request.by_buyer) {
    return Refused{EditRefusing{EditRefusal::buyers_consent, {}}};
  }
  const auto group = find_group(read, order->group);
  const auto payment = payments::find(read, group->payment);
  const bool moves = balance != 0;
  if (moves && (!payment || payment->provider != "wallet" || !order->person)) {
    return Refused{EditRefusing{EditRefusal::payment_needed, {}}};
  }
  if (balance > 0) {
    const auto wallet = parts.accounts.find(
        read, {ledger::AccountKind::wallet, order->person.value, order->currency});
    const auto rows =
        wallet ? ledger::balances(read, {&*wallet, 1}) : std::vector<ledger::Account>{};
    const std::int64_t there = rows.empty() ? 0 : rows.front().balance;
    if (there < balance) {
      EditRefusing r{EditRefusal::impossible, refusing(Refusal::wallet_short, "wallet", balance)};
      r.about.available = there;
      return Refused{std::move(r)};
    }
  }
  return std::move(*plan);
}

Result<Edited, EditRefusing> Checkout::preview_edit(storage::Read& read, OrderId id,
                                                    const EditRequest& request) {
  auto plan = state_->plan(read, id, request, std::nullopt);
  if (!plan.ok()) return Refused{plan.refusal()};
  return std::move(plan->edited);
}

Result<Edited, EditRefusing> Checkout::edit(storage::Tx& tx, OrderId id, const EditRequest& request,
                                            std::int64_t version) {
  State& s = *state_;
  auto plan = s.plan(tx, id, request, version);
  if (!plan.ok()) return Refused{plan.refusal()};
  const auto before = find_order(tx, id);
  const auto group = find_group(tx, before->group);
  apply_edit(tx, s.edit_parts(), *group, *before, *plan);
  ++plan->edited.order.version;
  return std::move(plan->edited);
}

void Checkout::settle_refunds() {
  const auto sink = [this](storage::Tx& tx, std::span<const payments::ProviderEvent> events) {
    on_provider_events(tx, events);
  };
  State& s = *state_;
  payments::reconcile(s.parts.store.main(), s.parts.providers, sink,
                      s.parts.store.clock().now() - seconds(30));
}

std::string Checkout::order_token(OrderGroupId group) const {
  return state_->parts.keyring.lookup_hash("order-token " + std::to_string(group.value));
}

std::optional<Contact> Checkout::contact_of(const Order& order) const {
  const auto text = state_->parts.keyring.open(order.key, order.contact);
  if (!text) return std::nullopt;
  auto contact = read_json<Contact>(*text);
  FONDACO_CHECK(contact.ok());
  return std::move(*contact);
}

std::vector<OrderId> order_ids_of_merchant(storage::Read& derived, MerchantId merchant,
                                           OrderId before, int limit) {
  const std::int64_t end = before ? before.value : INT64_MAX;
  return derived.all(kOfMerchant, {merchant, end, limit},
                     [](const storage::Row& row) { return row.id<OrderId>(0); });
}

std::vector<OrderId> order_ids_of_person(storage::Read& derived, PersonId person, OrderId before,
                                         int limit) {
  const std::int64_t end = before ? before.value : INT64_MAX;
  return derived.all(kOfPerson, {person, end, limit},
                     [](const storage::Row& row) { return row.id<OrderId>(0); });
}

}  // namespace fondaco::orders
