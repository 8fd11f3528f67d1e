#include "fixture.h"

#include <algorithm>
#include <array>
#include <map>
#include <sstream>

namespace fondaco::orders {
namespace {

/// A market in which a seed decides who buys, pays, fails, cancels, restocks, sends, confirms, asks
/// for money back, agrees, refuses, returns and waits. Runs the real modules on one engine and
/// tells what is left, without ids, so that two engines compare.
class Simulation : public MarketTest {
 protected:
  void simulate(std::uint64_t seed, int steps) {
    SeededRandom random(seed);
    for (int i = 0; i < 6; ++i) {
      const bool bike = i % 2 == 0;
      goods_.push_back(offer(bike ? bikes : phones, bike ? bike_store : phone_store,
                             "G-" + std::to_string(i), 500 + 250 * i, 20, i == 4));
    }
    promote();
    for (int step = 0; step < steps; ++step) {
      step_once(random, step);
      provider->drain();
      if (step % 40 == 39) expect_books_agree();
    }
    store.clock().advance(hours(1));
    provider->drain();
    store->timers().run_due();
    checkout->settle_refunds();
    expect_books_agree();
    for (int day = 0; day < 60; ++day) pass(days(1));  // Silence ends everything by itself.
    expect_books_agree();
  }

  std::string what_is_left() {
    std::ostringstream out;
    for (const OfferId id : goods_) {
      const auto l = level(id);
      out << "stock " << l.on_hand << ' ' << l.reserved << '\n';
    }
    out << "wallet " << wallet() << '\n';
    for (const OrderGroupId id : groups_) {
      const auto group = find_group(*store->main().read(), id);
      const auto payment = payments::find(*store->main().read(), group->payment);
      out << "group " << group->total.minor << ' ' << static_cast<int>(payment->state);
      for (const Order& o : orders_of(*store->main().read(), *group)) {
        out << " [" << static_cast<int>(o.state) << ' ' << o.total << ' ' << o.tax << ' '
            << o.commission << ']';
        tell_life(out, o);
      }
      out << '\n';
    }
    for (const MerchantId m : {bikes, phones}) {
      out << "merchant " << payable(m) << ' ' << balance(ledger::AccountKind::escrow, m.value)
          << '\n';
    }
    out << "commission " << balance(ledger::AccountKind::commission_revenue) << '\n';
    for (const auto& [what, count] : done_) out << what << ' ' << count << '\n';
    for (const auto& [reason, count] : refusals_)
      out << "refused " << reason << ' ' << count << '\n';
    return out.str();
  }

 private:
  void tell_life(std::ostringstream& out, const Order& o) {
    auto read = store->main().read();
    if (was_paid(o.state)) {
      for (const LifePart& p : life_of(read, o).parts) {
        out << ' ' << p.refunded << '/' << p.gross << (p.released ? "r" : "") << p.shipped << '-'
            << p.withdrawn << '-' << p.returned;
      }
    }
    for (const Refund& r : refunds_of(read, o.id)) {
      out << " (" << static_cast<int>(r.kind) << ' ' << static_cast<int>(r.state) << ' '
          << r.amount.minor << ' ' << static_cast<int>(r.payout) << ' ' << r.version << ')';
    }
  }

  /// One of the platform for all, one code of a merchant that is soon used up, one for each person.
  void promote() {
    Promotion freight;
    freight.title = "Freight is free";
    freight.terms.kind = PromotionKind::free_shipping;
    freight.terms.target = PromotionTarget::shipping;
    freight.terms.minimum = {{3000, Currency::of("EUR")}};
    freight.terms.with_order = true;
    Promotion few;
    few.title = "The first twelve";
    few.code = "FEW";
    few.merchant = bikes;
    few.most_uses = 12;
    few.terms.percent_bp = 1500;
    few.terms.with_shipping = true;
    Promotion once;
    once.title = "Once for each";
    once.code = "ONCE";
    once.most_per_person = 1;
    once.terms.kind = PromotionKind::amount;
    once.terms.amounts = {{333, Currency::of("EUR")}};
    store->main().write([&](storage::Tx& tx) {
      for (const Promotion& p : {freight, few, once}) {
        checkout->promotions().put(*create_promotion(tx, p));
      }
    });
  }

