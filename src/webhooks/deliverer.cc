#include "rows.h"

#include <fondaco/base/log.h>
#include <fondaco/base/text.h>
#include <fondaco/webhooks/deliverer.h>
#include <fondaco/webhooks/envelope.h>
#include <fondaco/webhooks/post.h>
#include <fondaco/webhooks/sign.h>

#include <algorithm>
#include <array>
#include <chrono>

namespace fondaco::webhooks {
namespace {

constexpr auto kPoll = std::chrono::milliseconds(500);
constexpr Duration kLease = seconds(60);
constexpr int kAtOnce = 2;  // Requests to one healthy endpoint.
constexpr Duration kRestMost = seconds(64);

constexpr auto kPauses =
    std::to_array<Duration>({seconds(5), minutes(5), minutes(30), hours(2), hours(5), hours(10),
                             hours(14), hours(20), hours(24)});

constexpr storage::Sql kDue{"webhooks.due", R"sql(
  SELECT id, endpoint_id, node, seq, type, entity, state, behind, next_at, attempts, status,
         created_at, ended_at
    FROM webhooks_delivery
   WHERE shard = $1 AND endpoint_id = $2 AND open = 1 AND behind = 0 AND next_at <= $3 AND
         lease_until < $4
   ORDER BY next_at, id LIMIT 1)sql"};

constexpr storage::Sql kClaim{"webhooks.claim", R"sql(
  UPDATE webhooks_delivery SET lease_until = $3
   WHERE shard = $1 AND id = $2 AND open = 1 AND behind = 0 AND lease_until < $4)sql"};

constexpr storage::Sql kRelease{"webhooks.release", R"sql(
  UPDATE webhooks_delivery SET lease_until = 0 WHERE shard = $1 AND id = $2)sql"};

// Of a process that was killed; on SQLite there is no other one.
constexpr storage::Sql kOrphans{"webhooks.orphans", R"sql(
  UPDATE webhooks_delivery SET lease_until = 0 WHERE open = 1 AND lease_until > 0)sql"};

constexpr storage::Sql kSettle{"webhooks.settle", R"sql(
  UPDATE webhooks_delivery SET state = $4, open = $5, next_at = $6, lease_until = 0,
         attempts = attempts + 1, status = $7, ended_at = $8
   WHERE shard = $1 AND id = $2 AND open = 1 AND attempts = $3)sql"};

constexpr storage::Sql kAttempt{"webhooks.add_attempt", R"sql(
  INSERT INTO webhooks_attempt (shard, id, delivery_id, at, status, latency_us, error, answer)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8))sql"};

constexpr storage::Sql kGone{"webhooks.endpoint_gone", R"sql(
  UPDATE webhooks_endpoint SET state = 3, version = version + 1
   WHERE shard = $1 AND id = $2 AND state = 1)sql"};

Instant wall() { return SystemClock().now(); }  // Leases are about processes, so real time.

bool is_good(int status) { return status >= 200 && status < 300; }

/// What a receiver said, as text that both engines store.
std::string printable(std::string_view body) {
  std::string out;
  each_code_point(body, [&](std::uint32_t c) {
    if (c >= 0x20 || c == '\n' || c == '\t') append_utf8(out, c);
  });
  return out;
}

}  // namespace

std::optional<Duration> pause_after(std::int64_t failures) {
  if (failures < 1 || failures > static_cast<std::int64_t>(kPauses.size())) return std::nullopt;
  return kPauses[static_cast<std::size_t>(failures - 1)];
}

Deliverer::Deliverer(Parts parts) : parts_(std::move(parts)) {}

Deliverer::~Deliverer() { stop(); }

void Deliverer::subscribe() {
  parts_.store.outbox().once("webhooks", {}, parts_.store.main(),
                             [this](storage::Tx& tx, auto events) {
                               fan_out(tx, events);
                               tx.after_commit([this] { wake(); });
                             });
}

void Deliverer::start() {
  if (parts_.store.engine() == storage::Engine::sqlite) {
    parts_.store.main().write([](storage::Tx& tx) { tx.exec(kOrphans, {}); });
  }
  for (int i = 0; i < parts_.threads; ++i) threads_.emplace_back([this] { loop(); });
}

