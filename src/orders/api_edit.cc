#include "api_json.h"

#include <fondaco/http/server.h>

namespace fondaco::orders {

using http::Context;
using http::Idempotency;
using http::Method;
using http::Owner;
using http::problem;
using http::Rate;
using http::Response;
using http::Route;
using http::schema_of;

namespace {

struct EditLineIn {
  std::optional<std::string> sku;
  std::optional<VariantId> variant;
  std::int64_t quantity = 0;  // As it shall be; 0 removes the line.
};
BOOST_DESCRIBE_STRUCT(EditLineIn, (), (sku, variant, quantity))

struct EditIn {
  std::vector<EditLineIn> lines;
};
BOOST_DESCRIBE_STRUCT(EditIn, (), (lines))

struct EditOut {
  OrderOut order;
  Money balance;  // Above zero: the buyer pays it; below: it goes back.
};
BOOST_DESCRIBE_STRUCT(EditOut, (), (order, balance))

Response refused(const EditRefusing& r) {
  switch (r.reason) {
    case EditRefusal::unknown_order:
      return problem(404, "unknown_order", "there is no such order, or it is not yours");
    case EditRefusal::not_editable:
      return problem(409, "not_editable",
                     "only a paid order of which nothing has left or is coming back is changed");
    case EditRefusal::nothing_changed:
      return problem(422, "nothing_changed", "the order is like that already");
    case EditRefusal::buyers_consent:
      return problem(403, "buyers_consent", "only the buyer may make an order dearer");
    case EditRefusal::payment_needed:
      return problem(409, "payment_needed",
                     "the balance can be settled for orders that a wallet has paid");
    case EditRefusal::stale_version:
      return problem(412, "stale_version", "somebody else changed the order meanwhile");
    case EditRefusal::impossible:
      return problem_of(r.about);
  }
  return problem(500, "internal", "unnamed refusal");
}

struct Asked {
  OrderId order;
  std::int64_t version = 0;
  EditRequest request;
};

/// Who may, and what is asked; a refusal otherwise.
Result<Asked, Response> asked(const Services& s, Context& c) {
  const auto id = c.id_param<OrderId>("id");
  const auto order = id ? find_order(c.read(), *id) : std::nullopt;
  const bool buyer = order && is_buyer(s, c, *order);
  if (!order || (!buyer && !c.who().may("orders.write", order->merchant))) {
    return Refused{refused({EditRefusal::unknown_order, {}})};
  }
  const auto in = http::body_as<EditIn>(c);
  if (!in.ok()) return Refused{in.refusal()};
  if (in->lines.empty() || in->lines.size() > kMostLines) {
    return Refused{http::invalid("/lines", "has 1 to " + std::to_string(kMostLines) + " entries")};
  }
  Asked out{*id, order->version, {}};
  out.request.by_buyer = buyer;
  for (const EditLineIn& line : in->lines) {
    if (!line.variant && line.sku.value_or("").empty()) {
      return Refused{http::invalid("/lines", "each names an sku or a variant")};
    }
    out.request.lines.push_back({line.variant, line.sku.value_or(""), line.quantity});
  }
  return out;
}

Response answer(const Services& s, storage::Read& read, const Result<Edited, EditRefusing>& done) {
  if (!done.ok()) return refused(done.refusal());
  EditOut out{order_out(done->order, s.offers.merchant(read, done->order.merchant).get()),
              done->balance};
  return http::json(json_of(out)).with("ETag", http::etag_of(done->order.version));
}

}  // namespace

void mount_edit(http::Router& router, const Services& s) {
  Route preview;
  preview.method = Method::post;
  preview.path = "/api/v1/orders/{id}/edit-preview";
  preview.access = {"-", Owner::everyone, Rate::write, Idempotency::natural};
  preview.summary = "What an order would be with other lines, and the balance; changes nothing";
  preview.request = schema_of<EditIn>();
  preview.response = schema_of<EditOut>();
  preview.refusals = {"unknown_order",  "not_editable", "nothing_changed", "buyers_consent",
                      "payment_needed", "sold_out",     "unknown_sku"};
  router.write(preview, [s](Context& c) -> http::WritePlan {
    auto in = asked(s, c);
    if (!in.ok()) return in.refusal();
    return answer(s, c.read(), s.checkout.preview_edit(c.read(), in->order, in->request));
  });

  Route edit = preview;
  edit.path = "/api/v1/orders/{id}/edits";
  edit.access = {"-", Owner::everyone, Rate::write, Idempotency::optional};
  edit.summary = "Changes the lines of a paid order; the wallet settles the balance (If-Match)";
  edit.refusals.push_back("stale_version");
  router.write(edit, [s](Context& c) -> http::WritePlan {
    auto in = asked(s, c);
    if (!in.ok()) return in.refusal();
    if (auto stale = http::check_if_match(c, in->version)) return *std::move(stale);
    return [s, in = *in](storage::Tx& tx) {
      return answer(s, tx, s.checkout.edit(tx, in.order, in.request, in.version));
    };
  });
}

}  // namespace fondaco::orders
