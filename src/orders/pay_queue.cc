#include "pay_queue.h"

#include <fondaco/base/log.h>

namespace fondaco::orders {

PayQueue::PayQueue(storage::Store& store, payments::Providers& providers, SettleBatch& settle)
    : store_(store), providers_(providers), settle_(settle), thread_([this] { loop(); }) {}

void PayQueue::stop() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void PayQueue::push(std::function<void()> work) {
  {
    const std::scoped_lock lock(mutex_);
    queue_.push_back(std::move(work));
  }
  wake_.notify_one();
}

void PayQueue::loop() {
  std::vector<std::function<void()>> mine;
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
      if (queue_.empty()) return;
      mine.swap(queue_);
    }
    for (const auto& work : mine) {
      try {
        work();
      } catch (const std::exception& e) {
        log::error("orders", "a payment provider failed", {{"why", e.what()}});
      }
    }
    mine.clear();
  }
}

void PayQueue::charge(std::string provider, payments::Intent intent,
                      std::function<void(ChargeEnd)> end) {
  payments::Operation op;
  op.payment = intent.payment;
  op.group = intent.group;
  op.provider = std::move(provider);
  op.type = payments::EventType::charge;
  op.number = 1;
  op.amount = intent.amount;
  op.since = store_.clock().now();
  intent.idempotency_key = payments::idempotency_key(op);
  push([this, op, intent = std::move(intent), end = std::move(end)] {
    payments::PaymentProvider* p = providers_.find(op.provider);
    try {
      p->create(intent, [this, op, end](const payments::ProviderResult& result) {
        answered(op, result, end);
      });
    } catch (const std::exception& e) {
      // The order waits; reconcile() asks the provider again.
      log::warn("orders", "a charge got no answer", {{"why", e.what()}});
      end({});
    }
  });
}

void PayQueue::answered(const payments::Operation& operation,
                        const payments::ProviderResult& result,
                        std::function<void(ChargeEnd)> end) {
  using Answer = payments::ProviderResult::Outcome;
  ChargeEnd said;
  said.captured = result.outcome == Answer::succeeded;
  said.failed = result.outcome == Answer::failed;
  said.code = result.code;
  said.action = result.action;
  const auto event = payments::answer_of(operation, result, store_.clock().now());
  if (!event) {
    if (end) end(said);
    return;
  }
  auto item = std::make_shared<SettleItem>();
  item->events.push_back(*event);
  store_.main().writer().submit_batch(settle_, item.get(),
                                      [item, said, end = std::move(end)](std::exception_ptr error) {
                                        // Not durable means not answered: the order stays waiting
                                        // until reconcile() settles it.
                                        if (end) end(error ? ChargeEnd{} : said);
                                      });
}

void PayQueue::refund(Refunds refunds) {
  for (payments::Operation& op : refunds.operations) {
    push([this, op] {
      payments::PaymentProvider* p = providers_.find(op.provider);
      if (!p) return;
      p->refund(op, [this, op](const payments::ProviderResult& result) {
        answered(op, result, nullptr);
      });
    });
  }
}

}  // namespace fondaco::orders
