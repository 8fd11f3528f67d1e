// `import orders`: closed history of an old shop. Depends on import_table.h, orders, shoppers.
#pragma once

#include "import_table.h"

#include <fondaco/orders/history.h>
#include <fondaco/shoppers.h>

#include <map>
#include <string>

namespace fondaco::server {

/// Understands the columns of Shopify's order export (Name, Created at, Lineitem …), of
/// WooCommerce's order exports with a row per item (order_number, order_date, item_…) and our own.
/// Rows next to each other with the same number are one order; what concerns the whole order stands
/// on its first row.
class OrderTaker final : public TableTaker {
 public:
  struct Options {
    MerchantId merchant;
    Currency currency;  // Of rows that name none.
  };
  OrderTaker(Options options, shoppers::Keyring& keyring) : options_(options), keyring_(keyring) {}

  std::string lacks(const catalog::TableHeader& header) override;
  std::string key(const TableRow& row) override;
  void prepare(storage::Read& read, std::span<const std::vector<TableRow>> batch) override;
  RowOutcome take(storage::Tx& tx, const std::vector<TableRow>& rows) override;

 private:
  using Cells = std::vector<std::string_view>;
  std::string number(const Cells& cells) const;
  std::string problem(const std::vector<TableRow>& rows, orders::PastOrder& order) const;
  std::string line_problem(const Cells& cells, orders::PastOrder& order) const;
  std::string money(const Cells& cells, std::initializer_list<std::string_view> names,
                    Currency currency, std::int64_t& minor) const;
  orders::Contact contact(const Cells& cells) const;

  const Options options_;
  shoppers::Keyring& keyring_;
  catalog::TableHeader header_;
  std::map<std::string, KeyId> keys_;  // By number: of orders whose buyer is not known here.
};

/// Past orders, and those of this house as they are now, as rows that OrderTaker reads. Personal
/// data. Returns the orders.
std::int64_t export_orders(storage::Read& read, storage::Read& derived, shoppers::Keyring& keyring,
                           MerchantId merchant, const std::function<void(std::string_view)>& write);

}  // namespace fondaco::server