  void step_once(SeededRandom& random, int step) {
    const std::uint64_t dice = random.below(100);
    if (dice < 30) return buy(random, step);
    if (dice < 35) return cancel(random);
    if (dice < 45) return restock(random);
    if (dice < 65) return send(random);
    if (dice < 70) return confirm(random);
    if (dice < 80) return ask_back(random);
    if (dice < 93) return go_on(random);
    if (dice < 96) return pass(hours(static_cast<std::int64_t>(random.below(72))));
    store.clock().advance(seconds(static_cast<std::int64_t>(random.below(900))));
    provider->drain();
    store->timers().run_due();
    checkout->settle_refunds();
  }

  void buy(SeededRandom& random, int step) {
    constexpr std::array kTokens = {"approve", "approve",      "decline", "late",
                                    "3ds",     "out_of_order", "lost",    "duplicate"};
    std::vector<WantedLine> lines;
    for (std::uint64_t i = 0; i <= random.below(3); ++i) {
      const std::uint64_t n = random.below(goods_.size());
      lines.push_back({n % 2 == 0 ? "bikes" : "phones",
                       "G-" + std::to_string(n),
                       {},
                       static_cast<std::int64_t>(1 + random.below(3))});
    }
    const bool by_wallet = random.below(3) == 0;
    Purchase p = purchase(lines, by_wallet ? "wallet" : "test",
                          kTokens[static_cast<std::size_t>(random.below(kTokens.size()))]);
    const std::uint64_t coupon = random.below(4);
    if (coupon == 0) p.promotions = {"FEW"};
    if (coupon == 1) p.promotions = {"ONCE"};
    p.key = "step-" + std::to_string(step);
    p.body = p.key;
    const Outcome outcome = place(p);
    if (outcome.ok()) {
      groups_.push_back(outcome->group.id);
      const Outcome again = place(p);  // A retry is never a second order.
      ASSERT_TRUE(again.ok());
      EXPECT_EQ(again->group.id, outcome->group.id);
    } else {
      ++refusals_[static_cast<int>(outcome.refusal().reason)];
    }
  }

  std::optional<OrderId> some_order(SeededRandom& random) {
    if (groups_.empty()) return std::nullopt;
    const auto& id = groups_[static_cast<std::size_t>(random.below(groups_.size()))];
    const auto group = find_group(*store->main().read(), id);
    return group->orders[static_cast<std::size_t>(random.below(group->orders.size()))];
  }

  template <class R>
  void count(const std::string& what, const R& result) {
    ++done_[what + (result.ok() ? " done" : " refused")];
  }

  void cancel(SeededRandom& random) {
    const auto id = some_order(random);
    if (!id) return;
    count("cancel", act([&](storage::Tx& tx) { return checkout->cancel(tx, *id); }));
  }

  void send(SeededRandom& random) {
    const auto id = some_order(random);
    if (!id) return;
    NewParcel parcel{*id, "DHL", "1", DeliveryKind::express, {}};
    if (random.below(3) == 0) parcel.lines.push_back({0, 1});
    const auto sent = act([&](storage::Tx& tx) { return aftersale->ship(tx, parcel); });
    count("send", sent);
    if (!sent.ok() || random.below(2) == 0) return;
    count("deliver", act([&](storage::Tx& tx) { return aftersale->deliver(tx, sent->id); }));
  }

  void confirm(SeededRandom& random) {
    const auto id = some_order(random);
    if (!id) return;
    std::vector<std::int64_t> lines;
    if (random.below(2) == 0) lines.push_back(0);
    count("confirm", act([&](storage::Tx& tx) { return aftersale->confirm(tx, *id, lines); }));
  }

