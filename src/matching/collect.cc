#include "collect.h"

#include "facets.h"
#include "filter.h"

#include <algorithm>
#include <optional>

namespace fondaco::matching {
namespace {

/// A document and its place in the order asked for: smaller keys first.
struct Candidate {
  std::int64_t key = 0;
  std::uint32_t score = 0;
  std::uint32_t view = 0;
  std::uint32_t document = 0;
};

class Collecting {
 public:
  Collecting(const Snapshot& snapshot, const Values& values, const SearchQuery& query)
      : snapshot_(snapshot),
        query_(query),
        currency_(query.currency.value_or(snapshot.currency)),
        packed_currency_(pack_currency(currency_)),
        filter_(values, query.filters, packed_currency_) {
    if (query.facets) facets_.emplace(values, query, filter_, currency_);
  }

  SearchResult run(const Matches& matches) {
    if (query_.starting_after) place_cursor(*query_.starting_after);
    for (std::uint32_t v = 0; v < snapshot_.views.size(); ++v) {
      for (const Match& m : matches.by_view[v]) add(v, m);
    }
    SearchResult out;
    out.total = static_cast<std::int64_t>(candidates_.size());
    show_page(out);
    if (facets_) out.facets = facets_->finish();
    return out;
  }

 private:
  void place_cursor(ProductId product) {
    for (std::uint32_t v = 0; v < snapshot_.views.size(); ++v) {
      const auto d = snapshot_.views[v].segment->find(product);
      if (d && snapshot_.views[v].live->test(*d)) cursor_place_ = {0, 0, v, *d};
    }
  }

  void add(std::uint32_t v, const Match& m) {
    const View& view = snapshot_.views[v];
    const auto failed = filter_.failed(view, m.document);
    if (cursor_place_ && cursor_place_->view == v && cursor_place_->document == m.document) {
      cursor_ = candidate(v, m);
    }
    if (failed == 0) candidates_.push_back(candidate(v, m));
    if (facets_) facets_->add(view, m.document, failed);
  }

  Candidate candidate(std::uint32_t v, const Match& m) const {
    const Segment& s = *snapshot_.views[v].segment;
    Candidate c{0, m.score, v, m.document};
    switch (query_.sort) {
      case SearchSort::relevance:
        break;
      case SearchSort::newest:
        c.key = ~s.created_us[m.document];
        break;
      case SearchSort::price_asc:
        c.key = s.price(m.document, packed_currency_).value_or(INT64_MAX);
        break;
      case SearchSort::price_desc: {
        const auto price = s.price(m.document, packed_currency_);
        c.key = price ? ~*price : INT64_MAX;  // Turns the order round; cannot overflow.
        break;
      }
    }
    return c;
  }

  /// By what was asked, then relevance, then newest, then smallest id: never undecided.
  bool before(const Candidate& a, const Candidate& b) const {
    if (a.key != b.key) return a.key < b.key;
    if (a.score != b.score) return a.score > b.score;
    const Segment& x = *snapshot_.views[a.view].segment;
    const Segment& y = *snapshot_.views[b.view].segment;
    if (x.created_us[a.document] != y.created_us[b.document]) {
      return x.created_us[a.document] > y.created_us[b.document];
    }
    return x.id[a.document] < y.id[b.document];
  }

  void show_page(SearchResult& out) {
    const auto limit = static_cast<std::size_t>(std::clamp(query_.limit, 0, kHitsMax));
    auto offset = static_cast<std::size_t>(std::clamp(query_.offset, 0, kOffsetMax));
    if (query_.starting_after) {
      offset = 0;
      std::erase_if(candidates_,
                    [&](const Candidate& c) { return !cursor_ || !before(*cursor_, c); });
    }
    const auto end = std::min(offset + limit, candidates_.size());
    const auto order = [&](const Candidate& a, const Candidate& b) { return before(a, b); };
    const auto last = candidates_.begin() + static_cast<std::ptrdiff_t>(end);
    if (last != candidates_.end()) {
      std::nth_element(candidates_.begin(), last, candidates_.end(), order);
    }
    std::sort(candidates_.begin(), last, order);
    for (std::size_t i = offset; i < end; ++i) {
      const Candidate& c = candidates_[i];
      const double code = (c.score & kCodeScore) != 0 ? 1'000 : 0;
      out.hits.push_back({ProductId{snapshot_.views[c.view].segment->id[c.document]},
                          code + (c.score & ~kCodeScore) / kScoreUnit});
    }
  }

  const Snapshot& snapshot_;
  const SearchQuery& query_;
  const Currency currency_;
  const std::uint16_t packed_currency_;
  const Filter filter_;
  std::optional<Facets> facets_;
  std::optional<Candidate> cursor_place_;
  std::optional<Candidate> cursor_;
  std::vector<Candidate> candidates_;
};

}  // namespace

SearchResult collect(const Snapshot& snapshot, const Values& values, const SearchQuery& query,
                     const Matches& matches) {
  return Collecting(snapshot, values, query).run(matches);
}

}  // namespace fondaco::matching
