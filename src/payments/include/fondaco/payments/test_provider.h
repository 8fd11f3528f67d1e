// A provider that only tests and demos switch on; its token says what happens. Depends on
// provider.h. In process, with webhooks signed as a real one signs them.
#pragma once

#include <fondaco/payments/provider.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace fondaco::payments {

struct TestProviderConfig {
  std::string secret;                   // Of webhook signatures; at least 16 bytes.
  Duration latency = {};                // Before an answer; zero answers inside the call.
  Duration webhook_delay = seconds(2);  // Of the token "late", by `clock`.
  /// Where the shopper confirms; the payment's ref is appended.
  std::string action_path = "/pay/test/";
};

/// Tokens:
///   approve       succeeded at once, no webhook
///   decline       failed, "card_declined"
///   3ds           requires_action; complete_action() decides and a webhook tells
///   late          processing; the webhook of success comes after webhook_delay
///   duplicate     succeeded, and two equal webhooks
///   out_of_order  processing; the webhook of success comes before that of requires_action
///   lost          processing; succeeded, but no webhook ever comes: only fetch() knows
/// Anything else fails with "unknown_token".
/// The ref holds token, payment and amount, so that refunds and actions work after a restart.
class TestProvider final : public PaymentProvider {
 public:
  using WebhookSink = std::function<void(const Headers&, const std::string& body)>;

  /// The sink is called on the provider's own thread.
  TestProvider(const Clock& clock, TestProviderConfig config, WebhookSink sink);
  ~TestProvider() override;

  std::string_view name() const override { return "test"; }
  Capabilities capabilities() const override { return {true, true, true}; }
  void create(const Intent& intent, Done done) override;
  void fetch(const Operation& operation, Done done) override;
  void capture(const Operation& operation, Done done) override;
  void cancel(const Operation& operation, Done done) override;
  void refund(const Operation& operation, Done done) override;
  Result<std::vector<ProviderEvent>, WebhookRefusal> webhook(const Headers& headers,
                                                             std::string_view body) override;

  enum class ActionRefusal { unknown_ref, no_action_open };
  /// What the page at action_path shows: the payment of a ref.
  struct Action {
    PaymentId payment;
    Money amount;
    bool open = false;  // Not decided yet, as far as this process knows.
  };
  std::optional<Action> action_of(std::string_view ref) const;
  /// The shopper said yes or no; the webhook follows. Repeating the same answer is fine.
  Result<Unit, ActionRefusal> complete_action(std::string_view ref, bool ok);

  /// The headers a webhook with this body carries when sent now; for tests of other modules.
  Headers sign(std::string_view body) const;
  /// Waits until no message is due any more by the clock (tests).
  void drain();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fondaco::payments
