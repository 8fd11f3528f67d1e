// Stripe behind the ports: PaymentIntents, refunds, webhooks, and Connect transfers as a rail.
// Depends on provider.h and payout_rail.h; libcurl. API version pinned.
//
// Every request that changes something carries an idempotency key made of our own ids; 429, 5xx
// and lost connections are tried again under it, and what stays unanswered is `unreachable`:
// payments::reconcile() asks again. Secrets never reach a log, an error text or an answer.
#pragma once

#include <fondaco/payments/payout_rail.h>
#include <fondaco/payments/provider.h>

#include <memory>
#include <string>
#include <string_view>

namespace fondaco::payments {

struct StripeConfig {
  std::string secret_key;      // "sk_…"; from a file or the environment.
  std::string webhook_secret;  // "whsec_…", used whole.
  std::string base_url = "https://api.stripe.com";
  int threads = 4;
  Duration timeout = seconds(20);  // Of one attempt.
  int attempts = 3;
  Duration pause = milliseconds(300);  // Before the second attempt; four times as long each time.
};
inline constexpr std::string_view kStripeVersion = "2026-10-28.endive";

/// Stripe counts some currencies in other units than ISO 4217: ISK and UGX with two digits that
/// must be zero, three-digit ones only in tens. Nothing where it cannot charge the amount.
std::optional<std::int64_t> to_stripe_amount(Money amount);
std::int64_t from_stripe_amount(std::int64_t amount, Currency currency);

class StripeClient;

class StripeProvider final : public PaymentProvider {
 public:
  StripeProvider(const Clock& clock, StripeConfig config);
  ~StripeProvider() override;

  std::string_view name() const override { return "stripe"; }
  Capabilities capabilities() const override { return {true, true, true}; }
  /// token: "pm_…" from Stripe.js. With Intent::customer it is a saved method; off_session then
  /// charges without the shopper, and what asks for authentication fails with that code.
  void create(const Intent& intent, Done done) override;
  /// Without a ref the list of that time is searched for our payment's id.
  void fetch(const Operation& operation, Done done) override;
  void capture(const Operation& operation, Done done) override;
  void cancel(const Operation& operation, Done done) override;
  void refund(const Operation& operation, Done done) override;
  Result<std::vector<ProviderEvent>, WebhookRefusal> webhook(const Headers& headers,
                                                             std::string_view body) override;
  StripeClient& client();

 private:
  Instant received_at() const;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Pays merchants by a transfer to their connected account ("acct_…").
class StripeRail final : public PayoutRail {
 public:
  explicit StripeRail(StripeConfig config);
  ~StripeRail() override;
  std::string_view name() const override { return "stripe"; }
  PayoutAnswer send(const PayoutOrder& order) override;
  /// Takes a transfer back, wholly or in part, as long as the account has it.
  PayoutAnswer reverse(const PayoutOrder& order, std::string_view transfer);

 private:
  std::unique_ptr<StripeClient> client_;
};

}  // namespace fondaco::payments
