#include "stripe_client.h"

#include <fondaco/base/check.h>
#include <fondaco/base/log.h>
#include <fondaco/base/text.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

namespace fondaco::payments {
namespace {

using Outcome = ProviderResult::Outcome;

constexpr int kMostPages = 10;
constexpr Duration kSearchBefore = minutes(5);
constexpr Duration kSearchAfter = hours(1);
constexpr Duration kSurelySeen = minutes(10);

ProviderResult plain(Outcome outcome, std::string ref = {}, std::string code = {}) {
  ProviderResult r;
  r.outcome = outcome;
  r.ref = std::move(ref);
  r.code = std::move(code);
  return r;
}

/// The reason in an error or a failed intent that a shopper can act on.
std::string code_of(const boost::json::object& error) {
  std::string code = text_at(error, {"decline_code"});
  if (code.empty()) code = text_at(error, {"code"});
  if (code.empty()) code = text_at(error, {"type"});
  return code.empty() ? "declined" : code;
}

const boost::json::object* object_at(const boost::json::object& from, std::string_view name) {
  const auto* found = from.if_contains(name);
  return found ? found->if_object() : nullptr;
}

ProviderResult of_intent(const boost::json::object& intent, Currency currency) {
  const std::string status = text_at(intent, {"status"});
  ProviderResult r = plain(Outcome::processing, text_at(intent, {"id"}));
  if (status == "succeeded" || status == "requires_capture") {
    r.outcome = Outcome::succeeded;
    const auto* name = status == "succeeded" ? "amount_received" : "amount_capturable";
    r.amount_minor = from_stripe_amount(number_at(intent, name), currency);
  } else if (status == "requires_action") {
    r.outcome = Outcome::requires_action;
    r.action = text_at(intent, {"next_action", "redirect_to_url", "url"});
    if (r.action.empty()) {
      r.outcome = Outcome::failed;
      r.code = "action_not_supported";
    }
  } else if (status == "requires_payment_method" || status == "requires_confirmation") {
    r.outcome = Outcome::failed;
    const auto* error = object_at(intent, "last_payment_error");
    r.code = error ? code_of(*error) : "requires_payment_method";
  } else if (status == "canceled") {
    r.outcome = Outcome::failed;
    r.code = "canceled";
  }
  return r;
}

/// What an error answer means. Only what is final for this operation fails.
ProviderResult of_error(const StripeAnswer& answer) {
  const auto* error = object_at(answer.body, "error");
  const std::string type = error ? text_at(*error, {"type"}) : "";
  if (answer.status == 402 && error) {
    return plain(Outcome::failed, text_at(*error, {"payment_intent", "id"}), code_of(*error));
  }
  if (answer.status == 404) return plain(Outcome::unknown);
  if (type == "idempotency_error" || answer.status == 401 || answer.status == 403) {
    // The first request under the key may well have been done: nothing is known, somebody looks.
    log::error("payments", "stripe refuses our requests",
               {{"status", answer.status}, {"type", type}});
    return plain(Outcome::unreachable);
  }
  if (answer.status == 400 && error) return plain(Outcome::failed, {}, code_of(*error));
  return plain(Outcome::unreachable);
}

ProviderResult of_refund(const boost::json::object& refund, Currency currency) {
  const std::string status = text_at(refund, {"status"});
  ProviderResult r = plain(Outcome::processing);
  if (status == "succeeded") {
    r.outcome = Outcome::succeeded;
    r.amount_minor = from_stripe_amount(number_at(refund, "amount"), currency);
  } else if (status == "failed" || status == "canceled") {
    r.outcome = Outcome::failed;
    r.code = text_at(refund, {"failure_reason"});
    if (r.code.empty()) r.code = status;
  }
  return r;
}

std::string lower_code(Currency currency) { return to_lower_ascii(currency.code()); }

}  // namespace

std::optional<std::int64_t> to_stripe_amount(Money amount) {
  const std::string_view code = amount.currency.code();
  if (code == "ISK" || code == "UGX") return times({100, amount.currency}, amount.minor).minor;
  if (amount.currency.exponent() == 3 && amount.minor % 10 != 0) return std::nullopt;
  return amount.minor;
}

std::int64_t from_stripe_amount(std::int64_t amount, Currency currency) {
  const std::string_view code = currency.code();
  return code == "ISK" || code == "UGX" ? amount / 100 : amount;
}

struct StripeProvider::Impl {
  Impl(const Clock& c, StripeConfig config) : clock(c), client(std::move(config)) {
    for (int i = 0; i < client.config().threads; ++i) threads.emplace_back([this] { loop(); });
  }
  ~Impl() {
    {
      const std::scoped_lock lock(mutex);
      stopping = true;
    }
    wake.notify_all();
    for (std::thread& t : threads) t.join();
  }

  void push(Done done, std::function<ProviderResult()> work) {
    {
      const std::scoped_lock lock(mutex);
      queue.emplace_back([done = std::move(done), work = std::move(work)] {
        ProviderResult result;
        try {
          result = work();
        } catch (const std::exception& e) {
          log::error("payments", "a call to stripe broke", {{"why", e.what()}});
          result = ProviderResult{};
        }
        done(std::move(result));
      });
    }
    wake.notify_one();
  }

  void loop() {
    for (;;) {
      std::function<void()> work;
      {
        std::unique_lock lock(mutex);
        wake.wait(lock, [this] { return stopping || !queue.empty(); });
        if (queue.empty()) return;
        work = std::move(queue.front());
        queue.pop_front();
      }
      work();
    }
  }

