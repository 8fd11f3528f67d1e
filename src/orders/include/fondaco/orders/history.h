// Orders of an old shop, brought along as closed history: shown to their buyer and merchant, never
// part of stock, money or reports. Depends on orders.h.
#pragma once

#include <fondaco/orders.h>

#include <string>
#include <string_view>
#include <vector>

namespace fondaco::orders {

struct PastLine {
  std::string sku;
  std::string title;
  std::int64_t quantity = 0;
  std::int64_t price = 0;   // Of one, minor units.
  std::int64_t amount = 0;  // As the old shop charged it.
};
BOOST_DESCRIBE_STRUCT(PastLine, (), (sku, title, quantity, price, amount))

struct PastOrder {
  PastOrderId id;
  MerchantId merchant;
  PersonId person;     // 0: nobody who is known here.
  std::string number;  // The old shop's, unique for the merchant; 1 to 100 bytes.
  std::string state;   // As the old shop called it; at most 100 bytes.
  Currency currency;
  std::int64_t items = 0;
  std::int64_t shipping = 0;
  std::int64_t tax = 0;
  std::int64_t discount = 0;
  std::int64_t total = 0;
  std::vector<PastLine> lines;  // 1 to 1,000.
  KeyId key;                    // Under which `contact` is sealed.
  std::string contact;          // Sealed JSON of Contact.
  Instant placed_at;

  Money money(std::int64_t minor) const { return {minor, currency}; }
};

enum class PastRefusal {
  bad_number,
  no_lines,
  bad_amount,  // Negative, or above 10^13 minor units.
};
enum class PastDone { created, updated, unchanged };

/// By merchant and number. What is stored keeps its contact; a buyer who has become known since is
/// added together with `key` and `contact`, so that erasing him reaches it. Publishes nothing: it
/// happened elsewhere.
Result<PastDone, PastRefusal> put_past_order(storage::Tx& tx, const PastOrder& order);
std::optional<PastOrder> past_order(storage::Read& read, MerchantId merchant,
                                    std::string_view number);
/// Newest first, at most `limit`.
std::vector<PastOrder> past_orders_of_person(storage::Read& read, PersonId person, int limit);
/// In order of number, after `after` (empty: from the start), at most `limit`.
std::vector<PastOrder> past_orders_of_merchant(storage::Read& read, MerchantId merchant,
                                               std::string_view after, int limit);

}  // namespace fondaco::orders
