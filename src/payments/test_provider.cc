#include "signature.h"
#include "test_ref.h"

#include <fondaco/base/check.h>
#include <fondaco/base/json.h>
#include <fondaco/base/log.h>
#include <fondaco/payments/test_provider.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>
#include <unordered_map>

namespace fondaco::payments {
namespace {

constexpr std::string_view kSignatureHeader = "Test-Signature";
constexpr std::size_t kRemembered = 100'000;   // Payments and keys; older ones live in their ref.
constexpr std::chrono::milliseconds kTick{5};  // How often the clock is looked at while waiting.

using Outcome = ProviderResult::Outcome;

/// Body of a webhook.
struct TestWebhook {
  std::string id;
  EventType type = EventType::charge;
  EventResult result = EventResult::success;
  std::int64_t operation = 1;
  PaymentId payment;
  std::string ref;
  Money amount;
  std::string note;
  Instant at;
};
BOOST_DESCRIBE_STRUCT(TestWebhook, (),
                      (id, type, result, operation, payment, ref, amount, note, at))

ProviderResult failed(std::string ref, std::string code) {
  ProviderResult out;
  out.outcome = Outcome::failed;
  out.ref = std::move(ref);
  out.code = std::move(code);
  return out;
}

ProviderResult outcome(Outcome what, std::string ref, std::int64_t amount = 0) {
  ProviderResult out;
  out.outcome = what;
  out.ref = std::move(ref);
  out.amount_minor = amount;
  return out;
}

/// A map that forgets its oldest entries.
template <class Value>
class Remembered {
 public:
  /// The entry of that name, and whether it is new.
  std::pair<Value&, bool> at(const std::string& name) {
    const auto [entry, added] = map_.try_emplace(name);
    if (added) {
      order_.push_back(name);
      if (order_.size() > kRemembered) {
        map_.erase(order_.front());
        order_.pop_front();
      }
    }
    return {entry->second, added};
  }
  const Value* find(const std::string& name) const {
    const auto entry = map_.find(name);
    return entry == map_.end() ? nullptr : &entry->second;
  }

 private:
  std::unordered_map<std::string, Value> map_;
  std::deque<std::string> order_;
};

/// What cannot be read from the ref: decided by the shopper, by time, or by us.
struct Account {
  enum class Action { open, confirmed, refused };
  Action action = Action::open;
  std::optional<Instant> ready;  // token late: success from then on.
  bool cancelled = false;
  std::int64_t refunded = 0;
};

}  // namespace

struct TestProvider::Impl {
  Impl(const Clock& c, TestProviderConfig configuration, WebhookSink s)
      : clock(c), config(std::move(configuration)), sink(std::move(s)) {
    FONDACO_CHECK(config.secret.size() >= 16);
    thread = std::thread([this] { deliver(); });
  }
  ~Impl() {
    {
      const std::lock_guard lock(mutex);
      stop = true;
    }
    changed.notify_all();
    thread.join();
  }

  /// Runs `work` on the provider's thread when the clock reaches `due`. Lock held.
  void later(Instant due, std::function<void()> work) {
    queue.emplace(due, std::move(work));
    changed.notify_all();
  }

  void answer(const Done& done, ProviderResult result) {
    if (config.latency.us == 0) return done(std::move(result));
    const std::lock_guard lock(mutex);
    later(clock.now() + config.latency, [done, result = std::move(result)] { done(result); });
  }

  /// Lock held. An event of one kind and payment always has the same id.
  void tell(const TestRef& ref, EventResult result, Duration delay, std::string note = {}) {
    const std::string digits = to_text(ref.payment).substr(PaymentTag::prefix.size() + 1);
    const TestWebhook event{
        .id = "tev_" + digits + "_" + boost::describe::enum_to_string(result, "unknown"),
        .type = ref.type,
        .result = result,
        .operation = 1,
        .payment = ref.payment,
        .ref = format_ref(ref),
        .amount = ref.amount,
        .note = std::move(note),
        .at = clock.now() + delay};
    later(clock.now() + delay, [this, body = json_of(event)] {
      const std::string signature = sign_body(config.secret, body, clock.now());
      sink({{std::string(kSignatureHeader), signature}}, body);
    });
  }

  /// How the first operation of this payment stands. Lock held.
  ProviderResult state_of(const TestRef& ref, const Account& account) const {
    const std::string text = format_ref(ref);
    const ProviderResult success = outcome(Outcome::succeeded, text, ref.amount.minor);
    switch (ref.script) {
      case Script::approve:
      case Script::duplicate:
      case Script::out_of_order:
      case Script::lost:
        return success;
      case Script::decline:
        return failed(text, "card_declined");
      case Script::unknown_token:
        return failed(text, "unknown_token");
      case Script::late:
        if (account.ready && clock.now() < *account.ready) {
          return outcome(Outcome::processing, text);
        }
        return success;
      case Script::three_d_secure:
        break;
    }
    if (account.action == Account::Action::confirmed) return success;
    if (account.action == Account::Action::refused) return failed(text, "authentication_failed");
    ProviderResult waits = outcome(Outcome::requires_action, text);
    waits.action = config.action_path + text;
    return waits;
  }

