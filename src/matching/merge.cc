// Merges segments word by word; no document is read again.
#include "build.h"

#include <fondaco/base/check.h>

#include <algorithm>
#include <optional>
#include <tuple>

namespace fondaco::matching {
namespace {

struct Origin {
  std::int64_t id;
  std::uint32_t view;
  std::uint32_t document;
};

class Merger {
 public:
  explicit Merger(std::span<const View> views) : views_(views) {}

  View run() {
    choose();
    merge_columns();
    merge_words();
    merge_codes();
    out_.finish();
    View view;
    view.live_count = out_.documents();
    view.live = std::make_shared<const Bits>(origins_.size(), true);
    view.in_stock = std::make_shared<const Bits>(std::move(in_stock_));
    view.segment = std::make_shared<const Segment>(std::move(out_));
    return view;
  }

 private:
  void choose();
  void merge_columns();
  void merge_words();
  void merge_codes();

  std::span<const View> views_;
  std::vector<Origin> origins_;                         // By new number.
  std::vector<std::vector<std::uint32_t>> new_number_;  // By view and old number; kNone: dead.
  Bits in_stock_;
  Segment out_;
};

void Merger::choose() {
  for (std::uint32_t v = 0; v < views_.size(); ++v) {
    const View& view = views_[v];
    new_number_.emplace_back(view.segment->documents(), kNone);
    view.live->each([&](std::uint32_t d) { origins_.push_back({view.segment->id[d], v, d}); });
  }
  std::sort(origins_.begin(), origins_.end(),
            [](const Origin& a, const Origin& b) { return a.id < b.id; });
  in_stock_ = Bits(origins_.size(), false);
  for (std::uint32_t n = 0; n < origins_.size(); ++n) {
    const Origin& o = origins_[n];
    FONDACO_CHECK(n == 0 || origins_[n - 1].id < o.id);
    new_number_[o.view][o.document] = n;
    in_stock_.set(n, views_[o.view].in_stock->test(o.document));
  }
}

void copy_list(const Lists& from, std::uint32_t document, Lists& to) {
  for (std::uint32_t i = from.at[document]; i < from.at[document + 1]; ++i) {
    to.push(from.values[i]);
  }
  to.end_document();
}

void Merger::merge_columns() {
  for (const Origin& o : origins_) {
    const Segment& s = *views_[o.view].segment;
    out_.id.push_back(o.id);
    out_.created_us.push_back(s.created_us[o.document]);
    out_.category.push_back(s.category[o.document]);
    out_.brand.push_back(s.brand[o.document]);
    copy_list(s.merchants, o.document, out_.merchants);
    copy_list(s.attributes, o.document, out_.attributes);
    for (std::uint32_t i = s.price_at[o.document]; i < s.price_at[o.document + 1]; ++i) {
      out_.price_minor.push_back(s.price_minor[i]);
      out_.price_currency.push_back(s.price_currency[i]);
    }
    out_.price_at.push_back(static_cast<std::uint32_t>(out_.price_minor.size()));
  }
}

void Merger::merge_words() {
  std::vector<std::uint32_t> next(views_.size(), 0);
  std::vector<std::uint64_t> pairs;
  for (;;) {
    std::optional<std::string_view> smallest;
    for (std::size_t v = 0; v < views_.size(); ++v) {
      const Segment& s = *views_[v].segment;
      if (next[v] == s.words()) continue;
      const auto word = s.word(next[v]);
      if (!smallest || word < *smallest) smallest = word;
    }
    if (!smallest) return;
    pairs.clear();
    for (std::size_t v = 0; v < views_.size(); ++v) {
      const Segment& s = *views_[v].segment;
      if (next[v] == s.words() || s.word(next[v]) != *smallest) continue;
      s.each_posting(next[v]++, [&](std::uint32_t document, std::uint8_t impact) {
        const std::uint32_t n = new_number_[v][document];
        if (n != kNone) pairs.push_back(pack_posting(n, impact));
      });
    }
    if (pairs.empty()) continue;
    if (!std::is_sorted(pairs.begin(), pairs.end())) std::sort(pairs.begin(), pairs.end());
    out_.append_word(*smallest, pairs);
  }
}

void Merger::merge_codes() {
  std::vector<std::pair<std::uint64_t, std::uint32_t>> codes;
  for (std::size_t v = 0; v < views_.size(); ++v) {
    const Segment& s = *views_[v].segment;
    for (std::size_t i = 0; i < s.code.size(); ++i) {
      const std::uint32_t n = new_number_[v][s.code_document[i]];
      if (n != kNone) codes.emplace_back(s.code[i], n);
    }
  }
  std::sort(codes.begin(), codes.end());
  for (const auto& [hash, document] : codes) {
    out_.code.push_back(hash);
    out_.code_document.push_back(document);
  }
}

}  // namespace

View merge_views(std::span<const View> views) { return Merger(views).run(); }

}  // namespace fondaco::matching
