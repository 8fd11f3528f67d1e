#include "promotion_rows.h"
#include "rows.h"
#include "verify_life.h"

#include <fondaco/base/json.h>
#include <fondaco/inventory.h>
#include <fondaco/ledger.h>
#include <fondaco/orders.h>
#include <fondaco/payments.h>

#include <algorithm>
#include <map>

namespace fondaco::orders {
namespace {

constexpr std::int64_t kPage = 1000;

constexpr storage::Sql kGroupsAfter{"orders.verify_groups", R"sql(
  SELECT id FROM orders_group WHERE id > $1 ORDER BY id LIMIT $2)sql"};
constexpr storage::Sql kOrderCount{"orders.verify_count", "SELECT COUNT(*) FROM orders_order"};

constexpr storage::Sql kPromotionUses{"orders.verify_promotions", R"sql(
  SELECT id, uses FROM orders_promotion WHERE id > $1 ORDER BY id LIMIT $2)sql"};
constexpr storage::Sql kPersonUses{"orders.verify_promotion_persons", R"sql(
  SELECT promotion_id, person_id, uses FROM orders_promotion_person)sql"};

class Verifier {
 public:
  Verifier(storage::Read& read, storage::Findings& findings) : read_(read), findings_(findings) {}

  void run() {
    std::int64_t after = -1;
    for (;;) {
      const auto ids = read_.all(kGroupsAfter, {after, kPage},
                                 [](const storage::Row& row) { return row.id<OrderGroupId>(0); });
      if (ids.empty()) break;
      after = ids.back().value;
      page(ids);
    }
    const std::int64_t rows = read_.scalar(kOrderCount, {}).value_or(0);
    if (rows != orders_) differ("orders without a group", "all", orders_, rows);
    check_promotions();
    findings_.checked["orders"] += orders_;
    findings_.checked["order_groups"] += groups_;
  }

 private:
  void page(const std::vector<OrderGroupId>& ids) {
    const auto groups = load_groups(read_, ids);
    std::vector<OrderId> order_ids;
    std::vector<PaymentId> payment_ids;
    for (const Group& g : groups) {
      order_ids.insert(order_ids.end(), g.orders.begin(), g.orders.end());
      payment_ids.push_back(g.payment);
    }
    const auto orders = load_orders(read_, order_ids);
    std::vector<OrderId> loaded;
    for (const Order& o : orders) loaded.push_back(o.id);
    const auto escrows = ledger::escrow_of(read_, loaded);
    auto paid = payments::load(read_, payment_ids);
    std::sort(paid.begin(), paid.end(), [](auto& a, auto& b) { return a.id < b.id; });
    kept_.clear();
    const auto lives = stored_lives(read_, loaded);
    const auto refunds = refunds_of_orders(read_, loaded);
    check_promises(orders, lives);
    for (std::size_t i = 0; i < orders.size(); ++i) {
      check_order(orders[i], escrows[i], lives, refunds);
    }
    for (const Group& g : groups) {
      check_group(g, orders, paid);
      count_promotions(g, orders);
    }
    groups_ += static_cast<std::int64_t>(groups.size());
    orders_ += static_cast<std::int64_t>(orders.size());
  }

  void check_order(const Order& o, const ledger::Escrow& escrow, const std::vector<Life>& lives,
                   const std::vector<Refund>& refunds) {
    check_sums(o);
    const auto life = std::lower_bound(lives.begin(), lives.end(), o.id,
                                       [](const Life& l, OrderId id) { return l.order < id; });
    const bool lived = life != lives.end() && life->order == o.id;
    std::vector<Refund> own;
    for (const Refund& r : refunds) {
      if (r.order == o.id) own.push_back(r);
    }
    const LifeFigures figures = verify_life(read_, o, lived ? &*life : nullptr, own, findings_);
    kept_[o.id] = figures.kept;
    const std::int64_t posted = escrow.in(o.currency);
    if (figures.held != posted) differ("escrow of order", to_text(o.id), posted, figures.held);
  }

  /// Units are promised to an order until they are sent or given up, and to no other.
  void check_promises(const std::vector<Order>& orders, const std::vector<Life>& lives) {
    std::vector<std::int64_t> refs;
    std::map<std::pair<std::int64_t, StockId>, std::int64_t> wanted;
    for (const Order& o : orders) {
      refs.push_back(o.id.value);
      if (!was_paid(o.state) && o.state != OrderState::pending_payment) continue;
      const auto life = std::lower_bound(lives.begin(), lives.end(), o.id,
                                         [](const Life& l, OrderId id) { return l.order < id; });
      const bool lived = life != lives.end() && life->order == o.id;
      for (std::size_t i = 0; i < o.lines.size(); ++i) {
        const Line& line = o.lines[i];
        if (line.late && o.state == OrderState::pending_payment) continue;
        wanted[{o.id.value, StockId{line.stock}}] +=
            lived ? unsent_of(life->parts[i]) : line.quantity;
      }
    }
    for (const auto& p : inventory::promised_for(read_, refs)) {
      const auto found = wanted.find({p.ref, p.stock});
      const std::int64_t units = found == wanted.end() ? 0 : found->second;
      if (p.units != units) differ("promised to order", to_text(OrderId{p.ref}), p.units, units);
      if (found != wanted.end()) wanted.erase(found);
    }
    for (const auto& [key, units] : wanted) {
      if (units != 0) differ("promised to order", to_text(OrderId{key.first}), 0, units);
    }
  }

