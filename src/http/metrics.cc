#include <fondaco/base/check.h>
#include <fondaco/base/product.h>
#include <fondaco/http/server.h>

#include "stats.h"

#include <map>
#include <mutex>

namespace fondaco::http {
namespace {

constexpr double kBounds[] = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                              0.25,  0.5,    1,     2.5,  5,     10,   30};
constexpr std::size_t kBuckets = std::size(kBounds) + 1;
constexpr std::size_t kSeriesMax = 1000;  // Of one family: labels are bounded sets.

enum class Kind { counter, gauge, histogram };

struct Histogram {
  std::int64_t buckets[kBuckets] = {};
  double sum = 0;
};

struct Family {
  Kind kind = Kind::counter;
  std::string help;
  std::map<std::string, std::int64_t> counters;
  std::map<std::string, double> gauges;
  std::map<std::string, Histogram> histograms;
};

std::string braces(const std::string& labels) {
  return labels.empty() ? std::string() : '{' + labels + '}';
}

void render_histogram(std::string& out, const std::string& name, const std::string& labels,
                      const Histogram& h) {
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < kBuckets; ++i) {
    sum += h.buckets[i];
    out += name + "_bucket{" + labels + (labels.empty() ? "le=\"" : ",le=\"");
    if (i + 1 < kBuckets) {
      append_number(out, kBounds[i]);
    } else {
      out += "+Inf";
    }
    out += "\"} " + std::to_string(sum) + '\n';
  }
  out += name + "_sum" + braces(labels) + ' ';
  append_number(out, h.sum);
  out += '\n' + name + "_count" + braces(labels) + ' ' + std::to_string(sum) + '\n';
}

void render(std::string& out, const std::string& name, const Family& f) {
  const char* type = f.kind == Kind::counter ? "counter"
                     : f.kind == Kind::gauge ? "gauge"
                                             : "histogram";
  out += "# HELP " + name + ' ' + f.help + "\n# TYPE " + name + ' ' + type + '\n';
  for (const auto& [labels, n] : f.counters) {
    out += name + braces(labels) + ' ' + std::to_string(n) + '\n';
  }
  for (const auto& [labels, value] : f.gauges) {
    out += name + braces(labels) + ' ';
    append_number(out, value);
    out += '\n';
  }
  for (const auto& [labels, h] : f.histograms) render_histogram(out, name, labels, h);
}

}  // namespace

struct Metrics::Impl {
  std::mutex mutex;
  std::map<std::string, Family, std::less<>> families;

  Family& family(std::string_view name, std::string_view help, Kind kind) {
    std::string full(product::kMetricPrefix);
    full += name;
    if (kind == Kind::counter && !name.ends_with("_total")) full += "_total";
    auto& f = families[full];
    if (f.help.empty()) {
      f.help = help;
      f.kind = kind;
    }
    FONDACO_CHECK(f.kind == kind);
    const auto series = f.counters.size() + f.gauges.size() + f.histograms.size();
    FONDACO_CHECK(series < kSeriesMax);  // Somebody has put an id into a label.
    return f;
  }
};

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {}

Metrics& Metrics::global() {
  // Never destroyed: threads that end late may still count.
  static Metrics& metrics = *new Metrics();
  return metrics;
}

void Metrics::add(std::string_view name, std::string_view help, std::string_view labels,
                  std::int64_t by) {
  const std::lock_guard lock(impl_->mutex);
  impl_->family(name, help, Kind::counter).counters[std::string(labels)] += by;
}

void Metrics::set(std::string_view name, std::string_view help, std::string_view labels,
                  double value) {
  const std::lock_guard lock(impl_->mutex);
  impl_->family(name, help, Kind::gauge).gauges[std::string(labels)] = value;
}

void Metrics::observe(std::string_view name, std::string_view help, std::string_view labels,
                      double seconds) {
  const std::lock_guard lock(impl_->mutex);
  auto& h = impl_->family(name, help, Kind::histogram).histograms[std::string(labels)];
  std::size_t i = 0;
  while (i + 1 < kBuckets && seconds > kBounds[i]) ++i;
  ++h.buckets[i];
  h.sum += seconds;
}

std::string Metrics::text() const {
  const std::lock_guard lock(impl_->mutex);
  std::string out;
  for (const auto& [name, f] : impl_->families) render(out, name, f);
  return out;
}

}  // namespace fondaco::http
