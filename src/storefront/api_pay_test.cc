// The page of the test provider where a shopper confirms, as a bank's 3-D Secure page does.
#include "api_shop.h"

namespace fondaco::storefront {
namespace {

using Shared = std::shared_ptr<Context>;

/// Where the shopper goes afterwards; the start page when the payment is unknown here.
std::string order_path(storage::Read& read, PaymentId id) {
  const auto payment = payments::find(read, id);
  return payment ? "/o/" + to_text(payment->group) : "/";
}

Response confirm_page(Shop& shop, Context& c) {
  const auto action = shop.s.test_provider->action_of(c.param("ref"));
  if (!action) return not_found();
  const std::string_view locale = c.locale();
  View view;
  view.set("open", action->open).set("order_url", order_path(c.read(), action->payment));
  view.set("ref", percent_encode(c.param("ref")));
  view.set("text", say(locale, "pay_test.text", {{"amount", show_money(action->amount, locale)}}));
  return own_page(shop, c, c.read(), "pay-test", std::move(view),
                  {.title = std::string(say(locale, "pay_test.title"))});
}

void decide(const SharedShop& shop, http::Router& router, const Shared& c,
            const http::Reply& reply) {
  auto* provider = shop->s.test_provider;
  const std::string ref(c->param("ref"));
  const auto action = provider->action_of(ref);
  if (!action) return reply(not_found());
  const bool approved = field(c->request(), "answer") == "approve";
  const std::string path = order_path(c->read(), action->payment);
  const auto work = [provider, ref, approved, path, reply] {
    const auto done = provider->complete_action(ref, approved);
    // The webhook that follows is what counts; with it the order's page knows the end.
    if (done.ok()) provider->drain();
    reply(http::redirect(path));
  };
  if (!router.offload(work)) {
    reply(http::problem(503, "busy", "too many requests wait, try again").with("Retry-After", "1"));
  }
}

}  // namespace

void mount_pay_test(http::Router& router, const SharedShop& shop) {
  router.read(page_route("/pay/test/{ref}", "A test payment that asks for confirmation"),
              [shop](Context& c) { return confirm_page(*shop, c); });
  router.detached(form_route("/pay/test/{ref}", "Confirms or refuses a test payment"),
                  [shop, &router](Shared c, http::Reply reply) { decide(shop, router, c, reply); });
}

}  // namespace fondaco::storefront
