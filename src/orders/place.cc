#include "place.h"

#include "cart_rows.h"
#include "promote.h"
#include "rows.h"

#include <fondaco/base/check.h>
#include <fondaco/inventory.h>
#include <fondaco/payments.h>

#include <algorithm>
#include <map>
#include <set>

namespace fondaco::orders {
namespace {

constexpr storage::Sql kClaim{"orders.claim_insert.batch", R"sql(
  INSERT INTO orders_claim (id, group_id, key_hash, body_hash) VALUES ($1, $2, $3, $4))sql",
                              R"sql(
  INSERT INTO orders_claim (id, group_id, key_hash, body_hash)
  SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bytea[], $4::bytea[]))sql"};
constexpr storage::Sql kClaimed{"orders.claim_load.batch", R"sql(
  SELECT id, group_id, key_hash, body_hash FROM orders_claim WHERE id = $1)sql",
                                R"sql(
  SELECT c.id, c.group_id, c.key_hash, c.body_hash
    FROM unnest($1::bigint[]) q(id) JOIN orders_claim c ON c.id = q.id)sql"};

std::int64_t claim_id(const std::string& key_hash) {
  std::uint64_t n = 0;
  for (std::size_t i = 0; i < 8; ++i) n = n << 8 | static_cast<unsigned char>(key_hash[i]);
  return static_cast<std::int64_t>(n >> 1);
}

Refusing refusing(Refusal reason, std::string what = {}) {
  Refusing r;
  r.reason = reason;
  r.what = std::move(what);
  return r;
}

/// All that one run of the batch has read and decided.
class Batch {
 public:
  Batch(storage::Tx& tx, std::span<void* const> items, inventory::Availability& availability,
        ledger::AccountBook& accounts, const marketplace::FeeBook& fees, PurchaseGate* gate)
      : tx_(tx), availability_(availability), accounts_(accounts), fees_(fees), gate_(gate) {
    for (void* p : items) {
      auto* item = static_cast<PlaceItem*>(p);
      item->outcome.reset();
      items_.push_back(item);
    }
  }

  void run() {
    // Several processes share PostgreSQL: there the claim table knows the keys of all of them.
    shared_ = tx_.engine() == storage::Engine::postgres;
    if (shared_) answer_claimed();
    load();
    for (PlaceItem* item : items_) {
      if (!item->outcome) decide(*item);
    }
    write();
    // After the writes, so that the counters end with what is really left.
    for (const StockId id : scarce_) {
      const inventory::StockLevel& level = stock_.at(id);
      if (!level.oversell) availability_.observed(tx_, id, level.available());
    }
  }

 private:
  using Offers = std::unordered_map<OfferId, marketplace::OfferRow>;

  void answer_claimed() {
    const auto look = tx_.lookup(kClaimed);
    std::map<std::int64_t, PlaceItem*> asked;
    for (PlaceItem* item : items_) {
      if (item->key_hash.empty()) continue;
      const std::int64_t id = claim_id(item->key_hash);
      if (asked.emplace(id, item).second) look->add({id});
    }
    std::vector<std::pair<PlaceItem*, OrderGroupId>> known;
    look->run([&](const storage::Row& row) {
      PlaceItem* item = asked.at(row.integer(0));
      if (row.blob(2) != item->key_hash || row.blob(3) != item->body_hash) {
        item->outcome = Refused{refusing(Refusal::key_reused)};
      } else {
        known.emplace_back(item, row.id<OrderGroupId>(1));
      }
    });
    for (auto& [item, id] : known) {
      auto group = find_group(tx_, id);
      FONDACO_CHECK(group.has_value());
      auto orders = orders_of(tx_, *group);
      item->outcome = Placed{std::move(*group), std::move(orders), true};
    }
  }

  void load() {
    std::map<Currency, std::vector<OfferId>> wanted;
    std::vector<StockId> stocks;
    std::vector<ledger::AccountRef> refs;
    std::vector<CartId> carts;
    for (const PlaceItem* item : items_) {
      if (item->outcome) continue;
      const Purchase& p = item->purchase;
      if (p.cart) carts.push_back(p.cart);
      for (const Draft& draft : item->drafts) {
        for (const auto& info : draft.infos) wanted[p.currency].push_back(info->offer);
        refs.push_back({ledger::AccountKind::escrow, draft.merchant->id.value, p.currency});
      }
      refs.push_back(source_of(p));
      want_promotions(*item, refs);
    }
    for (const auto& [currency, ids] : wanted) {
      for (auto& row : marketplace::load(tx_, ids, currency)) {
        stocks.push_back(row.stock);
        offers_[currency].emplace(row.id, std::move(row));
      }
    }
    for (const auto& level : inventory::load(tx_, stocks)) stock_.emplace(level.id, level);
    load_accounts(refs);
    if (!carts.empty()) carts_ = open_carts(tx_, carts);
    load_promotions();
  }

