#include <fondaco/inventory.h>

namespace fondaco::inventory {

std::size_t Availability::index(StockId stock) {
  return (std::hash<StockId>{}(stock) >> 40) % kParts;
}

bool Availability::known_sold_out(StockId stock, std::int64_t wanted) const {
  const auto free = known(stock);
  return free && *free < wanted;
}

std::optional<std::int64_t> Availability::known(StockId stock) const {
  if (size_ == 0) return std::nullopt;
  const Part& p = part(stock);
  const std::scoped_lock lock(p.mutex);
  const auto found = p.rows.find(stock);
  if (found == p.rows.end() || found->second.until <= clock_.now()) return std::nullopt;
  return found->second.available;
}

void Availability::observed(storage::Tx& tx, StockId stock, std::int64_t available) {
  tx.after_commit([this, stock, available] { remember(stock, available); });
}

void Availability::changed(storage::Tx& tx, std::span<const Taking> takings) {
  std::vector<std::pair<StockId, std::int64_t>> deltas;
  deltas.reserve(takings.size());
  for (const Taking& t : takings) {
    deltas.emplace_back(t.stock, t.on_hand_delta - t.reserved_delta);
  }
  tx.after_commit([this, deltas = std::move(deltas)] {
    if (size_ == 0) return;
    for (const auto& [stock, delta] : deltas) add(stock, delta);
  });
}

void Availability::refresh(std::span<const StockId> stocks) {
  if (size_ == 0) return;
  for (const StockId stock : stocks) {
    Part& p = part(stock);
    const std::scoped_lock lock(p.mutex);
    size_ -= p.rows.erase(stock);
  }
}

void Availability::forget_all() {
  for (Part& p : parts_) {
    const std::scoped_lock lock(p.mutex);
    size_ -= p.rows.size();
    p.rows.clear();
  }
}

void Availability::remember(StockId stock, std::int64_t available) {
  const Instant now = clock_.now();
  Part& p = part(stock);
  const std::scoped_lock lock(p.mutex);
  const Entry entry{available, now + limits_.memory};
  if (const auto found = p.rows.find(stock); found != p.rows.end()) {
    found->second = entry;
    return;
  }
  if (p.rows.size() >= limits_.rows / kParts) {
    size_ -= std::erase_if(p.rows, [&](const auto& row) { return row.second.until <= now; });
    if (p.rows.size() >= limits_.rows / kParts) return;  // Then the writer is asked.
  }
  p.rows.emplace(stock, entry);
  ++size_;
}

void Availability::add(StockId stock, std::int64_t delta) {
  Part& p = part(stock);
  const std::scoped_lock lock(p.mutex);
  if (const auto found = p.rows.find(stock); found != p.rows.end()) {
    found->second.available += delta;
  }
}

}  // namespace fondaco::inventory