  void ask_back(SeededRandom& random) {
    const auto id = some_order(random);
    if (!id) return;
    constexpr std::array kReasons = {RefundReason::no_reason, RefundReason::damaged,
                                     RefundReason::missing, RefundReason::agreed};
    NewRefund wanted;
    wanted.order = *id;
    wanted.kind = static_cast<RefundKind>(1 + random.below(4));
    wanted.reason = kReasons[static_cast<std::size_t>(random.below(kReasons.size()))];
    if (random.below(4) == 0) wanted.side = Side::merchant;
    const bool restock = random.below(2) == 0;
    if (random.below(3) != 0) {
      wanted.lines.push_back({0, static_cast<std::int64_t>(random.below(3)), {}, restock});
      if (random.below(3) == 0) {
        wanted.lines[0].amount = static_cast<std::int64_t>(random.below(900));
      }
    }
    const auto opened = act([&](storage::Tx& tx) { return aftersale->open(tx, wanted); });
    count("ask back", opened);
    if (opened.ok()) asked_.push_back(opened->id);
  }

  /// The seller or the buyer answers a request in some way, fitting or not.
  void go_on(SeededRandom& random) {
    if (asked_.empty()) return;
    const RefundId id = asked_[static_cast<std::size_t>(random.below(asked_.size()))];
    const auto refund = find_refund(*store->main().read(), id);
    const std::int64_t version = refund->version - (random.below(10) == 0 ? 1 : 0);
    const std::uint64_t dice = random.below(8);
    const bool flag = random.below(3) != 0;
    const auto step = [&](storage::Tx& tx) -> Aftercome<Refund> {
      switch (dice) {
        case 0:
          return aftersale->refuse(tx, id, version, "no");
        case 1:
          return aftersale->appeal(tx, id, version, "");
        case 2:
          return aftersale->close(tx, id, version);
        case 3:
          return aftersale->send_back(tx, id, version, "DHL", "2");
        case 4:
          return aftersale->arrive(tx, id, version, flag, {}, "");
        case 5:
          return aftersale->decide(tx, id, {flag, {}, ""});
        default:
          return aftersale->agree(tx, id, version, "", "");
      }
    };
    if (refund->state == RefundState::wait_reship && flag) {
      count("replace",
            act([&](storage::Tx& tx) { return aftersale->ship_replacement(tx, id, "DHL", "3"); }));
      return;
    }
    count("step " + std::to_string(dice), act(step));
  }

  void restock(SeededRandom& random) {
    const OfferId id = goods_[static_cast<std::size_t>(random.below(goods_.size()))];
    const StockId stock = level(id).id;
    const auto units = static_cast<std::int64_t>(random.below(8));
    store->main().write([&](storage::Tx& tx) {
      EXPECT_TRUE(
          inventory::adjust(tx, stock, units, inventory::Reason::received, 0, &availability).ok());
    });
  }

  std::vector<OfferId> goods_;
  std::vector<OrderGroupId> groups_;
  std::vector<RefundId> asked_;
  std::map<int, int> refusals_;
  std::map<std::string, int> done_;
};

std::map<std::uint64_t, std::string>& left_by_seed() {
  static std::map<std::uint64_t, std::string> left;
  return left;
}

INSTANTIATE_TEST_SUITE_P(Engines, Simulation, testing::ValuesIn(storage::test_engines()),
                         [](const auto& p) { return storage::engine_name(p.param); });

// Four hundred random steps, then two months of silence, keep every ledger equal to its balances,
// and both engines are left with the same goods, money, orders and refunds.
TEST_P(Simulation, BooksAgreeAndEnginesAreEqual) {
  constexpr std::uint64_t kSeed = 20'261'122;
  simulate(kSeed, 400);
  const std::string left = what_is_left();
  const auto [first, fresh] = left_by_seed().emplace(kSeed, left);
  if (!fresh) {
    EXPECT_EQ(first->second, left);
  }
  for (const char* what : {"send", "deliver", "confirm", "ask back", "cancel"}) {
    EXPECT_NE(left.find(std::string("\n") + what + " done"), left.npos) << what;
  }
}

}  // namespace
}  // namespace fondaco::orders
