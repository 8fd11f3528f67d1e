#include "stats.h"

#include <algorithm>
#include <charconv>

namespace fondaco::http {

void append_number(std::string& out, double value) {
  char digits[32];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  out.append(digits, end);
}

void RouteStats::observe(int status, std::int64_t us) {
  auto& series = by_class_[static_cast<std::size_t>(std::clamp(status / 100, 1, 5) - 1)];
  const auto bound = std::lower_bound(kBoundsUs.begin(), kBoundsUs.end(), us);
  const auto bucket = static_cast<std::size_t>(bound - kBoundsUs.begin());
  series.buckets[bucket].fetch_add(1, std::memory_order_relaxed);
  series.sum_us.fetch_add(us, std::memory_order_relaxed);
}

void RouteStats::render(std::string& out, std::string_view name, std::string_view labels) const {
  for (std::size_t c = 0; c < by_class_.size(); ++c) {
    const auto& series = by_class_[c];
    std::int64_t total = 0;
    for (const auto& b : series.buckets) total += b.load(std::memory_order_relaxed);
    if (total == 0) continue;
    const std::string all = std::string(labels) + ",status=\"" + std::to_string(c + 1) + "xx\"";
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < series.buckets.size(); ++i) {
      sum += series.buckets[i].load(std::memory_order_relaxed);
      out.append(name).append("_bucket{").append(all).append(",le=\"");
      if (i < kBoundsUs.size()) {
        append_number(out, static_cast<double>(kBoundsUs[i]) / 1e6);
      } else {
        out += "+Inf";
        sum = std::max(sum, total);
      }
      out.append("\"} ").append(std::to_string(sum)).append("\n");
    }
    out.append(name).append("_sum{").append(all).append("} ");
    append_number(out, static_cast<double>(series.sum_us.load(std::memory_order_relaxed)) / 1e6);
    out.append("\n").append(name).append("_count{").append(all).append("} ");
    out.append(std::to_string(sum)).append("\n");
  }
}

}  // namespace fondaco::http