  void want_promotions(const PlaceItem& item, std::vector<ledger::AccountRef>& refs) {
    for (const PromotionCandidate& c : item.promotions) {
      if (!c.promotion) continue;
      counts_.emplace(c.promotion->id, PromotionCount{});
      if (c.promotion->personal()) {
        person_uses_.emplace(PersonUse{c.promotion->id, item.purchase.person}, 0);
      }
      if (c.promotion->by_platform()) {
        refs.push_back({ledger::AccountKind::goodwill, 0, item.purchase.currency});
      }
    }
  }

  void load_promotions() {
    if (counts_.empty()) return;
    std::vector<PromotionId> ids;
    std::vector<PersonUse> persons;
    for (const auto& [id, count] : counts_) ids.push_back(id);
    for (const auto& [key, uses] : person_uses_) persons.push_back(key);
    counts_ = promotion_counts(tx_, ids);
    if (!persons.empty()) person_uses_ = person_uses(tx_, persons);
  }

  void load_accounts(std::vector<ledger::AccountRef>& refs) {
    std::sort(refs.begin(), refs.end());
    refs.erase(std::unique(refs.begin(), refs.end()), refs.end());
    const auto ids = accounts_.resolve(tx_, refs);
    std::vector<AccountId> wallets;
    for (std::size_t i = 0; i < refs.size(); ++i) {
      account_ids_.emplace(refs[i], ids[i]);
      if (refs[i].kind == ledger::AccountKind::wallet) wallets.push_back(ids[i]);
    }
    if (wallets.empty()) return;
    for (const auto& account : ledger::balances(tx_, wallets)) {
      balances_[account.id] = account.balance;
    }
  }

  /// From a wallet, or nothing has to be paid.
  static bool paid_at_once(const Purchase& p, Money total) {
    return p.method == "wallet" || total.minor == 0;
  }

  static ledger::AccountRef source_of(const Purchase& p) {
    if (p.method == "wallet") return {ledger::AccountKind::wallet, p.person.value, p.currency};
    return {ledger::AccountKind::provider_receivable, 0, p.currency};
  }

  void decide(PlaceItem& item) {
    if (const CartId cart = item.purchase.cart) {
      const auto open = carts_.find(cart);
      if (open == carts_.end() || open->second != item.purchase.cart_version) {
        item.outcome = Refused{refusing(Refusal::cart_changed, to_text(cart))};
        return;
      }
    }
    const Promoting ask{item.promotions,      counts_,         person_uses_,
                        item.purchase.person, item.had_orders, tx_.now()};
    auto priced =
        price_drafts(item.purchase, item.drafts, offers_[item.purchase.currency], fees_, tx_.now(),
                     item.tax_exempt, item.promotions.empty() ? nullptr : &ask);
    if (!priced.ok()) {
      item.outcome = Refused{priced.refusal()};
      return;
    }
    if (auto refusal = refused_code(priced->promotions)) {
      item.outcome = Refused{std::move(*refusal)};
      return;
    }
    std::vector<Order>& orders = priced->orders;
    if (auto refusal = check(item.purchase, orders)) {
      item.outcome = Refused{std::move(*refusal)};
      return;
    }
    accept(item, std::move(orders));
  }

  /// In this order: gate, stock, total, wallet. A refusal leaves the shadow stock as it was.
  std::optional<Refusing> check(const Purchase& purchase, std::vector<Order>& orders) {
    if (gate_) {
      for (const Order& order : orders) {
        if (auto refusal = gate_->check(purchase, order)) return refusal;
      }
    }
    Money total{0, purchase.currency};
    for (const Order& order : orders) total += {order.total, order.currency};
    const bool pays_now = paid_at_once(purchase, total);
    std::vector<std::pair<inventory::StockLevel*, std::int64_t>> taken;
    std::optional<Refusing> refusal;
    for (Order& order : orders) {
      for (Line& line : order.lines) {
        if (!refusal) refusal = take(line, pays_now, taken);
      }
    }
    if (!refusal && purchase.expected_total && *purchase.expected_total != total) {
      refusal = refusing(Refusal::total_drifted);
      refusal->expected = purchase.expected_total;
      refusal->actual = total;
    }
    if (!refusal && purchase.method == "wallet") refusal = charge_shadow(purchase, total);
    if (refusal) {
      for (const auto& [level, quantity] : taken) level->reserved -= quantity;
    }
    return refusal;
  }

