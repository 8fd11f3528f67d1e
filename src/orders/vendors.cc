#include <fondaco/base/json.h>
#include <fondaco/base/log.h>
#include <fondaco/events/orders.h>
#include <fondaco/orders/vendors.h>

namespace fondaco::orders {
namespace {

void settle(storage::Tx& tx, ledger::AccountBook& accounts, const events::OrderFinished& finished) {
  // Others have no vendors: their orders need not be read.
  const auto merchant = marketplace::find_merchant(tx, finished.merchant);
  if (!merchant || merchant->kind != marketplace::MerchantKind::multi_brand_flagship) return;
  const auto order = find_order(tx, finished.order);
  if (!order) return;
  marketplace::settle_vendors(tx, accounts, order->id, order->merchant, order->currency,
                              sold_lines(*order, life_of(tx, *order)));
}

}  // namespace

std::vector<marketplace::SoldLine> sold_lines(const Order& order, const Life& life) {
  std::vector<marketplace::SoldLine> out;
  for (const LifePart& part : life.parts) {
    if (!part.released || part.line < 0) continue;  // Below 0 is the freight.
    const Line& line = order.lines.at(static_cast<std::size_t>(part.line));
    out.push_back({OfferId{line.offer}, kept_of(part).to_merchant});
  }
  return out;
}

void wire_vendors(storage::Store& store, ledger::AccountBook& accounts) {
  store.outbox().once("orders.vendors", {std::string(events::OrderFinished::kType)}, store.main(),
                      [&accounts](storage::Tx& tx, auto stored) {
                        tx.act_as("settlement");
                        for (const storage::StoredEvent& e : stored) {
                          const auto told = read_json<events::OrderFinished>(e.payload);
                          if (told.ok()) settle(tx, accounts, *told);
                          if (!told.ok()) {
                            log::error("orders", "an event is not understood",
                                       {{"type", e.type}, {"seq", e.seq}});
                          }
                        }
                      });
}

}  // namespace fondaco::orders
