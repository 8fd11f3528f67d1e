#include "upkeep.h"

#include "settings.h"

#include <fondaco/base/log.h>
#include <fondaco/http/server.h>
#include <fondaco/orders/annual.h>
#include <fondaco/outreach.h>
#include <fondaco/storage/jobs.h>
#include <fondaco/webhooks.h>

#include <algorithm>

namespace fondaco::server {
namespace {

/// Repeats a bounded deletion until nothing is left, each piece a use case of its own.
template <class F>
void until_none_left(storage::Store& store, F&& delete_some) {
  while (store.main().write(delete_some) > 0) {
  }
}

}  // namespace

Upkeep::Upkeep(Parts parts) : parts_(parts) {
  using std::chrono::seconds;
  Parts& p = parts_;
  add("payments", seconds(15), [&p] {
    const Instant before = p.store.clock().now() - minutes(1);
    payments::reconcile(
        p.store.main(), p.providers,
        [&p](storage::Tx& tx, auto events) { p.checkout.on_provider_events(tx, events); }, before);
    p.checkout.settle_refunds();
  });
  add("annual fees", seconds(6 * 3600), [&p] {
    const int year = std::stoi(format_date(p.store.clock().now()).substr(0, 4));
    orders::run_year(p.store, p.accounts, year - 1, "upkeep");
  });
  add("search", seconds(30), [&p] { p.search.compact(); });
  add("erasures", seconds(600), [&p] { p.shoppers.finish_erasures(); });
  add("answers", seconds(600),
      [&p] { until_none_left(p.store, [](storage::Tx& tx) { return http::purge(tx); }); });
  add("jobs", seconds(3600), [&p] {
    const Instant until = p.store.clock().now() - days(p.settings.integer(kJobDays));
    until_none_left(p.store, [until](storage::Tx& tx) { return storage::purge_jobs(tx, until); });
  });
  add("events", seconds(3600), [&p] {
    p.store.outbox().retain(p.store.clock().now() - days(p.settings.integer(kEventDays)));
  });
  add("webhooks", seconds(3600), [&p] {
    const Instant until = p.store.clock().now() - days(p.settings.integer(kWebhookDays));
    until_none_left(p.store, [until](storage::Tx& tx) { return webhooks::purge(tx, until); });
  });
  add("mails", seconds(3600), [&p] {
    const Instant until = p.store.clock().now() - days(p.settings.integer(kMailDays));
    until_none_left(p.store, [until](storage::Tx& tx) { return outreach::purge(tx, until); });
  });
  add("blobs", seconds(3600), [&p] { p.blobs.collect(hours(p.settings.integer(kBlobHours))); });
}

Upkeep::~Upkeep() { stop(); }

void Upkeep::add(std::string name, std::chrono::seconds every, std::function<void()> run) {
  tasks_.push_back({std::move(name), every, std::move(run), Time::now() + every});
}

void Upkeep::start() {
  thread_ = std::thread([this] { loop(); });
}

void Upkeep::stop() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Upkeep::loop() {
  for (;;) {
    const auto next = std::min_element(
        tasks_.begin(), tasks_.end(), [](const auto& a, const auto& b) { return a.next < b.next; });
    {
      std::unique_lock lock(mutex_);
      wake_.wait_until(lock, next->next, [this] { return stopping_; });
      if (stopping_) return;
    }
    try {
      next->run();
    } catch (const std::exception& e) {
      log::error("upkeep", "a task failed", {{"task", next->name}, {"why", e.what()}});
    }
    next->next = Time::now() + next->every;
  }
}

}  // namespace fondaco::server