  void check_sums(const Order& o) {
    std::int64_t items = 0, discount = 0, platform = 0, commission = 0;
    for (const Line& line : o.lines) {
      items += line.amount;
      discount += line.discount;
      platform += line.platform_discount;
      commission += line.commission;
      if (line.amount != line.price * line.quantity) {
        differ("order line amount", to_text(o.id), line.price * line.quantity, line.amount);
      }
    }
    if (items != o.items) differ("order items", to_text(o.id), items, o.items);
    if (discount != o.discount) differ("order discount", to_text(o.id), discount, o.discount);
    platform += o.details.shipping_platform;
    if (platform != o.platform_discount) {
      differ("platform's discount of order", to_text(o.id), platform, o.platform_discount);
    }
    if (commission != o.commission) {
      differ("commission of order", to_text(o.id), commission, o.commission);
    }
    const std::int64_t total = o.items - o.discount + o.shipping + (o.tax_included ? 0 : o.tax);
    if (total != o.total) differ("order total", to_text(o.id), total, o.total);
  }

  static bool given_up(const Order& o) {
    return o.state == OrderState::cancelled || o.state == OrderState::expired;
  }

  /// A basket counts once for a promotion as long as one of its orders has it.
  void count_promotions(const Group& g, const std::vector<Order>& orders) {
    std::map<std::int64_t, PersonId> used;
    for (const Order& o : orders) {
      if (o.group != g.id || o.details.promotions.empty()) continue;
      std::int64_t off = 0, freight = 0;
      for (const AppliedPromotion& a : o.details.promotions) {
        off += a.discount;
        freight += a.shipping;
        if (given_up(o)) continue;
        PersonId& person = used[a.promotion];
        if (a.per_person > 0) person = o.person;
      }
      if (off != o.discount) differ("discounts of promotions", to_text(o.id), off, o.discount);
      if (freight != o.details.shipping_discount) {
        differ("freight discounts of promotions", to_text(o.id), freight,
               o.details.shipping_discount);
      }
    }
    for (const auto& [promotion, person] : used) {
      ++uses_[PromotionId{promotion}];
      if (person) ++person_uses_[{PromotionId{promotion}, person}];
    }
  }

  void check_promotions() {
    std::int64_t after = -1;
    for (bool more = true; more;) {
      more = false;
      read_.each(kPromotionUses, {after, kPage}, [&](const storage::Row& row) {
        more = true;
        const auto id = row.id<PromotionId>(0);
        after = id.value;
        const std::int64_t counted = uses_[id];
        if (counted != row.integer(1)) {
          differ("uses of promotion", to_text(id), counted, row.integer(1));
        }
        uses_.erase(id);
        ++findings_.checked["promotions"];
      });
    }
    for (const auto& [id, n] : uses_) differ("promotion of orders", to_text(id), n, 0);
    read_.each(kPersonUses, {}, [&](const storage::Row& row) {
      const PersonUse key{row.id<PromotionId>(0), row.id<PersonId>(1)};
      const std::int64_t counted = person_uses_[key];
      if (counted != row.integer(2)) {
        differ("uses of a person", to_text(key.first), counted, row.integer(2));
      }
    });
  }

  void check_group(const Group& g, const std::vector<Order>& orders,
                   const std::vector<payments::Payment>& paid) {
    std::int64_t sum = 0;
    std::int64_t kept = 0;
    for (const OrderId id : g.orders) {
      const auto found = std::lower_bound(orders.begin(), orders.end(), id,
                                          [](const Order& o, OrderId x) { return o.id < x; });
      if (found == orders.end() || found->id != id) {
        differ("order of group", to_text(g.id), 0, 1);
        continue;
      }
      sum += found->total;
      kept += kept_.at(found->id);
    }
    if (sum != g.total.minor) differ("group total", to_text(g.id), sum, g.total.minor);
    const auto payment = std::lower_bound(paid.begin(), paid.end(), g.payment,
                                          [](const auto& p, PaymentId x) { return p.id < x; });
    if (payment == paid.end() || payment->id != g.payment) {
      differ("payment of group", to_text(g.id), 0, g.total.minor);
      return;
    }
    const auto sums = payments::sums(payment->events);
    const std::int64_t left = sums.charged - sums.refunded - sums.refunding;
    if (left != kept) differ("paid for group", to_text(g.id), left, kept);
  }

  void differ(std::string what, std::string id, std::int64_t ledger, std::int64_t balance) {
    findings_.differences.push_back({std::move(what), std::move(id), ledger, balance});
  }

  storage::Read& read_;
  storage::Findings& findings_;
  std::map<PromotionId, std::int64_t> uses_;
  std::map<PersonUse, std::int64_t> person_uses_;
  std::int64_t groups_ = 0;
  std::int64_t orders_ = 0;
  std::map<OrderId, std::int64_t> kept_;  // Of the page: what is left of each order's payment.
};

}  // namespace

void verify(storage::Read& read, storage::Findings& findings) { Verifier(read, findings).run(); }

}  // namespace fondaco::orders
