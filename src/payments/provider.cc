#include <fondaco/base/check.h>
#include <fondaco/base/log.h>
#include <fondaco/payments/provider.h>

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace fondaco::payments {
namespace {

constexpr std::size_t kNoteBytes = 500;

using Outcome = ProviderResult::Outcome;

/// Answers of providers, collected from whatever threads they come on. Shared with the callbacks,
/// because one may come after we have stopped waiting.
struct Answers {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::optional<ProviderResult>> results;
  std::size_t missing = 0;
};

void ask(PaymentProvider& provider, const Operation& o, Done done) {
  switch (o.type) {
    case EventType::authorization:
      return provider.fetch(o, std::move(done));
    case EventType::refund:
      return provider.refund(o, std::move(done));
    case EventType::cancel:
      return provider.cancel(o, std::move(done));
    case EventType::charge:
      return o.of_authorization ? provider.capture(o, std::move(done))
                                : provider.fetch(o, std::move(done));
  }
}

/// A refund or capture that the provider does not know of stays open: somebody has to look. A
/// charge that never arrived has failed, and may be tried again as another payment.
ProviderResult settled(const Operation& o, ProviderResult result) {
  const bool fetched =
      o.type == EventType::authorization || (o.type == EventType::charge && !o.of_authorization);
  if (result.outcome == Outcome::unknown && fetched) {
    result.outcome = Outcome::failed;
    result.code = "never_sent";
  }
  return result;
}

}  // namespace

NewEvent to_append(const ProviderEvent& event) {
  return {.payment = event.payment, .event = event.event, .provider_ref = event.ref};
}

std::optional<ProviderEvent> answer_of(const Operation& operation, const ProviderResult& result,
                                       Instant at) {
  ProviderEvent out{.payment = operation.payment, .ref = result.ref, .event = {}};
  PaymentEvent& e = out.event;
  e.type = operation.type;
  e.operation = operation.number;
  e.at = at;
  e.key = "a";  // An answer; the same one told twice is the same event.
  e.amount_minor = operation.amount.minor;
  switch (result.outcome) {
    case Outcome::succeeded:
      e.result = EventResult::success;
      e.amount_minor = result.amount_minor;
      return out;
    case Outcome::requires_action:
      e.result = EventResult::action_required;
      e.note = result.action.substr(0, kNoteBytes);
      return out;
    case Outcome::failed:
      e.result = EventResult::failure;
      e.note = result.code.substr(0, kNoteBytes);
      return out;
    case Outcome::processing:
    case Outcome::unknown:
    case Outcome::unreachable:
      return std::nullopt;
  }
  return std::nullopt;
}

void Providers::add(std::unique_ptr<PaymentProvider> provider) {
  FONDACO_CHECK(!find(provider->name()));
  all_.push_back(std::move(provider));
}

PaymentProvider* Providers::find(std::string_view name) const {
  for (const auto& p : all_) {
    if (p->name() == name) return p.get();
  }
  return nullptr;
}

int reconcile(storage::Database& main, const Providers& providers, const EventSink& sink,
              Instant before, int limit, Duration wait) {
  std::vector<Operation> open;
  {
    auto read = main.read();
    open = pending(read, before, limit);
  }
  const auto answers = std::make_shared<Answers>();
  answers->results.resize(open.size());
  for (std::size_t i = 0; i < open.size(); ++i) {
    PaymentProvider* provider = providers.find(open[i].provider);
    if (!provider) {
      log::warn("payments", "a payment waits for a provider that is not configured",
                {{"payment", to_text(open[i].payment)}, {"provider", open[i].provider}});
      continue;
    }
    {
      const std::lock_guard lock(answers->mutex);
      ++answers->missing;
    }
    ask(*provider, open[i], [answers, i](ProviderResult result) {
      const std::lock_guard lock(answers->mutex);
      if (answers->results[i]) return;
      answers->results[i] = std::move(result);
      --answers->missing;
      answers->changed.notify_all();
    });
  }
  std::vector<std::optional<ProviderResult>> results;
  {
    std::unique_lock lock(answers->mutex);
    answers->changed.wait_for(lock, std::chrono::microseconds(wait.us),
                              [&] { return answers->missing == 0; });
    results = answers->results;
  }
  int settled_count = 0;
  for (std::size_t i = 0; i < open.size(); ++i) {
    if (!results[i]) continue;
    main.write([&](storage::Tx& tx) {
      const auto event = answer_of(open[i], settled(open[i], *results[i]), tx.now());
      if (!event) return;
      sink(tx, {&*event, 1});
      settled_count += event->event.result != EventResult::action_required ? 1 : 0;
    });
  }
  return settled_count;
}

}  // namespace fondaco::payments
