// Documents of orders: the list, the PDF, and issuing an invoice on demand.
#include "api_json.h"

#include <fondaco/orders/documents.h>

namespace fondaco::orders {
namespace {

using http::Context;
using http::Idempotency;
using http::Method;
using http::Owner;
using http::problem;
using http::Rate;
using http::Response;
using http::Route;
using http::Schema;

struct DocumentOut {
  InvoiceId id;
  DocumentKind kind = DocumentKind::invoice;
  std::string number;
  Money total;
  Money tax;
  Instant issued_at;
  std::string pdf;  // Path.
};
BOOST_DESCRIBE_STRUCT(DocumentOut, (), (id, kind, number, total, tax, issued_at, pdf))

DocumentOut shown(const Document& d) {
  return {d.id,
          d.kind,
          document_number(d),
          {d.data.total, d.currency},
          {d.data.tax, d.currency},
          d.issued_at,
          "/api/v1/documents/" + to_text(d.id) + ".pdf"};
}

Response unknown_document() {
  return problem(404, "unknown_document", "there is no such document, or it is not yours");
}

std::optional<Order> readable_order(const Services& s, Context& c) {
  const auto id = c.id_param<OrderId>("id");
  auto order = id ? find_order(c.read(), *id) : std::nullopt;
  return order && may_read(s, c, *order) ? std::move(order) : std::nullopt;
}

/// Who may read the order may read its documents.
bool may_read_document(const Services& s, Context& c, const Document& d) {
  const auto order = find_order(c.read(), d.order);
  return order && may_read(s, c, *order);
}

Response list(const Services& s, Context& c) {
  const auto order = readable_order(s, c);
  if (!order) return unknown_order();
  std::string items;
  for (const auto& d : documents_of(c.read(), order->id)) {
    items += (items.empty() ? "" : ",") + json_of(shown(d));
  }
  return http::json(http::list_json(items, false));
}

http::WritePlan issue(const Services& s, Context& c) {
  const auto order = readable_order(s, c);
  if (!order) return unknown_order();
  return [id = order->id](storage::Tx& tx) {
    const auto made = issue_invoice(tx, id);
    if (made.ok()) return http::json(json_of(shown(*made)), 201);
    return made.refusal() == DocumentRefusal::unknown_order
               ? unknown_order()
               : problem(409, "not_paid", "an invoice is for an order that was paid");
  };
}

void pdf(const Services& s, http::Router& router, const std::shared_ptr<Context>& c,
         const http::Reply& reply) {
  std::string_view file = c->param("file");
  if (file.ends_with(".pdf")) file.remove_suffix(4);
  const auto id = id_from_text<InvoiceId>(file);
  const auto document = id ? find_document(c->read(), *id) : std::nullopt;
  if (!document || !may_read_document(s, *c, *document)) return reply(unknown_document());
  const std::string name = document_number(*document);
  const bool queued = router.offload([s, id = *id, name, reply] {
    try {
      Response r;
      r.body = document_pdf(s.store, s.keyring, id);
      r.content_type = "application/pdf";
      r.with("Content-Disposition", "inline; filename=\"" + name + ".pdf\"");
      reply(std::move(r.with("Cache-Control", "private, no-store")));
    } catch (const Fault&) {  // A thread of the pool: here its work ends.
      reply(problem(503, "unavailable", "the document could not be drawn now, try again"));
    }
  });
  if (!queued) reply(problem(503, "busy", "too much is being drawn").with("Retry-After", "1"));
}

}  // namespace

void mount_documents(http::Router& router, const Services& s) {
  const http::Access read{"-", Owner::everyone, Rate::read, Idempotency::safe};
  router.read({.method = Method::get,
               .path = "/api/v1/orders/{id}/documents",
               .access = read,
               .summary = "Documents of an order, for its buyer, its merchant, the operator",
               .request = Schema::none(),
               .response = http::list_schema_of<DocumentOut>(),
               .refusals = {"unknown_order"}},
              [s](Context& c) { return list(s, c); });
  router.write({.method = Method::post,
                .path = "/api/v1/orders/{id}/invoice",
                .access = {"-", Owner::everyone, Rate::write, Idempotency::natural},
                .summary = "The invoice of a paid order; made now when there is none",
                .request = Schema::none(),
                .response = http::schema_of<DocumentOut>(),
                .success = 201,
                .refusals = {"unknown_order", "not_paid"}},
               [s](Context& c) { return issue(s, c); });
  router.detached({.method = Method::get,
                   .path = "/api/v1/documents/{file}",
                   .access = read,
                   .summary = "A document as PDF: {id}.pdf",
                   .request = Schema::none(),
                   .response = Schema::text("application/pdf"),
                   .refusals = {"unknown_document", "busy"}},
                  [s, &router](std::shared_ptr<Context> c, const http::Reply& reply) {
                    pdf(s, router, c, reply);
                  });
}

}  // namespace fondaco::orders