void Deliverer::stop() {
  stopping_ = true;
  {
    const std::scoped_lock lock(wake_mutex_);
    ++work_;
  }
  wake_.notify_all();
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

void Deliverer::wake() {
  {
    const std::scoped_lock lock(wake_mutex_);
    ++work_;
  }
  wake_.notify_all();
}

void Deliverer::loop() {
  while (!stopping_) {
    std::uint64_t seen = 0;
    {
      const std::scoped_lock lock(wake_mutex_);
      seen = work_;
    }
    try {
      if (const auto claimed = claim(true)) {
        deliver(*claimed);
        continue;
      }
    } catch (const std::exception& e) {
      log::error("webhooks", "a delivery broke off", {{"why", e.what()}});
    }
    std::unique_lock lock(wake_mutex_);
    wake_.wait_for(lock, kPoll, [&] { return stopping_ || work_ != seen; });
  }
}

int Deliverer::run_due() {
  int made = 0;
  for (;;) {
    while (const auto claimed = claim(false)) {
      deliver(*claimed);
      ++made;
    }
    // What the thread has taken a moment ago is due too, and what comes behind it.
    std::unique_lock lock(claim_mutex_);
    if (in_flight_ == 0) return made;
    landed_.wait(lock, [this] { return in_flight_ == 0; });
  }
}

std::optional<Deliverer::Claimed> Deliverer::claim(bool patient) {
  const std::scoped_lock lock(claim_mutex_);
  auto endpoints = active_endpoints(*parts_.store.main().read());
  // In turns: the one behind the last one first.
  std::stable_partition(endpoints.begin(), endpoints.end(),
                        [this](const Endpoint& e) { return e.id.value > last_; });
  const Instant now = parts_.store.clock().now();
  for (auto& endpoint : endpoints) {
    Health& health = health_[endpoint.id.value];
    const int most = health.failures > 0 ? 1 : kAtOnce;
    if (patient && (health.in_flight >= most || now < health.rest_until)) continue;
    if (auto delivery = claim_of(endpoint)) {
      ++health.in_flight;
      ++in_flight_;
      last_ = endpoint.id.value;
      return Claimed{std::move(*delivery), std::move(endpoint)};
    }
  }
  return std::nullopt;
}

std::optional<Delivery> Deliverer::claim_of(const Endpoint& endpoint) {
  const std::int64_t shard = endpoint.id.shard();
  const Instant now = parts_.store.clock().now();
  auto due =
      parts_.store.main().read()->first(kDue, {shard, endpoint.id, now, wall()}, delivery_from);
  if (!due) return std::nullopt;
  const auto rows = parts_.store.main().write(
      [&](storage::Tx& tx) { return tx.exec(kClaim, {shard, due->id, wall() + kLease, wall()}); });
  return rows == 1 ? due : std::nullopt;
}

void Deliverer::deliver(const Claimed& claimed) {
  Answer answer;
  try {
    answer = send(claimed);
    settle(claimed, answer);
  } catch (...) {
    remember(claimed, answer);  // Its lease ends, then it is tried again.
    throw;
  }
  remember(claimed, answer);
}

Answer Deliverer::send(const Claimed& claimed) {
  const Delivery& d = claimed.delivery;
  const Endpoint& e = claimed.endpoint;
  const auto event = find_event(parts_.store, {d.node, d.seq});
  if (!event) return {.error = "the event is no longer kept"};
  const Instant now = parts_.store.clock().now();
  std::vector<std::string> secrets;
  if (auto secret = parts_.keyring.open(e.key, e.secret)) secrets.push_back(std::move(*secret));
  if (!e.old_secret.empty() && now < e.old_until) {
    if (auto old = parts_.keyring.open(e.key, e.old_secret)) secrets.push_back(std::move(*old));
  }
  if (secrets.empty()) return {.error = "the secret cannot be opened"};
  Post what;
  what.url = e.url;
  what.body = cloud_event(*event);
  const Signed s = sign(secrets, event_id({d.node, d.seq}), now, what.body);
  what.headers = {{"Content-Type", "application/cloudevents+json; charset=utf-8"},
                  {"User-Agent", parts_.user_agent},
                  {"webhook-id", s.id},
                  {"webhook-timestamp", s.timestamp},
                  {"webhook-signature", s.signature}};
  what.time_out = parts_.time_out;
  what.private_addresses = parts_.private_addresses && parts_.private_addresses();
  what.stop = &stopping_;
  return post(what);
}

void Deliverer::settle(const Claimed& claimed, const Answer& answer) {
  const Delivery& d = claimed.delivery;
  parts_.store.main().write([&](storage::Tx& tx) {
    if (answer.stopped) {
      tx.exec(kRelease, {d.id.shard(), d.id});
      return;
    }
    tx.act_as("webhooks");
    const std::int64_t failures = d.attempts + 1;
    const bool good = is_good(answer.status);
    const bool gone = answer.status == 410;
    const auto pause = pause_after(failures);
    const bool open = !good && (gone || pause);
    Instant next = tx.now();
    if (open && pause && !gone) {
      const auto jitter = static_cast<std::uint64_t>(pause->us / 10);
      next = next + *pause + Duration{static_cast<std::int64_t>(tx.random().below(jitter))};
    }
    const auto state = good   ? DeliveryState::delivered
                       : open ? DeliveryState::waiting
                              : DeliveryState::failed;
    const auto rows = tx.exec(kSettle, {d.id.shard(), d.id, d.attempts, state, open, next,
                                        answer.status, open ? Instant{} : tx.now()});
    if (rows == 0) return;  // Removed meanwhile, or sent by another process too.
    const auto id = tx.next_id<DeliveryId>(d.id.shard());
    tx.exec(kAttempt, {id.shard(), id, d.id, tx.now(), answer.status, answer.latency, answer.error,
                       printable(answer.body)});
    if (!open) let_next(tx, d);
    if (gone && tx.exec(kGone, {d.endpoint.shard(), d.endpoint}) == 1) {
      announce(tx, *find_endpoint(tx, d.endpoint), "gone");
    }
  });
}

void Deliverer::remember(const Claimed& claimed, const Answer& answer) {
  const std::scoped_lock lock(claim_mutex_);
  Health& health = health_[claimed.endpoint.id.value];
  --health.in_flight;
  if (--in_flight_ == 0) landed_.notify_all();
  if (answer.stopped) return;
  if (is_good(answer.status)) {
    health = {health.in_flight, 0, {}};
    return;
  }
  health.failures = std::min(health.failures + 1, 6);
  const Duration rest = std::min(seconds(std::int64_t{1} << health.failures), kRestMost);
  health.rest_until = parts_.store.clock().now() + rest;
}

}  // namespace fondaco::webhooks
