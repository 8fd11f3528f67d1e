#include "edit.h"

#include "place.h"
#include "rows.h"

#include <fondaco/base/check.h>
#include <fondaco/base/json.h>
#include <fondaco/events/orders.h>
#include <fondaco/inventory.h>
#include <fondaco/orders/pricing.h>
#include <fondaco/storage/publish.h>

#include <algorithm>
#include <map>

namespace fondaco::orders {
namespace {

constexpr storage::Sql kSave{"orders.order_edit", R"sql(
  UPDATE orders_order SET items = $3, tax = $4, total = $5, commission = $6, lines = $7,
         discount = $8, platform_discount = $9, payment_fee = $10, details = $11,
         version = version + 1
   WHERE shard = $1 AND id = $2 AND version = $12 AND state = 2)sql"};
constexpr storage::Sql kSaveGroup{"orders.group_edit", R"sql(
  UPDATE orders_group SET total = total + $3 WHERE shard = $1 AND id = $2)sql"};

Refusing refusing(Refusal reason, std::string what, std::int64_t wanted = 0,
                  std::int64_t available = 0) {
  Refusing r;
  r.reason = reason;
  r.what = std::move(what);
  r.wanted = wanted;
  r.available = available;
  return r;
}

std::int64_t tax_of(const Order& o, std::int64_t base, std::int64_t bp) {
  const Money money{base, o.currency};
  return o.tax_included ? tax_in_gross(money, bp, Round::half_up).minor
                        : share(money, bp, Round::half_up).minor;
}

/// Each unit keeps its price, its part of the discount and of the commission.
void set_quantity(const Order& order, Line& line, std::int64_t quantity) {
  const std::int64_t base = line.paid() + line.platform_discount;
  if (quantity < line.quantity) {
    line.discount = mul_div(line.discount, quantity, line.quantity, Round::down);
    line.platform_discount = mul_div(line.platform_discount, quantity, line.quantity, Round::down);
  }
  line.quantity = quantity;
  line.amount = times({line.price, order.currency}, quantity).minor;
  const std::int64_t now = line.paid() + line.platform_discount;
  line.commission = base == 0 ? 0 : mul_div(line.commission, now, base, Round::half_even);
  line.tax = tax_of(order, now, line.tax_bp);
}

/// What promotions took off stays split among them as it was, by who pays.
void split_again(Order& order, std::int64_t discount, bool by_platform) {
  std::vector<std::int64_t> weights;
  for (const AppliedPromotion& a : order.details.promotions) {
    weights.push_back(a.by_platform == by_platform ? a.discount : 0);
  }
  if (std::all_of(weights.begin(), weights.end(), [](std::int64_t w) { return w == 0; })) return;
  const auto parts = allocate({discount, order.currency}, weights);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (weights[i] > 0) order.details.promotions[i].discount = parts[i].minor;
  }
}

/// The sums of the order from its lines; the freight and its tax are `shipping_tax`.
void sum_up(Order& order, std::int64_t shipping_tax) {
  order.items = order.discount = order.commission = 0;
  order.tax = shipping_tax;
  std::int64_t platform = 0;
  for (const Line& line : order.lines) {
    order.items += line.amount;
    order.discount += line.discount;
    platform += line.platform_discount;
    order.commission += line.commission;
    order.tax += line.tax;
  }
  split_again(order, platform, true);
  split_again(order, order.discount - platform, false);
  order.platform_discount = platform + order.details.shipping_platform;
  order.total =
      order.items - order.discount + order.shipping + (order.tax_included ? 0 : order.tax);
}

class Planner {
 public:
  Planner(storage::Read& read, const EditParts& parts, const Order& order)
      : read_(read), parts_(parts), before_(order) {
    plan_.edited.order = order;
  }