  ProviderResult create(const Intent& intent);
  ProviderResult search(const Operation& operation);

  const Clock& clock;
  StripeClient client;
  std::mutex mutex;
  std::condition_variable wake;
  std::deque<std::function<void()>> queue;
  bool stopping = false;
  std::vector<std::thread> threads;
};

ProviderResult StripeProvider::Impl::create(const Intent& intent) {
  const auto amount = to_stripe_amount(intent.amount);
  if (!amount) return plain(Outcome::failed, {}, "amount_not_supported");
  Form form{{"amount", std::to_string(*amount)},
            {"currency", lower_code(intent.amount.currency)},
            {"payment_method", intent.token},
            {"confirm", "true"},
            {"capture_method", intent.capture ? "automatic" : "manual"},
            {"metadata[payment]", to_text(intent.payment)},
            {"transfer_group", to_text(intent.group)}};
  if (!intent.customer.empty()) form.emplace_back("customer", intent.customer);
  if (intent.off_session) {
    form.emplace_back("off_session", "true");
  } else if (!intent.return_url.empty()) {
    form.emplace_back("return_url", intent.return_url);
  }
  const StripeAnswer answer = client.post("/v1/payment_intents", form, intent.idempotency_key);
  return answer.good() ? of_intent(answer.body, intent.amount.currency) : of_error(answer);
}

/// Stripe's search lags behind its lists, and a payment that was taken must not look unsent.
ProviderResult StripeProvider::Impl::search(const Operation& operation) {
  const std::string wanted = to_text(operation.payment);
  const auto second = [](Instant t) { return std::to_string(t.us / 1'000'000); };
  std::string after;
  for (int page = 0; page < kMostPages; ++page) {
    const StripeAnswer answer = client.get(
        "/v1/payment_intents?limit=100&created[gte]=" + second(operation.since - kSearchBefore) +
        "&created[lte]=" + second(operation.since + kSearchAfter) +
        (after.empty() ? "" : "&starting_after=" + after));
    const auto* data = answer.good() ? answer.body.if_contains("data") : nullptr;
    if (!data || !data->is_array() || text_at(answer.body, {"object"}) != "list") {
      return plain(Outcome::unreachable);
    }
    for (const auto& entry : data->get_array()) {
      if (!entry.is_object()) continue;
      after = text_at(entry.get_object(), {"id"});
      if (text_at(entry.get_object(), {"metadata", "payment"}) == wanted) {
        return of_intent(entry.get_object(), operation.amount.currency);
      }
    }
    const auto* more = answer.body.if_contains("has_more");
    if (!more || !more->is_bool() || !more->get_bool()) {
      const bool surely = clock.now() - operation.since > kSurelySeen;
      return plain(surely ? Outcome::unknown : Outcome::unreachable);
    }
  }
  return plain(Outcome::unreachable);
}

StripeProvider::StripeProvider(const Clock& clock, StripeConfig config)
    : impl_(std::make_unique<Impl>(clock, std::move(config))) {}
StripeProvider::~StripeProvider() = default;
StripeClient& StripeProvider::client() { return impl_->client; }
Instant StripeProvider::received_at() const { return impl_->clock.now(); }

void StripeProvider::create(const Intent& intent, Done done) {
  impl_->push(std::move(done), [this, intent] { return impl_->create(intent); });
}

void StripeProvider::fetch(const Operation& operation, Done done) {
  impl_->push(std::move(done), [this, operation] {
    if (operation.provider_ref.empty()) return impl_->search(operation);
    const auto answer = impl_->client.get("/v1/payment_intents/" + operation.provider_ref);
    return answer.good() ? of_intent(answer.body, operation.amount.currency) : of_error(answer);
  });
}

void StripeProvider::capture(const Operation& operation, Done done) {
  impl_->push(std::move(done), [this, operation] {
    const auto amount = to_stripe_amount(operation.amount);
    if (!amount) return plain(Outcome::failed, {}, "amount_not_supported");
    const auto answer = impl_->client.post(
        "/v1/payment_intents/" + operation.provider_ref + "/capture",
        {{"amount_to_capture", std::to_string(*amount)}}, idempotency_key(operation));
    return answer.good() ? of_intent(answer.body, operation.amount.currency) : of_error(answer);
  });
}

void StripeProvider::cancel(const Operation& operation, Done done) {
  impl_->push(std::move(done), [this, operation] {
    const auto answer =
        impl_->client.post("/v1/payment_intents/" + operation.provider_ref + "/cancel", {},
                           idempotency_key(operation));
    if (!answer.good()) return of_error(answer);
    ProviderResult r = plain(Outcome::succeeded, operation.provider_ref);
    r.amount_minor = operation.amount.minor;
    return r;
  });
}

void StripeProvider::refund(const Operation& operation, Done done) {
  impl_->push(std::move(done), [this, operation] {
    const auto amount = to_stripe_amount(operation.amount);
    if (!amount) return plain(Outcome::failed, {}, "amount_not_supported");
    const auto answer =
        impl_->client.post("/v1/refunds",
                           {{"payment_intent", operation.provider_ref},
                            {"amount", std::to_string(*amount)},
                            {"metadata[payment]", to_text(operation.payment)},
                            {"metadata[operation]", std::to_string(operation.number)}},
                           idempotency_key(operation));
    return answer.good() ? of_refund(answer.body, operation.amount.currency) : of_error(answer);
  });
}

}  // namespace fondaco::payments
