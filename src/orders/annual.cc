#include <fondaco/orders/annual.h>

#include <algorithm>
#include <map>

namespace fondaco::orders {

std::vector<marketplace::CategorySales> sales_of(storage::Read& main, storage::Read& derived,
                                                 const marketplace::Merchant& merchant,
                                                 Instant from, Instant to) {
  constexpr int kPage = 500;
  std::map<std::int64_t, std::int64_t> by_category;
  OrderId before;
  for (bool more = true; more;) {
    const auto ids = order_ids_of_merchant(derived, merchant.id, before, kPage);
    more = ids.size() == kPage;
    for (const OrderId id : ids) {
      before = id;
      const auto order = find_order(main, id);
      if (!order || order->placed_at >= to) continue;
      if (order->placed_at < from) {
        more = false;  // All that follow are older.
        break;
      }
      if (order->state != OrderState::finished || order->currency != merchant.currency) continue;
      for (const Line& line : order->lines) by_category[line.category] += line.paid();
    }
  }
  std::vector<marketplace::CategorySales> out;
  for (const auto& [category, amount] : by_category) out.push_back({CategoryId{category}, amount});
  return out;
}

YearRun run_year(storage::Store& store, ledger::AccountBook& accounts, int year,
                 const std::string& actor) {
  YearRun out;
  const Instant from = marketplace::start_of_year(year);
  const Instant to = marketplace::start_of_year(year + 1);
  if (store.clock().now() < to) return out;
  MerchantId after;
  for (;;) {
    std::vector<marketplace::Merchant> page;
    {
      auto read = store.main().read();
      page = marketplace::list_merchants(*read, after, 100);
    }
    if (page.empty()) return out;
    after = page.back().id;
    for (const marketplace::Merchant& m : page) {
      ++out.merchants;
      if (m.agreed) continue;
      std::vector<marketplace::CategorySales> sales;
      {
        auto read = store.main().read();
        auto derived = store.derived().read();
        if (marketplace::is_charged(*read, m.id, year)) continue;
        sales = sales_of(*read, *derived, m, from, to);
      }
      auto fee = store.main().write([&](storage::Tx& tx) {
        tx.act_as(actor);
        return marketplace::charge_year(tx, accounts, m.id, year, sales);
      });
      if (fee) out.charged.push_back(std::move(*fee));
    }
  }
}

}  // namespace fondaco::orders
