// Payments to test with. Private to the tests of this folder.
#pragma once

#include <fondaco/payments.h>
#include <fondaco/storage/testing.h>

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace fondaco::payments {

inline Money eur(std::int64_t minor) { return {minor, Currency::of("EUR")}; }

class PaymentsTest : public testing::TestWithParam<storage::Engine> {
 protected:
  explicit PaymentsTest(std::vector<storage::Migration> more = {})
      : store_(GetParam(), storage::join({storage::migrations(), migrations(), more})) {}

  storage::Database& main() { return store_->main(); }
  template <class F>
  auto write(F&& f) {
    return main().write(std::forward<F>(f));
  }
  Instant now() { return store_.clock().now(); }

  /// A payment whose charge was asked.
  PaymentId asked(Money amount, std::string provider = "test", std::string ref = {}) {
    const NewPayment p{.id = store_->ids().next<PaymentId>(7),
                       .group = OrderGroupId{99},
                       .provider = std::move(provider),
                       .method = "test",
                       .amount = amount,
                       .provider_ref = std::move(ref),
                       .events = {request_of(EventType::charge, amount, now())}};
    write([&](storage::Tx& tx) { record(tx, {&p, 1}); });
    return p.id;
  }
  Appended heard(PaymentId id, PaymentEvent event, std::string ref = {}) {
    const NewEvent e{id, std::move(event), std::move(ref)};
    return write([&](storage::Tx& tx) { return append_events(tx, {&e, 1})[0]; });
  }
  PaymentId captured(Money amount, std::string provider = "test", std::string ref = {}) {
    const PaymentId id = asked(amount, std::move(provider), std::move(ref));
    heard(id, charged(amount, now(), "evt_1"));
    return id;
  }
  Payment stored(PaymentId id) {
    auto read = main().read();
    return find(read, id).value();
  }
  std::vector<Operation> open_before(Instant t) {
    auto read = main().read();
    return pending(read, t, 100);
  }
  storage::Findings verified() {
    auto read = main().read();
    storage::Findings findings;
    verify(read, findings);
    return findings;
  }
  std::vector<storage::StoredEvent> events() {
    return store_->outbox().after(store_->outbox().node(), 0, 1'000);
  }

  storage::TestStore store_;
};

}  // namespace fondaco::payments