  /// What create() says the first time: some tokens do not tell yet. Lock held.
  ProviderResult begin(const TestRef& ref, Account& account) {
    const ProviderResult processing = outcome(Outcome::processing, format_ref(ref));
    switch (ref.script) {
      case Script::late:
        account.ready = clock.now() + config.webhook_delay;
        tell(ref, EventResult::success, config.webhook_delay);
        return processing;
      case Script::duplicate:
        tell(ref, EventResult::success, {});
        tell(ref, EventResult::success, {});
        break;
      case Script::out_of_order:
        tell(ref, EventResult::success, {});
        tell(ref, EventResult::action_required, {});
        return processing;
      case Script::lost:
        return processing;
      case Script::approve:
      case Script::decline:
      case Script::three_d_secure:
      case Script::unknown_token:
        break;
    }
    return state_of(ref, account);
  }

  void deliver() {
    std::unique_lock lock(mutex);
    while (!stop) {
      if (queue.empty()) {
        changed.wait(lock);
        continue;
      }
      const auto next = queue.begin();
      if (next->first > clock.now()) {
        changed.wait_for(lock, kTick);
        continue;
      }
      const auto work = std::move(next->second);
      queue.erase(next);
      busy = true;
      lock.unlock();
      try {
        work();
      } catch (const std::exception& e) {  // The one place of this thread; a webhook may be lost.
        log::warn("payments", "a message of the test provider was not taken",
                  {{"error", e.what()}});
      }
      lock.lock();
      busy = false;
      changed.notify_all();
    }
  }