  Result<EditPlan, Refusing> run(const EditRequest& request) {
    for (const EditLine& wanted : request.lines) {
      if (wanted.quantity < 0 || wanted.quantity > kMostQuantity) {
        return Refused{refusing(Refusal::bad_quantity, wanted.sku, wanted.quantity)};
      }
      if (auto refusal = change(wanted)) return Refused{std::move(*refusal)};
    }
    Order& after = plan_.edited.order;
    std::erase_if(after.lines, [](const Line& line) { return line.quantity == 0; });
    if (after.lines.empty() || after.lines.size() > kMostLines) {
      return Refused{refusing(Refusal::too_many_lines, "lines",
                              static_cast<std::int64_t>(after.lines.size()))};
    }
    std::int64_t shipping_tax = before_.tax;
    for (const Line& line : before_.lines) shipping_tax -= line.tax;
    sum_up(after, shipping_tax);
    after.payment_fee = before_.total == 0 ? 0
                                           : mul_div(before_.payment_fee, after.total,
                                                     before_.total, Round::half_even);
    plan_.edited.balance = after.money(after.total - before_.total);
    if (auto refusal = check_stock()) return Refused{std::move(*refusal)};
    return std::move(plan_);
  }

 private:
  std::optional<Refusing> change(const EditLine& wanted) {
    for (Line& line : plan_.edited.order.lines) {
      const bool named = wanted.variant ? wanted.variant->value == line.variant
                                        : !wanted.sku.empty() && wanted.sku == line.sku;
      if (!named) continue;
      take({line.stock}, wanted.quantity - line.quantity);
      set_quantity(before_, line, wanted.quantity);
      return std::nullopt;
    }
    if (wanted.quantity == 0) return refusing(Refusal::unknown_sku, wanted.sku);
    return add(wanted);
  }

  /// At today's price, taxed as the order is.
  std::optional<Refusing> add(const EditLine& wanted) {
    const auto merchant = parts_.offers.merchant(read_, before_.merchant);
    const auto offer = wanted.variant
                           ? parts_.offers.resolve(read_, before_.merchant, *wanted.variant)
                           : parts_.offers.resolve(read_, before_.merchant, wanted.sku);
    if (!merchant || !offer.ok()) return refusing(Refusal::unknown_sku, wanted.sku);
    const auto info = parts_.lines.info(read_, *offer);
    if (!info || !info->on_sale) return refusing(Refusal::unknown_sku, wanted.sku);
    Purchase p;
    p.person = before_.person;
    p.currency = before_.currency;
    p.shipping = before_.shipping_method;
    p.contact.country = before_.country;
    if (const auto text = parts_.keyring.open(before_.key, before_.contact)) {
      auto contact = read_json<Contact>(*text);
      if (contact.ok()) p.contact = std::move(*contact);
    }
    std::unordered_map<OfferId, marketplace::OfferRow> offers;
    for (auto& row : marketplace::load(read_, {&*offer, 1}, before_.currency)) {
      offers.emplace(row.id, std::move(row));
    }
    const Instant when = before_.placed_at;  // The order's rates, not those of a later day.
    const bool exempt = parts_.exemptions.exempt(before_.person, before_.country, when);
    const auto zones = parts_.shipping.zones(before_.merchant);
    const auto priced =
        price_drafts(p, {Draft{merchant, {info}, {wanted.quantity}, {false}, zones}}, offers,
                     parts_.fees, when, exempt, nullptr);
    if (!priced.ok()) return priced.refusal();
    const Order& single = priced->orders.front();
    if (single.tax_included != before_.tax_included) {
      return refusing(Refusal::unavailable, wanted.sku);
    }
    const Line& line = single.lines.front();
    take({line.stock}, line.quantity);
    plan_.edited.order.lines.push_back(line);
    return std::nullopt;
  }

  void take(StockId stock, std::int64_t units) {
    if (units != 0) plan_.stock.push_back({stock, 0, units});
  }

  std::optional<Refusing> check_stock() {
    std::map<StockId, std::int64_t> wanted;
    std::vector<StockId> ids;
    for (const auto& t : plan_.stock) {
      if (wanted.emplace(t.stock, 0).second) ids.push_back(t.stock);
      wanted[t.stock] += t.reserved_delta;
    }
    for (const auto& level : inventory::load(read_, ids)) {
      const std::int64_t units = wanted.at(level.id);
      if (units > 0 && !level.covers(units)) {
        return refusing(Refusal::sold_out, "stock", units,
                        std::max<std::int64_t>(0, level.available()));
      }
    }
    return std::nullopt;
  }

