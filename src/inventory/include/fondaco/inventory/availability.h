// Availability: which rows are known to be sold out, so that a rush is refused before the
// writer's queue. Depends on base and storage's Tx.
// It may only err towards asking the writer: what it knows was true at a commit of this process,
// follows each later commit here, is forgotten when another process moved the row, and in any
// case after `memory`.
#pragma once

#include <fondaco/base/ids.h>
#include <fondaco/storage/tx.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <unordered_map>

namespace fondaco::inventory {

struct Taking;

/// Thread-safe. Cost of a question: one hash look-up under a lock of 1/16 of the rows.
class Availability {
 public:
  struct Limits {
    std::size_t rows = 65'536;     // Beyond it new rows are not remembered.
    Duration memory = seconds(1);  // By `clock`.
  };
  explicit Availability(const Clock& clock) : Availability(clock, Limits{}) {}
  Availability(const Clock& clock, Limits limits) : clock_(clock), limits_(limits) {}

  /// True when it is certain that fewer than `wanted` units were free a moment ago.
  bool known_sold_out(StockId stock, std::int64_t wanted) const;
  /// What is known to be free; nothing when nothing is known.
  std::optional<std::int64_t> known(StockId stock) const;

  /// Called where a use case has refused a buyer, or taken the last unit: `available` is what is
  /// free after this transaction, so call it after apply(). Remembered after the commit of `tx`.
  /// Never for rows that may be oversold.
  void observed(storage::Tx& tx, StockId stock, std::int64_t available);
  /// Rows changed by these deltas; follows after the commit of `tx`. inventory::apply() calls it.
  void changed(storage::Tx& tx, std::span<const Taking> takings);
  /// Forgets the rows: another process moved them.
  void refresh(std::span<const StockId> stocks);
  void forget_all();

  std::size_t size() const { return size_; }

 private:
  struct Entry {
    std::int64_t available;
    Instant until;
  };
  static constexpr std::size_t kParts = 16;
  struct Part {
    mutable std::mutex mutex;
    std::unordered_map<StockId, Entry> rows;
  };
  Part& part(StockId stock) { return parts_[index(stock)]; }
  const Part& part(StockId stock) const { return parts_[index(stock)]; }
  static std::size_t index(StockId stock);
  void remember(StockId stock, std::int64_t available);
  void add(StockId stock, std::int64_t delta);

  const Clock& clock_;
  const Limits limits_;
  std::array<Part, kParts> parts_;
  std::atomic<std::size_t> size_{0};
};

}  // namespace fondaco::inventory
