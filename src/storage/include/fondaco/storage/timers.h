// Timers: one table, loaded ahead into a heap; a million open ones cost nothing until due.
// Depends on tx.h. tx.schedule() sets one; firing is a use case that re-checks state.
#pragma once

#include <fondaco/storage/tx.h>

#include <functional>
#include <string>

namespace fondaco::storage {

struct Timer {
  std::int64_t id = 0;
  std::string kind;
  Instant due;
  std::int64_t ref = 0;  // What it is about; the handler looks at its state.
};

class Timers {
 public:
  using Handler = std::function<void(Tx&, const Timer&)>;
  virtual ~Timers() = default;
  /// Before Store::start(). The row is deleted in the same transaction.
  virtual void handle(std::string kind, Handler handler) = 0;
  virtual void cancel(Tx& tx, std::int64_t id) = 0;
  /// Fires everything due by the store's clock and waits for it (tests, --test-clock).
  virtual void run_due() = 0;
  virtual std::int64_t open_count() = 0;
};

}  // namespace fondaco::storage
