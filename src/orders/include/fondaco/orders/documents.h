// Documents of an order: invoice, credit note, delivery note. Depends on orders.h.
// (commission_invoices.h is what the platform invoices.)
//
// A document never changes. Its number is taken in the transaction that writes it, so numbers of an
// issuer, kind and year have no gap. Whom it was made out to lies sealed under the order's key.
#pragma once

#include <fondaco/orders.h>
#include <fondaco/shoppers/keyring.h>

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fondaco::orders {

/// Stored as numbers: a released number keeps its meaning.
enum class DocumentKind { invoice = 1, credit_note = 2, delivery_note = 3 };
BOOST_DESCRIBE_ENUM(DocumentKind, invoice, credit_note, delivery_note)

struct DocumentLine {
  std::string title;
  std::string sku;
  std::int64_t quantity = 0;
  std::int64_t price = 0;
  std::int64_t amount = 0;  // After discount; tax as prices have it.
  std::int64_t tax_bp = 0;
  std::int64_t tax = 0;
};
BOOST_DESCRIBE_STRUCT(DocumentLine, (), (title, sku, quantity, price, amount, tax_bp, tax))

/// Of one rate; rate -1: several rates that were not kept apart.
struct DocumentTax {
  std::int64_t tax_bp = 0;
  std::int64_t net = 0;
  std::int64_t tax = 0;
};
BOOST_DESCRIBE_STRUCT(DocumentTax, (), (tax_bp, net, tax))

struct DocumentParty {
  std::string name;
  std::vector<std::string> lines;  // Address, tax numbers.
};
BOOST_DESCRIBE_STRUCT(DocumentParty, (), (name, lines))

/// All of a document but its number and its buyer.
struct DocumentData {
  std::string locale = "en";
  DocumentParty seller;
  std::vector<DocumentLine> lines;
  std::vector<DocumentTax> taxes;  // By rate, highest first; net and tax sum to the total.
  bool tax_included = true;
  std::int64_t shipping = 0;
  std::int64_t tax = 0;
  std::int64_t total = 0;
  std::string about;    // Of a credit note: the invoice's number.
  std::string carrier;  // Of a delivery note.
  std::string tracking;
};
BOOST_DESCRIBE_STRUCT(DocumentData, (),
                      (locale, seller, lines, taxes, tax_included, shipping, tax, total, about,
                       carrier, tracking))

struct Document {
  InvoiceId id;
  MerchantId issuer;
  MerchantId merchant;
  DocumentKind kind = DocumentKind::invoice;
  std::int64_t year = 0;
  std::int64_t number = 0;
  OrderId order;
  std::int64_t ref = 0;
  Currency currency;
  DocumentData data;
  KeyId key;
  std::string buyer;  // Sealed Contact.
  std::string pdf;    // Sealed; empty until it was asked for.
  Instant issued_at;
};
/// "INV-2026-000001", CRN, DLN.
std::string document_number(DocumentKind kind, std::int64_t year, std::int64_t number);
std::string document_number(const Document& d);

enum class DocumentRefusal {
  unknown_order,
  not_paid,         // Nothing was charged yet, or nothing is left of it.
  amount_too_high,  // More than the order's total, with what was credited before.
};

/// The order's invoice, made when there is none; at most one. Refuses unknown_order, not_paid.
Result<Document, DocumentRefusal> issue_invoice(storage::Tx& tx, OrderId order);
/// For what went back: its tax is split over the rates as the invoice's is, parts sum to the whole.
/// Makes the invoice too when there is none. One for each `ref`. Refuses as issue_invoice,
/// amount_too_high.
Result<Document, DocumentRefusal> issue_credit_note(storage::Tx& tx, OrderId order,
                                                    std::int64_t amount, std::int64_t ref);
struct Shipped {
  std::int64_t ref = 0;  // The shipment.
  std::string carrier;
  std::string tracking;
  std::vector<DocumentLine> lines;  // Title, SKU and quantity.
};
/// One for each shipment. Refuses unknown_order.
Result<Document, DocumentRefusal> issue_delivery_note(storage::Tx& tx, OrderId order,
                                                      const Shipped& shipped);
/// Follows parcels and refunds: the first parcel makes the invoice, each its delivery note, money
/// that went back its credit note (none for an order cancelled before it was invoiced).
void wire_documents(storage::Store& store);

std::optional<Document> find_document(storage::Read& read, InvoiceId id);
/// In order of issue, without the bytes.
std::vector<Document> documents_of(storage::Read& read, OrderId order);

/// A4, Latin and Chinese; the same bytes for the same document. An erased buyer is left out.
/// About 20 ms: not on an HTTP thread, not in a transaction.
std::string render_document(const Document& document, const std::optional<Contact>& buyer);
/// The kept bytes, or rendered now and kept. Blocks.
std::string document_pdf(storage::Store& store, shoppers::Keyring& keyring, InvoiceId id);

/// Counts "documents"; a number that is missing or given twice is a difference.
void verify_documents(storage::Read& read, storage::Findings& findings);

}  // namespace fondaco::orders
