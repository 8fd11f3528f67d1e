#include "import_orders.h"

#include <fondaco/base/json.h>
#include <fondaco/base/text.h>

#include <algorithm>

namespace fondaco::server {
namespace {

using orders::Contact;
using orders::PastLine;
using orders::PastOrder;

constexpr int kPage = 200;

constexpr std::string_view kNumber[] = {"number", "name", "order_number", "order number",
                                        "order_id"};
constexpr std::string_view kPlaced[] = {"placed at", "created at", "order_date", "order date",
                                        "date_created"};
constexpr std::string_view kTitle[] = {"title", "lineitem name", "item_name", "item name"};
constexpr std::string_view kQuantity[] = {"quantity", "lineitem quantity", "item_quantity"};

/// RFC 3339, or "2024-01-02 03:04:05 +0100" and its like as the shops write it; UTC when no zone is
/// said.
std::optional<Instant> instant_of(std::string text) {
  if (auto at = parse_rfc3339(text)) return at;
  if (text.size() == 10) return parse_rfc3339(text + "T00:00:00Z");
  if (text.size() < 19 || text[10] != ' ') return std::nullopt;
  auto zone = std::string(trim(text.substr(19)));
  if (zone.empty() || zone == "UTC") zone = "Z";
  if (zone.size() == 5) zone.insert(3, ":");
  return parse_rfc3339(text.substr(0, 10) + "T" + text.substr(11, 8) + zone);
}

std::optional<std::string> some(std::string text) {
  return text.empty() ? std::nullopt : std::optional(std::move(text));
}

std::string joined(std::string first, const std::string& second, std::string_view between) {
  if (!first.empty() && !second.empty()) first += between;
  return first + second;
}

}  // namespace

std::string OrderTaker::lacks(const catalog::TableHeader& header) {
  header_ = header;
  if (!header.has_any(kNumber)) return "there is no column \"number\"";
  if (!header.has_any(kPlaced)) return "there is no column \"placed at\"";
  if (!header.has_any(kTitle)) return "there is no column \"title\"";
  return {};
}

std::string OrderTaker::number(const Cells& cells) const { return header_.any(cells, kNumber); }

std::string OrderTaker::key(const TableRow& row) { return number(row.cells()); }

// A buyer who is not known here gets a key for this order alone, as a guest does.
void OrderTaker::prepare(storage::Read& read, std::span<const std::vector<TableRow>> batch) {
  keys_.clear();
  for (const auto& rows : batch) {
    const auto cells = rows.front().cells();
    const auto of = number(cells);
    const auto mail = contact(cells).email;
    const bool known = !mail.empty() && shoppers::person_by_email(read, keyring_, mail);
    if (known || of.empty() || orders::past_order(read, options_.merchant, of)) continue;
    keys_.emplace(of, keyring_.take());
  }
}

// Empty: good. A cell without a number is zero.
std::string OrderTaker::money(const Cells& cells, std::initializer_list<std::string_view> names,
                              Currency currency, std::int64_t& minor) const {
  const auto text = header_.any(cells, names);
  if (text.empty()) return {};
  const auto parsed = parse_decimal(text, currency);
  if (!parsed) {
    return "\"" + text.substr(0, 40) + "\" is no amount in " + std::string(currency.code());
  }
  minor = parsed->minor;
  return {};
}

std::string OrderTaker::line_problem(const Cells& cells, PastOrder& order) const {
  PastLine line;
  line.title = header_.any(cells, kTitle);
  if (line.title.empty()) return {};  // Shopify has rows that say nothing of a line.
  line.sku = header_.any(cells, {"sku", "lineitem sku", "item_sku"});
  const auto quantity = header_.any(cells, kQuantity);
  const auto units = parse_int(quantity.empty() ? "1" : quantity);
  if (!units || *units < 0 || *units > 1'000'000'000) {
    return "\"" + quantity.substr(0, 40) + "\" is no quantity";
  }
  line.quantity = *units;
  if (auto why =
          money(cells, {"price", "lineitem price", "item_price"}, order.currency, line.price);
      !why.empty()) {
    return why;
  }
  line.amount = line.price * line.quantity;
  if (auto why = money(cells, {"amount", "item_total"}, order.currency, line.amount);
      !why.empty()) {
    return why;
  }
  if (line.price == 0 && line.quantity > 0) line.price = line.amount / line.quantity;
  order.lines.push_back(std::move(line));
  return {};
}

// Fills the order; empty, or why it cannot be.
std::string OrderTaker::problem(const std::vector<TableRow>& rows, PastOrder& order) const {
  const auto cells = rows.front().cells();
  order.merchant = options_.merchant;
  order.number = number(cells);
  if (order.number.empty()) return "the number is missing";
  const auto placed = instant_of(header_.any(cells, kPlaced));
  if (!placed) return "\"" + header_.any(cells, kPlaced).substr(0, 40) + "\" is no time";
  order.placed_at = *placed;
  const auto code = header_.any(cells, {"currency", "order_currency"});
  const auto currency = code.empty() ? options_.currency : Currency::parse(code);
  if (!currency) return "\"" + code.substr(0, 40) + "\" is an unknown currency";
  order.currency = *currency;
  const auto state = header_.any(cells, {"state", "financial status", "status", "order_status"});
  order.state = joined(state, header_.any(cells, {"fulfillment status"}), " / ").substr(0, 100);
  for (const auto& row : rows) {
    if (auto why = line_problem(row.cells(), order); !why.empty()) return why;
  }
  for (const auto& line : order.lines) order.items += line.amount;
  std::string why =
      money(cells, {"items", "subtotal", "order_subtotal"}, order.currency, order.items);
  const auto more = [&](std::initializer_list<std::string_view> names, std::int64_t& minor) {
    if (why.empty()) why = money(cells, names, order.currency, minor);
  };
  more({"shipping", "order_shipping", "shipping_total"}, order.shipping);
  more({"tax", "taxes", "order_tax", "tax_total"}, order.tax);
  more({"discount", "discount amount", "cart_discount", "discount_total"}, order.discount);
  order.total = order.items + order.shipping;
  more({"total", "order_total"}, order.total);
  return why;
}

Contact OrderTaker::contact(const Cells& cells) const {
  Contact c;
  const auto get = [&](std::initializer_list<std::string_view> names) {
    return header_.any(cells, names);
  };
  c.email = shoppers::parse_email(get({"email", "billing_email", "customer_email"})).value_or("");
  c.name = get({"contact name", "shipping name", "billing name"});
  if (c.name.empty()) {
    c.name = joined(get({"shipping_first_name", "billing_first_name"}),
                    get({"shipping_last_name", "billing_last_name"}), " ");
  }
  c.line1 = get({"line1", "shipping address1", "shipping_address_1", "billing address1",
                 "billing_address_1"});
  c.line2 = some(get({"line2", "shipping address2", "shipping_address_2"}));
  c.city = get({"city", "shipping city", "shipping_city", "billing city", "billing_city"});
  c.region = some(get({"region", "shipping province", "shipping_state"}));
  c.postcode = some(
      get({"postcode", "shipping zip", "shipping_postcode", "billing zip", "billing_postcode"}));
  c.country = get(
      {"country", "shipping country", "shipping_country", "billing country", "billing_country"});
  c.telephone = some(get({"telephone", "shipping phone", "phone", "billing_phone"}));
  return c;
}

RowOutcome OrderTaker::take(storage::Tx& tx, const std::vector<TableRow>& rows) {
  PastOrder order;
  if (auto why = problem(rows, order); !why.empty()) return RowOutcome::refuse("", why);
  const Contact who = contact(rows.front().cells());
  if (!who.email.empty()) {
    order.person = shoppers::person_by_email(tx, keyring_, who.email).value_or(PersonId{});
  }
  const auto old = orders::past_order(tx, order.merchant, order.number);
  if (!old || (!old->person && order.person)) {
    const auto own = keys_.find(order.number);
    const auto person =
        order.person ? shoppers::find_person(tx, keyring_, order.person) : std::nullopt;
    if (!person && own == keys_.end()) {
      throw Fault("a customer was erased while his orders were being imported");
    }
    order.key = person ? person->key : own->second;
    order.contact = keyring_.seal(order.key, json_of(who));
  }
  const auto done = orders::put_past_order(tx, order);
  if (!done.ok()) {
    switch (done.refusal()) {
      case orders::PastRefusal::bad_number:
        return RowOutcome::refuse("number", "has more than 100 bytes");
      case orders::PastRefusal::no_lines:
        return RowOutcome::refuse("title", "the order has no lines, or more than 1000");
      case orders::PastRefusal::bad_amount:
        return RowOutcome::refuse("total", "an amount is negative or too large");
    }
  }
  RowOutcome out;
  if (*done == orders::PastDone::created) out.done = RowOutcome::Done::created;
  if (*done == orders::PastDone::updated) out.done = RowOutcome::Done::updated;
  return out;
}

namespace {

class OrderSheet {
 public:
  OrderSheet(shoppers::Keyring& keyring, const std::function<void(std::string_view)>& write)
      : keyring_(keyring), write_(write) {
    const std::string head[] = {"number",       "placed at", "state",     "currency", "items",
                                "shipping",     "tax",       "discount",  "total",    "email",
                                "contact name", "line1",     "line2",     "city",     "region",
                                "postcode",     "country",   "telephone", "sku",      "title",
                                "quantity",     "price",     "amount"};
    catalog::append_csv_row(out_, head);
  }
  void add(const PastOrder& o) {
    const auto text = keyring_.open(o.key, o.contact);
    auto read = text ? read_json<Contact>(*text) : Refused{JsonError{"", "erased"}};
    const Contact who = read.ok() ? std::move(*read) : Contact{};
    const auto money = [&](std::int64_t minor) { return format_decimal(o.money(minor)); };
    bool first = true;
    for (const auto& line : o.lines) {
      std::vector<std::string> row = {o.number};
      if (first) {
        for (auto& cell : std::vector<std::string>{
                 format_rfc3339(o.placed_at), o.state, std::string(o.currency.code()),
                 money(o.items), money(o.shipping), money(o.tax), money(o.discount), money(o.total),
                 who.email, who.name, who.line1, who.line2.value_or(""), who.city,
                 who.region.value_or(""), who.postcode.value_or(""), who.country,
                 who.telephone.value_or("")}) {
          row.push_back(std::move(cell));
        }
      } else {
        row.resize(18);
      }
      for (auto& cell :
           std::vector<std::string>{line.sku, line.title, std::to_string(line.quantity),
                                    money(line.price), money(line.amount)}) {
        row.push_back(std::move(cell));
      }
      for (auto& cell : row) cell = catalog::formula_guard(cell);
      catalog::append_csv_row(out_, row);
      first = false;
    }
    ++orders_;
    flush();
  }
  void flush() {
    if (!out_.empty()) write_(out_);
    out_.clear();
  }
  std::int64_t orders() const { return orders_; }

