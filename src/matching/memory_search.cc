#include "build.h"
#include "collect.h"
#include "match.h"
#include "segment.h"
#include "values.h"

#include <fondaco/base/check.h>
#include <fondaco/matching.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <unordered_map>
#include <unordered_set>

namespace fondaco::matching {
namespace {

constexpr std::size_t kTierFactor = 8;            // So many segments of one size are merged.
constexpr std::uint32_t kMergeAtOnceMax = 4'096;  // Documents an updater merges by itself.
constexpr std::size_t kLoadChunk = 16'384;        // Documents built into one segment.

/// Views being changed; nobody else sees them yet.
class Draft {
 public:
  explicit Draft(std::vector<View> views) : views_(std::move(views)) {}
  std::vector<View>& views() { return views_; }

  /// The view and number of the live document.
  bool find(ProductId product, std::size_t& view, std::uint32_t& document) const {
    for (view = views_.size(); view-- > 0;) {
      const auto d = views_[view].segment->find(product);
      if (!d || !views_[view].live->test(*d)) continue;
      document = *d;
      return true;
    }
    return false;
  }
  bool kill(ProductId product) {
    std::size_t view = 0;
    std::uint32_t document = 0;
    if (!find(product, view, document)) return false;
    own(views_[view].live).set(document, false);
    --views_[view].live_count;
    return true;
  }
  bool set_in_stock(ProductId product, bool in_stock) {
    std::size_t view = 0;
    std::uint32_t document = 0;
    if (!find(product, view, document)) return false;
    if (views_[view].in_stock->test(document) != in_stock) {
      own(views_[view].in_stock).set(document, in_stock);
    }
    return true;
  }

 private:
  /// A copy at the first change, the same copy afterwards.
  Bits& own(std::shared_ptr<const Bits>& shared) {
    const auto known = owned_.find(shared.get());
    if (known != owned_.end()) return *known->second;
    auto copy = std::make_shared<Bits>(*shared);
    owned_.emplace(copy.get(), copy.get());
    shared = copy;
    return *copy;
  }
  std::vector<View> views_;
  std::unordered_map<const Bits*, Bits*> owned_;
};

int tier_of(const View& view) {
  int tier = 0;
  for (std::size_t n = view.live_count; n >= kTierFactor; n /= kTierFactor) ++tier;
  return tier;
}

Currency commonest_currency(const std::vector<View>& views) {
  std::map<std::uint16_t, std::size_t> counts;
  for (const auto& view : views) {
    for (const auto& [currency, n] : view.segment->documents_priced) counts[currency] += n;
  }
  std::pair<std::size_t, Currency> best;
  for (const auto& [currency, n] : counts) {
    if (n > best.first) best = {n, unpack_currency(currency)};
  }
  return best.second;
}

/// Merges where many small views of one size are, and forgets empty ones; not before `first`.
void merge_small(std::vector<View>& views, std::size_t first) {
  const auto begin = [&] { return views.begin() + static_cast<std::ptrdiff_t>(first); };
  const auto empty = [](const View& v) { return v.live_count == 0; };
  views.erase(std::remove_if(begin(), views.end(), empty), views.end());
  for (int tier = 0;; ++tier) {
    const auto others = [&](const View& v) { return tier_of(v) != tier; };
    const auto alike = std::stable_partition(begin(), views.end(), others);
    std::size_t documents = 0;
    for (auto v = alike; v != views.end(); ++v) documents += v->live_count;
    if (documents > kMergeAtOnceMax || tier_of({{}, {}, {}, kMergeAtOnceMax}) < tier) return;
    if (static_cast<std::size_t>(views.end() - alike) < kTierFactor) continue;
    View merged = merge_views({alike, views.end()});
    views.erase(alike, views.end());
    views.push_back(std::move(merged));
  }
}

/// Where the views worth merging begin, largest views first; their number when none is.
std::size_t worth_merging(const std::vector<View>& views) {
  std::size_t after = 0;
  std::size_t first = views.size();
  for (std::size_t i = views.size(); i-- > 0;) {
    const std::size_t all = views[i].segment->documents();
    const std::size_t dead = all - views[i].live_count;
    if (after * 4 >= all || dead * 4 > all) first = i;
    after += all;
  }
  return first;
}

/// What changed in a view since it was copied is changed in the draft too.
void catch_up(const View& before, const View& now, Draft& draft) {
  const Segment& s = *now.segment;
  before.live->each([&](std::uint32_t d) {
    const ProductId product{s.id[d]};
    if (!now.live->test(d)) {
      draft.kill(product);
    } else if (now.in_stock->test(d) != before.in_stock->test(d)) {
      draft.set_in_stock(product, now.in_stock->test(d));
    }
  });
}

}  // namespace

struct MemorySearch::State {
  Values values;

