#include "stripe_client.h"

#include <fondaco/base/text.h>

namespace fondaco::payments {
namespace {

using Outcome = PayoutAnswer::Outcome;

PayoutAnswer answer_of(const StripeAnswer& answer) {
  if (answer.good()) return {Outcome::paid, text_at(answer.body, {"id"}), {}};
  const std::string code = text_at(answer.body, {"error", "code"});
  const std::string type = text_at(answer.body, {"error", "type"});
  // Our balance may be filled tomorrow; an account that is not there will not be.
  if (code == "balance_insufficient") return {Outcome::failed, {}, code};
  const bool final = answer.status == 400 || answer.status == 404;
  if (final && type != "idempotency_error") {
    return {Outcome::rejected, {}, code.empty() ? "invalid_request" : code};
  }
  return {Outcome::unreachable, {}, code};
}

}  // namespace

StripeRail::StripeRail(StripeConfig config)
    : client_(std::make_unique<StripeClient>(std::move(config))) {}
StripeRail::~StripeRail() = default;

PayoutAnswer StripeRail::send(const PayoutOrder& order) {
  if (order.provider_account.empty()) return {Outcome::rejected, {}, "no_provider_account"};
  const auto amount = to_stripe_amount(order.amount);
  if (!amount) return {Outcome::rejected, {}, "amount_not_supported"};
  return answer_of(client_->post("/v1/transfers",
                                 {{"amount", std::to_string(*amount)},
                                  {"currency", to_lower_ascii(order.amount.currency.code())},
                                  {"destination", order.provider_account},
                                  {"metadata[payout]", to_text(order.payout)},
                                  {"metadata[merchant]", to_text(order.merchant)}},
                                 order.idempotency_key));
}

PayoutAnswer StripeRail::reverse(const PayoutOrder& order, std::string_view transfer) {
  const auto amount = to_stripe_amount(order.amount);
  if (!amount) return {Outcome::rejected, {}, "amount_not_supported"};
  return answer_of(client_->post(
      "/v1/transfers/" + std::string(transfer) + "/reversals",
      {{"amount", std::to_string(*amount)}, {"metadata[payout]", to_text(order.payout)}},
      order.idempotency_key + "/reversal"));
}

}  // namespace fondaco::payments