  storage::Read& read_;
  const EditParts& parts_;
  const Order& before_;
  EditPlan plan_;
};

void move_stock(storage::Tx& tx, const EditParts& parts, const Order& order,
                const std::vector<inventory::Taking>& stock) {
  if (stock.empty()) return;
  inventory::Movement m;
  m.id = tx.next_id<MovementId>(order.id.shard());
  m.reason = inventory::Reason::reserved;
  m.ref = order.id.value;
  m.lines = stock;
  inventory::apply(tx, m.lines, &parts.settle.availability);
  inventory::record(tx, {&m, 1});
}

/// The wallet pays or is paid what the order costs more or less, and goodwill its part.
void move_money(storage::Tx& tx, const EditParts& parts, const Group& group, const Order& before,
                const Order& after) {
  const std::int64_t total = after.total - before.total;
  const std::int64_t platform = after.platform_discount - before.platform_discount;
  if (total == 0 && platform == 0) return;
  auto& book = parts.settle.accounts;
  ledger::Journal j;
  j.id = tx.next_id<JournalId>(after.id.shard());
  j.kind = total >= 0 ? ledger::Kind::payment : ledger::Kind::refund;
  j.ref = after.id.value;
  j.currency = after.currency;
  const auto add = [&](ledger::AccountKind kind, std::int64_t owner, std::int64_t minor) {
    if (minor != 0) j.postings.push_back({book.resolve(tx, {kind, owner, after.currency}), minor});
  };
  add(ledger::AccountKind::wallet, after.person.value, -total);
  add(ledger::AccountKind::goodwill, 0, -platform);
  add(ledger::AccountKind::escrow, after.merchant.value, total + platform);
  ledger::post(tx, {&j, 1});
  if (total == 0) return;
  payments::NewEvent done;
  done.payment = group.payment;
  if (total < 0) {
    const auto asked = payments::request_refund(tx, group.payment, after.money(-total),
                                                "edit " + to_text(after.id));
    FONDACO_CHECK(asked.ok());
    done.event =
        payments::request_of(payments::EventType::refund, asked->amount, tx.now(), asked->number);
  } else {
    const auto payment = payments::find(tx, group.payment);
    std::int64_t operation = 1;
    for (const auto& e : payment->events) {
      if (e.type == payments::EventType::charge) operation = std::max(operation, e.operation + 1);
    }
    done.event =
        payments::request_of(payments::EventType::charge, after.money(total), tx.now(), operation);
  }
  done.event.result = payments::EventResult::success;
  done.event.key = "wallet";
  payments::append_events(tx, {&done, 1});
}

}  // namespace

Result<EditPlan, Refusing> plan_edit(storage::Read& read, const EditParts& parts,
                                     const Order& order, const EditRequest& request) {
  return Planner(read, parts, order).run(request);
}

void apply_edit(storage::Tx& tx, const EditParts& parts, const Group& group, const Order& before,
                const EditPlan& plan) {
  const Order& after = plan.edited.order;
  move_stock(tx, parts, after, plan.stock);
  move_money(tx, parts, group, before, after);
  const std::string details =
      after.details == OrderDetails{} ? std::string() : json_of(after.details);
  const auto saved =
      tx.exec(kSave, {after.id.shard(), after.id, after.items, after.tax, after.total,
                      after.commission, lines_text(after.lines), after.discount,
                      after.platform_discount, after.payment_fee, details, before.version});
  if (saved != 1) throw storage::Conflict("order " + to_text(after.id) + " changed meanwhile");
  tx.exec(kSaveGroup, {group.id.shard(), group.id, after.total - before.total});
  events::OrderEdited e;
  e.order = after.id;
  e.group = after.group;
  e.merchant = after.merchant;
  e.person = after.person;
  e.before = before.money(before.total);
  e.total = after.money(after.total);
  e.lines.text = lines_text(after.lines);
  storage::publish(tx, after.id.value, before.version + 1, e);
}

}  // namespace fondaco::orders
