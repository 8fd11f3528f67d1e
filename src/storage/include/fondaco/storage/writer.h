// The one writer: many use cases per commit, one fsync per batch. Depends on tx.h.
// No timer: it takes all that is queued, commits, answers, repeats. After a failed sync it
// refuses further writes; a full disk fails the use cases of that batch and writing goes on.
#pragma once

#include <fondaco/storage/tx.h>

#include <exception>
#include <functional>
#include <future>
#include <optional>
#include <span>
#include <string_view>

namespace fondaco::storage {

/// A hot path that decides for many items at once. Everything queued for the same command
/// object is passed in arrival order. On any exception the whole transaction is rolled back and
/// run() is called again with one item at a time, each in its own savepoint.
class BatchCommand {
 public:
  virtual ~BatchCommand() = default;
  virtual std::string_view name() const = 0;
  /// Items are what was submitted. Refusals are written into the items, not thrown. It must be
  /// able to run again with the same items after a roll back.
  virtual void run(Tx& tx, std::span<void* const> items) = 0;
};

class Writer {
 public:
  using Command = std::function<void(Tx&)>;
  /// Called once on the writer's thread, after the commit has returned (null) or with what went
  /// wrong. Must be quick and must not throw.
  using Done = std::function<void(std::exception_ptr)>;

  virtual ~Writer() = default;
  virtual void submit(Command command, Done done) = 0;
  /// The item must live until done.
  virtual void submit_batch(BatchCommand& command, void* item, Done done) = 0;

  /// Waits for the commit; returns what the use case returned. Not from the writer's thread.
  template <class F>
  auto run(F&& f) -> decltype(f(std::declval<Tx&>())) {
    using R = decltype(f(std::declval<Tx&>()));
    std::promise<void> committed;
    if constexpr (std::is_void_v<R>) {
      submit([&](Tx& tx) { f(tx); }, [&](std::exception_ptr e) { settle(committed, e); });
      committed.get_future().get();
    } else {
      std::optional<R> out;
      submit([&](Tx& tx) { out.emplace(f(tx)); },
             [&](std::exception_ptr e) { settle(committed, e); });
      committed.get_future().get();
      return std::move(*out);
    }
  }
  void run_batch(BatchCommand& command, void* item) {
    std::promise<void> committed;
    submit_batch(command, item, [&](std::exception_ptr e) { settle(committed, e); });
    committed.get_future().get();
  }

  struct Stats {
    std::int64_t commits = 0;
    std::int64_t commands = 0;
    std::int64_t queued = 0;
    std::int64_t one_by_one = 0;  // Batches that had to be repeated singly.
    bool poisoned = false;
  };
  virtual Stats stats() const = 0;

 private:
  static void settle(std::promise<void>& p, std::exception_ptr e) {
    if (e) {
      p.set_exception(e);
    } else {
      p.set_value();
    }
  }
};

}  // namespace fondaco::storage
