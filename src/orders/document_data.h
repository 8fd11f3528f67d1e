// What documents say, computed from orders. Private to orders.
#pragma once

#include <fondaco/orders/documents.h>

namespace fondaco::orders {

/// "zh" where Chinese is read, else "en".
std::string document_locale(std::string_view country);
DocumentParty seller_of(storage::Read& read, MerchantId merchant);
/// Totals are the order's, to the unit; rates sum to them.
DocumentData invoice_data(const Order& order, DocumentParty seller);
/// A part of an invoice, split over its rates.
DocumentData credit_data(const Document& invoice, std::int64_t amount);

}  // namespace fondaco::orders