  std::optional<Refusing> take(
      Line& line, bool pays_now,
      std::vector<std::pair<inventory::StockLevel*, std::int64_t>>& taken) {
    const auto found = stock_.find(StockId{line.stock});
    if (found == stock_.end()) return sold_out(line, 0);
    inventory::StockLevel& level = found->second;
    line.late = level.deduct_on_payment && !pays_now;
    if (!level.covers(line.quantity)) {
      scarce_.insert(level.id);
      return sold_out(line, std::max<std::int64_t>(0, level.available()));
    }
    if (line.late) return std::nullopt;
    level.reserved += line.quantity;
    taken.emplace_back(&level, line.quantity);
    return std::nullopt;
  }

  static Refusing sold_out(const Line& line, std::int64_t available) {
    Refusing r = refusing(Refusal::sold_out, line.sku);
    r.wanted = line.quantity;
    r.available = available;
    return r;
  }

  std::optional<Refusing> charge_shadow(const Purchase& purchase, Money total) {
    std::int64_t& balance = balances_[account_ids_.at(source_of(purchase))];
    if (balance < total.minor) {
      Refusing r = refusing(Refusal::wallet_short, "wallet");
      r.wanted = total.minor;
      r.available = balance;
      return r;
    }
    balance -= total.minor;
    return std::nullopt;
  }

  void accept(PlaceItem& item, std::vector<Order> orders) {
    const Purchase& p = item.purchase;
    Group group;
    const std::int64_t shard = p.person ? p.person.shard() : shard_of(item.key.value);
    group.id = tx_.next_id<OrderGroupId>(shard);
    group.person = p.person;
    group.payment = tx_.next_id<PaymentId>(shard);
    group.total = {0, p.currency};
    for (const Order& o : orders) group.total += {o.total, o.currency};
    group.state = paid_at_once(p, group.total) ? OrderState::paid : OrderState::pending_payment;
    group.key_hash = item.key_hash;
    group.body_hash = item.body_hash;
    group.placed_at = tx_.now();
    for (Order& o : orders) {
      o.id = tx_.next_id<OrderId>(o.merchant.shard());
      o.group = group.id;
      o.person = p.person;
      o.state = group.state;
      o.key = item.key;
      o.contact = item.sealed;
      o.placed_at = group.placed_at;
      group.orders.push_back(o.id);
    }
    if (p.cart) {
      carts_.erase(p.cart);  // A second checkout of it in this batch finds it closed.
      closed_.push_back({p.cart, group.id});
    }
    if (!item.promotions.empty()) use_promotions(orders);
    item.outcome = Placed{std::move(group), std::move(orders), false};
    accepted_.push_back(&item);
  }

  /// In memory first: the next basket of this batch sees what is left.
  void use_promotions(const std::vector<Order>& orders) {
    for (const PromotionUse& use : uses_of(orders, 1)) {
      ++counts_.at(use.promotion).uses;
      if (use.most_per_person > 0) ++person_uses_[{use.promotion, use.person}];
      uses_.push_back(use);
    }
  }

  void write() {
    if (accepted_.empty()) return;
    std::vector<inventory::Taking> takings;
    std::vector<inventory::Movement> movements;
    std::vector<ledger::Journal> journals;
    std::vector<payments::NewPayment> payments;
    std::vector<OrderRow> rows;
    std::vector<const Group*> groups;
    for (PlaceItem* item : accepted_) {
      const Placed& placed = **item->outcome;
      groups.push_back(&placed.group);
      payments.push_back(payment_of(item->purchase, placed.group));
      for (const Order& order : placed.orders) {
        rows.push_back({&order, lines_text(order.lines)});
        add_movement(order, takings, movements);
        if (placed.group.state == OrderState::paid && order.escrowed() > 0) {
          journals.push_back(journal_of(item->purchase, order));
        }
      }
    }
    inventory::apply(tx_, takings, &availability_);
    if (!movements.empty()) inventory::record(tx_, movements);
    if (!journals.empty()) ledger::post(tx_, journals);
    payments::record(tx_, payments);
    if (!uses_.empty()) count_uses(tx_, uses_);
    insert_groups(tx_, groups);
    insert_orders(tx_, rows);
    if (shared_) write_claims();
    if (!closed_.empty()) close_carts(tx_, closed_);
    tell(rows);
  }

