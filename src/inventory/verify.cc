#include "lines.h"

#include <algorithm>

namespace fondaco::inventory {
namespace {

constexpr std::size_t kChunk = 1'000'000;  // 24 bytes each.
constexpr std::size_t kMostTold = 1'000;   // Differences of one kind.

// In the order of the key of each engine, so that every page costs what it holds. PostgreSQL's
// answers lie in memory as a whole, and a movement of an import has up to 400 KB of lines.
constexpr storage::Sql kStockAfter{"inventory.verify_stock.batch", R"sql(
  SELECT id, shard, on_hand, reserved FROM inventory_stock WHERE id > $2 AND $1 >= 0
   ORDER BY id LIMIT 10000)sql",
                                   R"sql(
  SELECT id, shard, on_hand, reserved FROM inventory_stock WHERE (shard, id) > ($1, $2)
   ORDER BY shard, id LIMIT 10000)sql"};
constexpr storage::Sql kMovementsAfter{"inventory.verify_movements.batch", R"sql(
  SELECT id, shard, lines FROM inventory_movement WHERE id > $2 AND $1 >= 0
   ORDER BY id LIMIT 10000)sql",
                                       R"sql(
  SELECT id, shard, lines FROM inventory_movement WHERE (shard, id) > ($1, $2)
   ORDER BY shard, id LIMIT 200)sql"};

/// Where a walk over a table stands.
struct Position {
  std::int64_t shard = 0;
  std::int64_t id = 0;
};

/// A stock row less what its movements say: zero when they agree.
struct Rest {
  StockId id;
  std::int64_t on_hand;
  std::int64_t reserved;
};

/// Calls each(row) for the next page; false at the end.
bool page(storage::Read& read, const storage::Sql& sql, Position& at, auto&& each) {
  bool any = false;
  read.each(sql, {at.shard, at.id}, [&](const storage::Row& row) {
    any = true;
    at = {row.integer(1), row.integer(0)};
    each(row);
  });
  return any;
}

std::vector<Rest> next_chunk(storage::Read& read, Position& at) {
  std::vector<Rest> rows;
  while (rows.size() < kChunk) {
    const bool more = page(read, kStockAfter, at, [&](const storage::Row& row) {
      rows.push_back({row.id<StockId>(0), row.integer(2), row.integer(3)});
    });
    if (!more) break;
  }
  std::sort(rows.begin(), rows.end(), [](const Rest& a, const Rest& b) { return a.id < b.id; });
  return rows;
}

class Verification {
 public:
  Verification(storage::Read& read, storage::Findings& findings)
      : read_(read), findings_(findings) {}

  void run() {
    Position at;
    for (bool first = true;; first = false) {
      auto rows = next_chunk(read_, at);
      if (rows.empty() && !first) break;
      stock_rows_ += static_cast<std::int64_t>(rows.size());
      subtract_movements(rows, first);
      tell(rows);
      if (rows.empty()) break;
    }
    if (lines_ != matched_) {
      findings_.differences.push_back({"movement lines with a stock row", "", lines_, matched_});
    }
    findings_.checked["stock_rows"] += stock_rows_;
    findings_.checked["movements"] += movements_;
  }

 private:
  void subtract_movements(std::vector<Rest>& rows, bool first) {
    Position at;
    const auto one = [&](const storage::Row& row) {
      const bool good = each_line(row.text(2), [&](const Taking& t) {
        if (first) ++lines_;
        const auto found = std::lower_bound(rows.begin(), rows.end(), t.stock,
                                            [](const Rest& r, StockId id) { return r.id < id; });
        if (found == rows.end() || found->id != t.stock) return;
        ++matched_;
        found->on_hand -= t.on_hand_delta;
        found->reserved -= t.reserved_delta;
      });
      if (!first) return;
      ++movements_;
      if (!good) add("movement lines that can be read", to_text(row.id<MovementId>(0)), 0, 1);
    };
    while (page(read_, kMovementsAfter, at, one)) {
    }
  }

  void tell(const std::vector<Rest>& rows) {
    std::vector<StockId> wrong;
    for (const Rest& r : rows) {
      if (r.on_hand == 0 && r.reserved == 0) continue;
      if (wrong.size() < kMostTold) wrong.push_back(r.id);
    }
    for (const StockLevel& level : load(read_, wrong)) {
      const auto r = std::lower_bound(rows.begin(), rows.end(), level.id,
                                      [](const Rest& a, StockId id) { return a.id < id; });
      const std::string id = to_text(level.id);
      if (r->on_hand != 0) add("stock on hand", id, level.on_hand - r->on_hand, level.on_hand);
      if (r->reserved != 0) {
        add("stock reserved", id, level.reserved - r->reserved, level.reserved);
      }
    }
  }

  void add(std::string what, std::string id, std::int64_t ledger, std::int64_t balance) {
    if (told_++ >= 2 * kMostTold) return;
    findings_.differences.push_back({std::move(what), std::move(id), ledger, balance});
  }

  storage::Read& read_;
  storage::Findings& findings_;
  std::size_t told_ = 0;
  std::int64_t stock_rows_ = 0;
  std::int64_t movements_ = 0;
  std::int64_t lines_ = 0;
  std::int64_t matched_ = 0;
};

}  // namespace

void verify(storage::Read& read, storage::Findings& findings) {
  Verification(read, findings).run();
}

}  // namespace fondaco::inventory
