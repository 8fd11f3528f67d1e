#include "document_data.h"
#include "numbers.h"

#include <fondaco/base/json.h>
#include <fondaco/base/log.h>
#include <fondaco/base/text.h>
#include <fondaco/events/orders.h>
#include <fondaco/marketplace.h>
#include <fondaco/orders/documents.h>
#include <fondaco/storage/store.h>

#include <fmt/format.h>

namespace fondaco::orders {
namespace {

constexpr storage::Sql kStartSeries{"orders.start_series", R"sql(
  INSERT INTO orders_series (shard, id, issuer, kind, year) VALUES ($1, $2, $3, $4, $5)
  ON CONFLICT (issuer, kind, year, shard) DO NOTHING)sql"};

constexpr storage::Sql kSeries{"orders.series", R"sql(
  SELECT id FROM orders_series WHERE shard = $1 AND issuer = $2 AND kind = $3 AND year = $4)sql"};

constexpr storage::Sql kInsert{"orders.add_document", R"sql(
  INSERT INTO orders_document (shard, id, issuer, merchant_id, kind, year, number, order_id, ref,
    currency, tax, total, data, key_id, buyer, pdf, issued_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17))sql"};

constexpr storage::Sql kFind{"orders.document", R"sql(
  SELECT id, issuer, merchant_id, kind, year, number, order_id, ref, currency, data, key_id, buyer,
         issued_at, pdf
    FROM orders_document WHERE shard = $1 AND id = $2)sql"};

constexpr storage::Sql kOf{"orders.documents_of", R"sql(
  SELECT id, issuer, merchant_id, kind, year, number, order_id, ref, currency, data, key_id, buyer,
         issued_at
    FROM orders_document WHERE order_id = $1 ORDER BY id)sql"};

constexpr storage::Sql kOne{"orders.document_about", R"sql(
  SELECT id, issuer, merchant_id, kind, year, number, order_id, ref, currency, data, key_id, buyer,
         issued_at
    FROM orders_document WHERE order_id = $1 AND kind = $2 AND ref = $3)sql"};

constexpr storage::Sql kCredited{"orders.credited", R"sql(
  SELECT CAST(COALESCE(SUM(total), 0) AS BIGINT) FROM orders_document
   WHERE order_id = $1 AND kind = 2)sql"};

constexpr storage::Sql kKeep{"orders.keep_pdf", R"sql(
  UPDATE orders_document SET pdf = $3 WHERE shard = $1 AND id = $2 AND LENGTH(pdf) = 0)sql"};

constexpr storage::Sql kCount{"orders.count_documents", R"sql(
  SELECT COUNT(*) FROM orders_document)sql"};

constexpr storage::Sql kGaps{"orders.verify_numbers", R"sql(
  SELECT s.issuer, s.kind, s.year, CAST(COUNT(d.id) AS BIGINT), n.next - 1
    FROM orders_series s JOIN orders_number n ON n.id = s.id LEFT JOIN orders_document d
      ON d.issuer = s.issuer AND d.kind = s.kind AND d.year = s.year
   GROUP BY s.issuer, s.kind, s.year, n.next
  HAVING n.next - 1 <> COUNT(d.id) OR n.next - 1 <> COALESCE(MAX(d.number), 0))sql"};

Document document_from(const storage::Row& row) {
  Document out;
  out.id = row.id<InvoiceId>(0);
  out.issuer = row.id<MerchantId>(1);
  out.merchant = row.id<MerchantId>(2);
  out.kind = static_cast<DocumentKind>(row.integer(3));
  out.year = row.integer(4);
  out.number = row.integer(5);
  out.order = row.id<OrderId>(6);
  out.ref = row.integer(7);
  out.currency = row.currency(8);
  auto data = read_json<DocumentData>(row.text(9));
  if (!data.ok()) throw Fault("a document's data is " + data.refusal().message);
  out.data = std::move(*data);
  out.key = row.id<KeyId>(10);
  out.buyer = std::string(row.blob(11));
  out.issued_at = row.instant(12);
  return out;
}

/// Numbers it and writes it.
Document issue(storage::Tx& tx, Document d) {
  const std::int64_t shard = d.issuer.shard();
  d.id = tx.next_id<InvoiceId>(shard);
  d.issued_at = tx.now();
  d.year = parse_int(format_date(d.issued_at).substr(0, 4)).value_or(0);
  auto series = tx.scalar(kSeries, {shard, d.issuer, d.kind, d.year});
  if (!series) {
    tx.exec(kStartSeries, {shard, tx.next_id<InvoiceId>(shard), d.issuer, d.kind, d.year});
    series = tx.scalar(kSeries, {shard, d.issuer, d.kind, d.year});
  }
  d.number = next_number(tx, *series);
  const std::string data = json_of(d.data);
  tx.exec(kInsert, {shard, d.id, d.issuer, d.merchant, d.kind, d.year, d.number, d.order, d.ref,
                    d.currency, d.data.tax, d.data.total, data, d.key, storage::Blob{d.buyer},
                    storage::Blob{d.pdf}, d.issued_at});
  return d;
}

std::optional<Document> about(storage::Read& read, OrderId order, DocumentKind kind,
                              std::int64_t ref) {
  return read.first(kOne, {order, kind, ref}, document_from);
}

Document begun(const Order& order, DocumentKind kind, std::int64_t ref) {
  Document d;
  d.issuer = order.merchant;
  d.merchant = order.merchant;
  d.kind = kind;
  d.order = order.id;
  d.ref = ref;
  d.currency = order.currency;
  d.key = order.key;
  d.buyer = order.contact;
  return d;
}

void on_shipped(storage::Tx& tx, const events::OrderShipped& e) {
  static_cast<void>(issue_invoice(tx, e.order));  // Refuses only what was never paid.
  Shipped shipped{e.shipment.value, e.carrier, e.tracking, {}};
  for (const auto& units : e.lines) {
    shipped.lines.push_back({.title = units.title, .sku = units.sku, .quantity = units.quantity});
  }
  static_cast<void>(issue_delivery_note(tx, e.order, shipped));
}

template <class E>
E told(const storage::StoredEvent& e) {
  auto out = read_stored<E>(e.payload);
  if (!out.ok()) throw Fault(e.type + " is " + out.refusal().message);
  return std::move(*out);
}

}  // namespace

void wire_documents(storage::Store& store) {
  store.outbox().once(
      "orders.documents",
      {std::string(events::OrderShipped::kType), std::string(events::OrderRefunded::kType)},
      store.main(), [](storage::Tx& tx, std::span<const storage::StoredEvent> all) {
        tx.act_as("documents");
        for (const auto& e : all) {
          if (e.type == events::OrderShipped::kType) {
            on_shipped(tx, told<events::OrderShipped>(e));
            continue;
          }
          const auto refunded = told<events::OrderRefunded>(e);
          const auto noted =
              issue_credit_note(tx, refunded.order, refunded.amount.minor, refunded.refund.value);
          if (!noted.ok() && noted.refusal() == DocumentRefusal::amount_too_high) {
            log::error("orders", "a refund is higher than its invoice",
                       {{"refund", to_text(refunded.refund)}});
          }
        }
      });
}

std::string document_number(DocumentKind kind, std::int64_t year, std::int64_t number) {
  constexpr std::string_view kPrefix[] = {"", "INV", "CRN", "DLN"};
  return fmt::format("{}-{}-{:06}", kPrefix[static_cast<std::size_t>(kind)], year, number);
}

std::string document_number(const Document& d) { return document_number(d.kind, d.year, d.number); }

Result<Document, DocumentRefusal> issue_invoice(storage::Tx& tx, OrderId id) {
  if (auto there = about(tx, id, DocumentKind::invoice, 0)) return std::move(*there);
  const auto order = find_order(tx, id);
  if (!order) return Refused{DocumentRefusal::unknown_order};
  if (!was_paid(order->state)) return Refused{DocumentRefusal::not_paid};
  Document d = begun(*order, DocumentKind::invoice, 0);
  d.data = invoice_data(*order, seller_of(tx, order->merchant));
  return issue(tx, std::move(d));
}

Result<Document, DocumentRefusal> issue_credit_note(storage::Tx& tx, OrderId id,
                                                    std::int64_t amount, std::int64_t ref) {
  if (auto there = about(tx, id, DocumentKind::credit_note, ref)) return std::move(*there);
  const auto invoice = issue_invoice(tx, id);
  if (!invoice.ok()) return invoice;
  const std::int64_t before = tx.scalar(kCredited, {id}).value_or(0);
  if (amount <= 0 || amount + before > invoice->data.total) {
    return Refused{DocumentRefusal::amount_too_high};
  }
  Document d = begun(*find_order(tx, id), DocumentKind::credit_note, ref);
  d.data = credit_data(*invoice, amount);
  return issue(tx, std::move(d));
}

Result<Document, DocumentRefusal> issue_delivery_note(storage::Tx& tx, OrderId id,
                                                      const Shipped& shipped) {
  if (auto there = about(tx, id, DocumentKind::delivery_note, shipped.ref)) {
    return std::move(*there);
  }
  const auto order = find_order(tx, id);
  if (!order) return Refused{DocumentRefusal::unknown_order};
  Document d = begun(*order, DocumentKind::delivery_note, shipped.ref);
  d.data.locale = document_locale(order->country);
  d.data.seller = seller_of(tx, order->merchant);
  d.data.lines = shipped.lines;
  d.data.carrier = shipped.carrier;
  d.data.tracking = shipped.tracking;
  return issue(tx, std::move(d));
}

std::optional<Document> find_document(storage::Read& read, InvoiceId id) {
  return read.first(kFind, {id.shard(), id}, [](const storage::Row& row) {
    Document d = document_from(row);
    d.pdf = std::string(row.blob(13));
    return d;
  });
}

std::vector<Document> documents_of(storage::Read& read, OrderId order) {
  return read.all(kOf, {order}, document_from);
}

std::string document_pdf(storage::Store& store, shoppers::Keyring& keyring, InvoiceId id) {
  const auto d = find_document(*store.main().read(), id);
  if (!d) throw Fault("there is no document " + to_text(id));
  if (!d->pdf.empty()) {
    if (!d->key) return d->pdf;
    if (auto kept = keyring.open(d->key, d->pdf)) return std::move(*kept);
  }
  std::optional<Contact> buyer;
  if (d->key && !d->buyer.empty()) {
    if (const auto text = keyring.open(d->key, d->buyer)) {
      auto contact = read_json<Contact>(*text);
      if (contact.ok()) buyer = std::move(*contact);
    }
  }
  std::string bytes = render_document(*d, buyer);
  const bool erased = d->key && !keyring.exists(d->key);
  if (d->pdf.empty() && !erased) {
    const std::string kept = d->key ? keyring.seal(d->key, bytes) : bytes;
    store.main().write(
        [&](storage::Tx& tx) { tx.exec(kKeep, {id.shard(), id, storage::Blob{kept}}); });
  }
  return bytes;
}

void verify_documents(storage::Read& read, storage::Findings& findings) {
  findings.checked["documents"] += read.scalar(kCount, {}).value_or(0);
  read.each(kGaps, {}, [&](const storage::Row& row) {
    const std::string what = "numbers of kind " + std::to_string(row.integer(1)) + " in " +
                             std::to_string(row.integer(2));
    findings.differences.push_back(
        {what, to_text(row.id<MerchantId>(0)), row.integer(3), row.integer(4)});
  });
}

}  // namespace fondaco::orders