  mutable std::mutex snapshot_mutex;  // Held for copying a pointer only.
  std::shared_ptr<const Snapshot> snapshot = std::make_shared<Snapshot>();

  std::mutex update_mutex;  // Everything below, and who publishes.
  std::size_t pinned = 0;   // Views before this belong to a running rebuild or compaction.
  bool rebuilding = false;
  std::unordered_set<ProductId> touched;           // Updated since the rebuild began.
  std::unordered_map<ProductId, bool> stock_seen;  // Only in or out of stock since then.

  std::mutex heavy_mutex;  // One rebuild or compaction at a time; taken before update_mutex.
  std::atomic<int> rebuilds{0};
  std::atomic<bool> behind{false};

  std::shared_ptr<const Snapshot> current() const {
    const std::lock_guard lock(snapshot_mutex);
    return snapshot;
  }
  void publish(std::vector<View> views) {
    auto next = std::make_shared<Snapshot>();
    for (const auto& view : views) next->documents += view.live_count;
    next->currency = commonest_currency(views);
    next->views = std::move(views);
    std::shared_ptr<const Snapshot> old = std::move(next);
    const std::lock_guard lock(snapshot_mutex);
    snapshot.swap(old);
  }
  void touch(ProductId product) {
    if (!rebuilding) return;
    touched.insert(product);
    stock_seen.erase(product);
  }
  bool compact();
  void end_heavy();
  void mask(Draft& loaded) const;
  void show_loaded(View chunk);
  void load(const Source& next, bool shown);
};

void MemorySearch::State::end_heavy() {
  const std::lock_guard lock(update_mutex);
  pinned = 0;
  rebuilding = false;
  touched.clear();
  stock_seen.clear();
}

/// heavy_mutex is held by the caller.
bool MemorySearch::State::compact() {
  std::vector<View> views;
  std::size_t first = 0;
  {
    const std::lock_guard lock(update_mutex);
    views = current()->views;
    std::stable_sort(views.begin(), views.end(), [](const View& a, const View& b) {
      return a.segment->documents() > b.segment->documents();
    });
    first = worth_merging(views);
    if (first == views.size()) return false;
    pinned = views.size();
    publish(views);
  }
  Draft merged({merge_views(std::span(views).subspan(first))});
  const std::lock_guard lock(update_mutex);
  auto now = current()->views;
  for (std::size_t i = first; i < views.size(); ++i) catch_up(views[i], now[i], merged);
  const auto at = [&](std::size_t i) { return now.begin() + static_cast<std::ptrdiff_t>(i); };
  now.erase(at(first), at(views.size()));
  now.insert(at(first), merged.views()[0]);
  publish(std::move(now));
  return true;
}

/// What was updated since the rebuild began is newer than what was loaded.
void MemorySearch::State::mask(Draft& loaded) const {
  for (const auto product : touched) loaded.kill(product);
  for (const auto& [product, in_stock] : stock_seen) loaded.set_in_stock(product, in_stock);
}

void MemorySearch::State::show_loaded(View chunk) {
  const std::lock_guard lock(update_mutex);
  Draft all(current()->views);
  for (const auto id : chunk.segment->id) {
    if (!touched.contains(ProductId{id})) all.kill(ProductId{id});
  }
  Draft fresh({std::move(chunk)});
  mask(fresh);
  all.views().push_back(fresh.views()[0]);
  publish(std::move(all.views()));
}

void MemorySearch::State::load(const Source& next, bool shown) {
  Draft loaded({});
  std::vector<SearchDocument> chunk;
  for (bool more = true; more;) {
    chunk.clear();
    while (chunk.size() < kLoadChunk && more) {
      SearchDocument document;
      more = next(document);
      if (more) chunk.push_back(std::move(document));
    }
    if (chunk.empty()) break;
    View view = build_view(chunk, values);
    if (shown) {
      show_loaded(std::move(view));
      continue;
    }
    for (const auto id : view.segment->id) loaded.kill(ProductId{id});
    loaded.views().push_back(std::move(view));
  }
  if (shown) return;
  Draft merged({merge_views(loaded.views())});
  const std::lock_guard lock(update_mutex);
  mask(merged);
  auto views = current()->views;
  views.erase(views.begin(), views.begin() + static_cast<std::ptrdiff_t>(pinned));
  views.push_back(merged.views()[0]);
  publish(std::move(views));
}

MemorySearch::MemorySearch() : state_(std::make_unique<State>()) {}
MemorySearch::~MemorySearch() = default;

SearchResult MemorySearch::search(const SearchQuery& query) const {
  const bool stale = state_->rebuilds.load() > 0 || state_->behind.load();
  const auto snapshot = state_->current();
  Matches matches = find_matches(*snapshot, parse_query(query.text));
  SearchResult result = collect(*snapshot, state_->values, query, matches);
  result.stale = stale;
  result.corrected = std::move(matches.corrected);
  result.ignored_words = std::move(matches.ignored);
  return result;
}

void MemorySearch::upsert(const SearchDocument& document) { upsert(std::span(&document, 1)); }

void MemorySearch::upsert(std::span<const SearchDocument> documents) {
  if (documents.empty()) return;
  View fresh = build_view(documents, state_->values);
  const std::lock_guard lock(state_->update_mutex);
  Draft draft(state_->current()->views);
  for (const auto id : fresh.segment->id) {
    draft.kill(ProductId{id});
    state_->touch(ProductId{id});
  }
  draft.views().push_back(std::move(fresh));
  merge_small(draft.views(), state_->pinned);
  state_->publish(std::move(draft.views()));
}

bool MemorySearch::remove(ProductId product) {
  const std::lock_guard lock(state_->update_mutex);
  state_->touch(product);
  Draft draft(state_->current()->views);
  if (!draft.kill(product)) return false;
  merge_small(draft.views(), state_->pinned);
  state_->publish(std::move(draft.views()));
  return true;
}

bool MemorySearch::set_in_stock(ProductId product, bool in_stock) {
  const std::lock_guard lock(state_->update_mutex);
  if (state_->rebuilding && !state_->touched.contains(product)) {
    state_->stock_seen[product] = in_stock;
  }
  Draft draft(state_->current()->views);
  if (!draft.set_in_stock(product, in_stock)) return false;
  state_->publish(std::move(draft.views()));
  return true;
}

void MemorySearch::rebuild(const Source& next) {
  State& s = *state_;
  const std::lock_guard heavy(s.heavy_mutex);
  struct Guard {
    State& state;
    explicit Guard(State& st) : state(st) { ++state.rebuilds; }
    ~Guard() {
      state.end_heavy();
      --state.rebuilds;
    }
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;
  } const guard(s);
  bool shown = false;
  {
    const std::lock_guard lock(s.update_mutex);
    const auto snapshot = s.current();
    shown = snapshot->documents == 0;
    if (shown) s.publish({});
    s.pinned = shown ? 0 : snapshot->views.size();
    s.rebuilding = true;
  }
  s.load(next, shown);
  if (shown) s.compact();
}

bool MemorySearch::compact() {
  const std::lock_guard heavy(state_->heavy_mutex);
  struct Guard {
    State& state;
    ~Guard() { state.end_heavy(); }
  } const guard{*state_};
  return state_->compact();
}

void MemorySearch::set_stale(bool stale) { state_->behind = stale; }

SearchStats MemorySearch::stats() const {
  const auto snapshot = state_->current();
  SearchStats out;
  out.documents = snapshot->documents;
  out.segments = static_cast<std::int64_t>(snapshot->views.size());
  std::size_t bytes = state_->values.bytes();
  for (const auto& view : snapshot->views) {
    out.words += view.segment->words();
    bytes += view.segment->bytes() + view.live->size() / 4;
  }
  out.bytes = static_cast<std::int64_t>(bytes);
  return out;
}

}  // namespace fondaco::matching