 private:
  shoppers::Keyring& keyring_;
  const std::function<void(std::string_view)>& write_;
  std::string out_;
  std::int64_t orders_ = 0;
};

PastOrder as_past(const orders::Order& o) {
  PastOrder out;
  out.merchant = o.merchant;
  out.person = o.person;
  out.number = to_text(o.id);
  out.state = boost::describe::enum_to_string(o.state, "paid");
  out.currency = o.currency;
  out.items = o.items;
  out.shipping = o.shipping;
  out.tax = o.tax;
  out.discount = o.discount;
  out.total = o.total;
  for (const auto& l : o.lines) {
    out.lines.push_back({l.sku, l.title, l.quantity, l.price, l.amount});
  }
  out.key = o.key;
  out.contact = o.contact;
  out.placed_at = o.placed_at;
  return out;
}

}  // namespace

// Numbers of the house begin with "ord_": they stand among the others in order of number.
std::int64_t export_orders(storage::Read& read, storage::Read& derived, shoppers::Keyring& keyring,
                           MerchantId merchant,
                           const std::function<void(std::string_view)>& write) {
  OrderSheet sheet(keyring, write);
  std::vector<OrderId> own;
  for (OrderId before;;) {
    const auto page = orders::order_ids_of_merchant(derived, merchant, before, kPage);
    if (page.empty()) break;
    own.insert(own.end(), page.begin(), page.end());
    before = page.back();
  }
  std::reverse(own.begin(), own.end());  // Ids in their text form sort as they do as numbers.
  auto next = own.begin();
  const auto write_own_until = [&](std::string_view number) {
    for (; next != own.end() && (number.empty() || to_text(*next) < number); ++next) {
      if (const auto order = orders::find_order(read, *next)) sheet.add(as_past(*order));
    }
  };
  for (std::string after;;) {
    const auto page = orders::past_orders_of_merchant(read, merchant, after, kPage);
    if (page.empty()) break;
    after = page.back().number;
    for (const auto& order : page) {
      write_own_until(order.number);
      sheet.add(order);
    }
  }
  write_own_until("");
  sheet.flush();
  return sheet.orders();
}

}  // namespace fondaco::server