  void write_claims() {
    const auto insert = tx_.batch(kClaim);
    for (const PlaceItem* item : accepted_) {
      if (item->key_hash.empty()) continue;
      const OrderGroupId group = (**item->outcome).group.id;
      insert->add({claim_id(item->key_hash), group, storage::Blob{item->key_hash},
                   storage::Blob{item->body_hash}});
    }
    insert->finish();
  }

  void tell(const std::vector<OrderRow>& rows) {
    std::size_t next = 0;
    for (const PlaceItem* item : accepted_) {
      const Placed& placed = **item->outcome;
      tx_.act_as(item->purchase.actor, item->purchase.trace);
      for (std::size_t i = 0; i < placed.orders.size(); ++i) publish_placed(tx_, rows[next++]);
      if (placed.group.state == OrderState::pending_payment) {
        tx_.schedule("orders.payment_expires", tx_.now() + kPaymentTime, placed.group.id.value);
      }
    }
  }

  payments::NewPayment payment_of(const Purchase& p, const Group& group) {
    payments::NewPayment out;
    out.id = group.payment;
    out.group = group.id;
    out.provider = p.method;
    out.method = p.method;
    out.amount = group.total;
    out.events.push_back(
        group.state == OrderState::paid
            ? payments::charged(group.total, tx_.now(), p.method)
            : payments::request_of(payments::EventType::charge, group.total, tx_.now()));
    return out;
  }

  void add_movement(const Order& order, std::vector<inventory::Taking>& takings,
                    std::vector<inventory::Movement>& movements) {
    inventory::Movement m;
    m.reason = inventory::Reason::order_placed;
    m.ref = order.id.value;
    for (const Line& line : order.lines) {
      if (!line.late) m.lines.push_back({StockId{line.stock}, 0, line.quantity});
    }
    if (m.lines.empty()) return;
    m.id = tx_.next_id<MovementId>(order.id.shard());
    takings.insert(takings.end(), m.lines.begin(), m.lines.end());
    movements.push_back(std::move(m));
  }

  ledger::Journal journal_of(const Purchase& p, const Order& order) {
    ledger::Journal j;
    j.id = tx_.next_id<JournalId>(order.id.shard());
    j.kind = ledger::Kind::payment;
    j.ref = order.id.value;
    j.currency = order.currency;
    j.postings = {
        {account_ids_.at(source_of(p)), -order.total},
        {account_ids_.at({ledger::AccountKind::escrow, order.merchant.value, order.currency}),
         order.escrowed()}};
    if (order.platform_discount > 0) {
      j.postings.push_back({account_ids_.at({ledger::AccountKind::goodwill, 0, order.currency}),
                            -order.platform_discount});
    }
    return j;
  }

  storage::Tx& tx_;
  inventory::Availability& availability_;
  ledger::AccountBook& accounts_;
  const marketplace::FeeBook& fees_;
  PurchaseGate* gate_;
  bool shared_ = false;
  std::vector<PlaceItem*> items_;
  std::vector<PlaceItem*> accepted_;
  std::map<Currency, Offers> offers_;
  std::unordered_map<StockId, inventory::StockLevel> stock_;
  std::set<StockId> scarce_;  // Somebody was refused for want of them.
  std::map<ledger::AccountRef, AccountId> account_ids_;
  std::unordered_map<AccountId, std::int64_t> balances_;
  std::unordered_map<CartId, std::int64_t> carts_;  // Open ones with their version.
  std::vector<ClosedCart> closed_;
  std::unordered_map<PromotionId, PromotionCount> counts_;
  std::map<PersonUse, std::int64_t> person_uses_;
  std::vector<PromotionUse> uses_;
};

}  // namespace

void PlaceBatch::run(storage::Tx& tx, std::span<void* const> items) {
  Batch(tx, items, availability_, accounts_, fees_, gate_).run();
}

}  // namespace fondaco::orders
