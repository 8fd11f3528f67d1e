#include "document_data.h"

#include <fondaco/marketplace.h>
#include <fondaco/orders/pricing.h>

#include <algorithm>
#include <map>

namespace fondaco::orders {
namespace {

using Rates = std::map<std::int64_t, DocumentTax, std::greater<>>;

void add(Rates& rates, std::int64_t bp, std::int64_t net, std::int64_t tax) {
  DocumentTax& row = rates[bp];
  row.tax_bp = bp;
  row.net += net;
  row.tax += tax;
}

/// The rate that gives this tax on the shipping: the country's, a line's or none; -1: none of them.
std::int64_t shipping_rate(const Order& order, std::int64_t tax) {
  std::vector<std::int64_t> tried = {tax_rate(order.country, "standard", order.placed_at), 0};
  for (const Line& line : order.lines) tried.push_back(line.tax_bp);
  for (const std::int64_t bp : tried) {
    const Money shipping = order.money(order.shipping);
    const Money would = order.tax_included ? tax_in_gross(shipping, bp, Round::half_up)
                                           : share(shipping, bp, Round::half_up);
    if (would.minor == tax) return bp;
  }
  return -1;
}

}  // namespace

std::string document_locale(std::string_view country) {
  return country == "CN" || country == "HK" || country == "MO" || country == "TW" ? "zh" : "en";
}

DocumentParty seller_of(storage::Read& read, MerchantId id) {
  const auto merchant = marketplace::find_merchant(read, id);
  if (!merchant) return {to_text(id), {}};
  DocumentParty out{merchant->name, {}};
  if (!merchant->name_zh.empty()) out.lines.push_back(merchant->name_zh);
  out.lines.push_back(merchant->country);
  return out;
}

DocumentData invoice_data(const Order& order, DocumentParty seller) {
  DocumentData out;
  out.locale = document_locale(order.country);
  out.seller = std::move(seller);
  out.tax_included = order.tax_included;
  out.shipping = order.shipping;
  out.tax = order.tax;
  out.total = order.total;
  Rates rates;
  std::int64_t of_shipping = order.tax;
  for (const Line& line : order.lines) {
    out.lines.push_back(
        {line.title, line.sku, line.quantity, line.price, line.paid(), line.tax_bp, line.tax});
    add(rates, line.tax_bp, line.paid() - (order.tax_included ? line.tax : 0), line.tax);
    of_shipping -= line.tax;
  }
  if (order.shipping != 0) {
    add(rates, shipping_rate(order, of_shipping),
        order.shipping - (order.tax_included ? of_shipping : 0), of_shipping);
  }
  for (const auto& [bp, row] : rates) out.taxes.push_back(row);
  return out;
}

DocumentData credit_data(const Document& invoice, std::int64_t amount) {
  const DocumentData& from = invoice.data;
  DocumentData out;
  out.locale = from.locale;
  out.seller = from.seller;
  out.tax_included = true;
  out.total = amount;
  out.about = document_number(invoice);
  // Over net and tax of every rate at once, so that the parts sum to the amount to the unit.
  std::vector<std::int64_t> weights;
  for (const DocumentTax& row : from.taxes) {
    weights.push_back(row.net);
    weights.push_back(row.tax);
  }
  const auto parts = allocate(Money{amount, invoice.currency}, weights);
  for (std::size_t i = 0; i < from.taxes.size(); ++i) {
    const DocumentTax row{from.taxes[i].tax_bp, parts[2 * i].minor, parts[2 * i + 1].minor};
    if (row.net == 0 && row.tax == 0) continue;
    out.taxes.push_back(row);
    out.tax += row.tax;
  }
  return out;
}

}  // namespace fondaco::orders