  const Clock& clock;
  const TestProviderConfig config;
  const WebhookSink sink;
  mutable std::mutex mutex;
  std::condition_variable changed;
  std::multimap<Instant, std::function<void()>> queue;
  Remembered<std::string> keys;        // Idempotency key to the ref (create) it made.
  Remembered<ProviderResult> refunds;  // Idempotency key to the answer it got.
  Remembered<Account> accounts;        // Ref to what happened to it.
  bool stop = false;
  bool busy = false;
  std::thread thread;
};

TestProvider::TestProvider(const Clock& clock, TestProviderConfig config, WebhookSink sink)
    : impl_(std::make_unique<Impl>(clock, std::move(config), std::move(sink))) {}
TestProvider::~TestProvider() = default;

void TestProvider::create(const Intent& intent, Done done) {
  TestRef ref{.script = script_of(intent.token),
              .type = intent.capture ? EventType::charge : EventType::authorization,
              .payment = intent.payment,
              .amount = intent.amount};
  const std::string text = format_ref(ref);
  ProviderResult result;
  {
    const std::lock_guard lock(impl_->mutex);
    const auto [known, fresh] = impl_->keys.at(intent.idempotency_key);
    if (fresh) {
      known = text;
      // A plain approval needs no memory: its ref says it all.
      Account none;
      const bool plain = ref.script == Script::approve;
      result = impl_->begin(ref, plain ? none : impl_->accounts.at(text).first);
    } else if (known != text) {
      result = failed(text, "idempotency_mismatch");
    } else {
      const Account* account = impl_->accounts.find(text);
      result = impl_->state_of(ref, account ? *account : Account());
    }
  }
  impl_->answer(done, std::move(result));
}

void TestProvider::fetch(const Operation& operation, Done done) {
  ProviderResult result;
  result.outcome = Outcome::unknown;
  {
    const std::lock_guard lock(impl_->mutex);
    std::string text = operation.provider_ref;
    if (text.empty()) {
      const auto* known = impl_->keys.find(idempotency_key(operation));
      if (known) text = *known;
    }
    if (const auto ref = parse_ref(text)) {
      const Account* account = impl_->accounts.find(text);
      result = impl_->state_of(*ref, account ? *account : Account());
    }
  }
  impl_->answer(done, std::move(result));
}

void TestProvider::capture(const Operation& operation, Done done) {
  ProviderResult result = failed(operation.provider_ref, "not_authorized");
  {
    const std::lock_guard lock(impl_->mutex);
    const auto ref = parse_ref(operation.provider_ref);
    const Account* account = impl_->accounts.find(operation.provider_ref);
    const Account seen = account ? *account : Account();
    const bool authorized = ref && ref->type == EventType::authorization && !seen.cancelled &&
                            impl_->state_of(*ref, seen).outcome == Outcome::succeeded;
    if (authorized && operation.amount.minor > ref->amount.minor) {
      result.code = "amount_too_large";
    } else if (authorized) {
      result = outcome(Outcome::succeeded, operation.provider_ref, operation.amount.minor);
    }
  }
  impl_->answer(done, std::move(result));
}

void TestProvider::cancel(const Operation& operation, Done done) {
  ProviderResult result = failed(operation.provider_ref, "unknown_payment");
  {
    const std::lock_guard lock(impl_->mutex);
    if (const auto ref = parse_ref(operation.provider_ref)) {
      Account& account = impl_->accounts.at(operation.provider_ref).first;
      const bool taken = impl_->state_of(*ref, account).outcome == Outcome::succeeded &&
                         ref->type == EventType::charge;
      if (taken) {
        result.code = "already_charged";
      } else {
        account.cancelled = true;
        if (account.action == Account::Action::open) account.action = Account::Action::refused;
        result = outcome(Outcome::succeeded, operation.provider_ref, operation.amount.minor);
      }
    }
  }
  impl_->answer(done, std::move(result));
}

void TestProvider::refund(const Operation& operation, Done done) {
  ProviderResult result;
  {
    const std::lock_guard lock(impl_->mutex);
    const auto [known, fresh] = impl_->refunds.at(idempotency_key(operation));
    if (fresh) {
      known = failed(operation.provider_ref, "unknown_payment");
      if (const auto ref = parse_ref(operation.provider_ref)) {
        Account& account = impl_->accounts.at(operation.provider_ref).first;
        if (impl_->state_of(*ref, account).outcome != Outcome::succeeded) {
          known.code = "not_charged";
        } else if (account.refunded + operation.amount.minor > ref->amount.minor) {
          known.code = "amount_too_large";
        } else {
          account.refunded += operation.amount.minor;
          known = outcome(Outcome::succeeded, operation.provider_ref, operation.amount.minor);
        }
      }
    }
    result = known;
  }
  impl_->answer(done, std::move(result));
}

Result<std::vector<ProviderEvent>, WebhookRefusal> TestProvider::webhook(const Headers& headers,
                                                                         std::string_view body) {
  const auto refusal = check_signature(impl_->config.secret, header_of(headers, kSignatureHeader),
                                       body, impl_->clock.now());
  if (refusal) return Refused{*refusal};
  const auto in = read_json<TestWebhook>(body);
  if (!in.ok() || in->id.empty() || in->id.size() > 64 || in->operation < 1 ||
      in->amount.minor < 0 || in->ref.size() > 200) {
    return Refused{WebhookRefusal::malformed};
  }
  const PaymentEvent event{.type = in->type,
                           .result = in->result,
                           .operation = in->operation,
                           .amount_minor = in->amount.minor,
                           .at = in->at,
                           .key = in->id,
                           .note = in->note.substr(0, 500)};
  return std::vector{ProviderEvent{.payment = in->payment, .ref = in->ref, .event = event}};
}

std::optional<TestProvider::Action> TestProvider::action_of(std::string_view ref) const {
  const auto parsed = parse_ref(ref);
  if (!parsed || parsed->script != Script::three_d_secure) return std::nullopt;
  const std::lock_guard lock(impl_->mutex);
  const Account* account = impl_->accounts.find(std::string(ref));
  return Action{.payment = parsed->payment,
                .amount = parsed->amount,
                .open = !account || account->action == Account::Action::open};
}

Result<Unit, TestProvider::ActionRefusal> TestProvider::complete_action(std::string_view ref,
                                                                        bool ok) {
  const auto parsed = parse_ref(ref);
  if (!parsed || parsed->script != Script::three_d_secure) {
    return Refused{ActionRefusal::unknown_ref};
  }
  const auto wanted = ok ? Account::Action::confirmed : Account::Action::refused;
  const std::lock_guard lock(impl_->mutex);
  Account& account = impl_->accounts.at(std::string(ref)).first;
  if (account.action == wanted && !account.cancelled) return Unit{};
  if (account.action != Account::Action::open) return Refused{ActionRefusal::no_action_open};
  account.action = wanted;
  impl_->tell(*parsed, ok ? EventResult::success : EventResult::failure, {},
              ok ? "" : "authentication_failed");
  return Unit{};
}

Headers TestProvider::sign(std::string_view body) const {
  return {
      {std::string(kSignatureHeader), sign_body(impl_->config.secret, body, impl_->clock.now())}};
}

void TestProvider::drain() {
  std::unique_lock lock(impl_->mutex);
  impl_->changed.wait(lock, [&] {
    const bool due = !impl_->queue.empty() && impl_->queue.begin()->first <= impl_->clock.now();
    return !impl_->busy && !due;
  });
}

}  // namespace fondaco::payments
