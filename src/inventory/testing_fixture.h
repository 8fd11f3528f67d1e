// For the tests of this module: a store with one merchant, one warehouse and easy stock rows.
#pragma once

#include <fondaco/inventory.h>
#include <fondaco/storage/testing.h>

#include <gtest/gtest.h>

namespace fondaco::inventory {

class InventoryTest : public testing::TestWithParam<storage::Engine> {
 protected:
  explicit InventoryTest(std::uint64_t seed = 1)
      : store(GetParam(), storage::join({storage::migrations(), migrations()}), seed),
        counters(store.clock()) {
    merchant = store->ids().next<MerchantId>(77);
    warehouse = new_place("Main warehouse", PlaceKind::warehouse);
  }

  template <class F>
  auto write(F&& f) {
    return store->main().write(std::forward<F>(f));
  }
  PlaceId new_place(const std::string& name, PlaceKind kind) {
    return write([&](storage::Tx& tx) { return create_place(tx, {merchant, kind, name}).value(); });
  }
  VariantId new_variant() { return store->ids().next<VariantId>(3); }

  /// A new row with that many units at the warehouse.
  StockId stocked(std::int64_t on_hand, bool oversell = false) {
    const VariantId variant = new_variant();
    write([&](storage::Tx& tx) {
      const StockSetting s{variant, warehouse, on_hand, {}, oversell};
      set_stock(tx, {&s, 1});
    });
    return find(store->main().read(), variant, warehouse).value().id;
  }
  StockLevel level(StockId id) {
    const auto found = load(store->main().read(), {&id, 1});
    return found.at(0);
  }
  /// Units moved as orders moves them: apply and record in one transaction.
  void take(std::vector<Taking> lines, Reason reason = Reason::order_placed, std::int64_t ref = 0) {
    write([&](storage::Tx& tx) {
      inventory::apply(tx, lines, &counters);
      const Movement m{tx.next_id<MovementId>(lines.front().stock.shard()), reason, ref, lines};
      record(tx, {&m, 1});
    });
  }
  storage::Findings verified() {
    storage::Findings findings;
    verify(store->main().read(), findings);
    return findings;
  }
  void expect_silent() {
    for (const auto& d : verified().differences) {
      ADD_FAILURE() << d.what << " " << d.id << ": " << d.ledger << " / " << d.balance;
    }
  }

  storage::TestStore store;
  Availability counters;
  MerchantId merchant;
  PlaceId warehouse;
};

inline std::string engine_label(const testing::TestParamInfo<storage::Engine>& info) {
  return storage::engine_name(info.param);
}

}  // namespace fondaco::inventory
