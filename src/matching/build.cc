#include "build.h"

#include "codes.h"
#include "limits.h"
#include "scan.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace fondaco::matching {
namespace {

/// BM25F: what a field's words weigh, and how long it usually is.
struct Field {
  float weight;
  float length_mean;
};
constexpr Field kTitle{5.0F, 8.0F};
constexpr Field kBrand{3.0F, 2.0F};
constexpr Field kGroup{2.0F, 4.0F};  // Category, tags, attributes.
constexpr Field kDescription{1.0F, 80.0F};
constexpr float kLengthInfluence = 0.5F;
constexpr float kSaturation = 3.0F;

/// Words of a segment under construction, numbered as they come.
class WordTable {
 public:
  WordTable() : slots_(1024, kEmpty) {}

  std::uint32_t number(std::string_view text) {
    const std::uint64_t hash = code_hash(text);
    std::size_t i = place_of(hash);
    for (; slots_[i] != kEmpty; i = (i + 1) & (slots_.size() - 1)) {
      const auto n = static_cast<std::uint32_t>(slots_[i]);
      if (slots_[i] >> 32 == hash >> 32 && this->text(n) == text) return n;
    }
    const std::uint32_t n = size();
    slots_[i] = (hash >> 32 << 32) | n;
    hashes_.push_back(hash);
    text_ += text;
    at_.push_back(static_cast<std::uint32_t>(text_.size()));
    if (hashes_.size() * 2 > slots_.size()) grow();
    return n;
  }
  std::uint32_t size() const { return static_cast<std::uint32_t>(hashes_.size()); }
  std::string_view text(std::uint32_t n) const {
    return std::string_view(text_).substr(at_[n], at_[n + 1] - at_[n]);
  }

 private:
  static constexpr std::uint64_t kEmpty = UINT64_MAX;  // No table has that many words.

  std::size_t place_of(std::uint64_t hash) const {
    return (hash ^ hash >> 29) & (slots_.size() - 1);
  }
  void grow() {
    slots_.assign(slots_.size() * 2, kEmpty);
    for (std::uint32_t n = 0; n < size(); ++n) {
      std::size_t i = place_of(hashes_[n]);
      while (slots_[i] != kEmpty) i = (i + 1) & (slots_.size() - 1);
      slots_[i] = (hashes_[n] >> 32 << 32) | n;
    }
  }
  std::vector<std::uint64_t> slots_;  // Upper half of the hash, number.
  std::vector<std::uint64_t> hashes_;
  std::string text_;
  std::vector<std::uint32_t> at_{0};
};

class Builder {
 public:
  explicit Builder(Values& values) : values_(values) {}

  void add(const SearchDocument& d) {
    const std::uint32_t document = segment_.documents();
    add_columns(d);
    add_codes(d, document);
    words_of_document_.clear();
    add_all_text(d);
    post(document);
  }
  std::shared_ptr<const Segment> finish();

 private:
  void add_columns(const SearchDocument& d);
  void add_codes(const SearchDocument& d, std::uint32_t document);
  void add_all_text(const SearchDocument& d);
  void add_text(std::string_view text, const Field& field);
  void add_cjk(std::string_view run, float weight);
  void add_compound(std::size_t first, float weight);
  void add_number_and_rest(std::string_view word, float weight);
  void post(std::uint32_t document);
  void emit(std::string_view word, float weight) {
    if (words_of_document_.size() < limits::kWords) {
      words_of_document_.emplace_back(table_.number(word), weight);
    }
  }

  Values& values_;
  Segment segment_;
  WordTable table_;
  Scanner scanner_;
  std::vector<std::pair<std::uint32_t, float>> words_of_document_;
  std::vector<std::pair<std::uint32_t, std::uint64_t>> posted_;  // Word, packed posting.
  std::vector<std::pair<std::uint64_t, std::uint32_t>> codes_;   // Hash, document.
};

void Builder::add_columns(const SearchDocument& d) {
  const DocumentValues v = values_.intern(d);
  segment_.id.push_back(d.product.value);
  segment_.created_us.push_back(d.created.us);
  segment_.category.push_back(v.category);
  segment_.brand.push_back(v.brand);
  for (const auto m : v.merchants) segment_.merchants.push(m);
  segment_.merchants.end_document();
  for (const auto a : v.attributes) segment_.attributes.push(a);
  segment_.attributes.end_document();
  for (std::size_t i = 0; i < std::min(d.prices.size(), limits::kPrices); ++i) {
    segment_.price_minor.push_back(d.prices[i].minor);
    segment_.price_currency.push_back(pack_currency(d.prices[i].currency));
  }
  segment_.price_at.push_back(static_cast<std::uint32_t>(segment_.price_minor.size()));
}

void Builder::add_codes(const SearchDocument& d, std::uint32_t document) {
  const auto add_code = [&](const std::string& key) {
    if (!key.empty()) codes_.emplace_back(code_hash(key), document);
  };
  for (std::size_t i = 0; i < std::min(d.skus.size(), limits::kCodes); ++i) {
    add_code(code_key(d.skus[i]));
  }
  for (std::size_t i = 0; i < std::min(d.gtins.size(), limits::kCodes); ++i) {
    add_code(gtin_key(d.gtins[i]));
  }
}

void Builder::add_all_text(const SearchDocument& d) {
  std::size_t titles = 0;
  for (const auto& [locale, title] : d.titles) {
    if (++titles > limits::kTitles) break;
    add_text(std::string_view(title).substr(0, limits::kTitleBytes), kTitle);
  }
  const auto cut = [](const std::string& s) {
    return std::string_view(s).substr(0, limits::kValueBytes);
  };
  add_text(cut(d.brand_name), kBrand);
  for (std::size_t i = 0; i < std::min(d.category_path.size(), limits::kCategorySteps); ++i) {
    for (const auto& [locale, name] : d.category_path[i].names) add_text(cut(name), kGroup);
  }
  for (std::size_t i = 0; i < std::min(d.tags.size(), limits::kTags); ++i) {
    add_text(cut(d.tags[i]), kGroup);
  }
  for (std::size_t i = 0; i < std::min(d.attributes.size(), limits::kAttributes); ++i) {
    add_text(cut(d.attributes[i].value), kGroup);
  }
  add_text(std::string_view(d.description).substr(0, limits::kDescriptionBytes), kDescription);
}

void Builder::add_cjk(std::string_view run, float weight) {
  std::size_t before = 0;
  for (std::size_t at = 0; at < run.size();) {
    const std::size_t end = at + sequence_length(run[at]);
    emit(run.substr(at, end - at), weight);
    if (at > 0) emit(run.substr(before, end - before), weight);
    before = at;
    at = end;
  }
}

/// "e-bike" is also found as "ebike".
void Builder::add_compound(std::size_t first, float weight) {
  const auto& pieces = scanner_.pieces();
  std::string joined(scanner_.text_of(pieces[first]));
  std::size_t i = first + 1;
  for (; i < pieces.size() && pieces[i].joint == Joint::hyphen; ++i) {
    if (pieces[i].kind == PieceKind::cjk || i - first > 3) return;
    joined += scanner_.text_of(pieces[i]);
  }
  if (i > first + 1 && joined.size() <= kWordBytesMax) emit(joined, weight);
}

/// "b17" is also found as "b 17", "500ml" by "500".
void Builder::add_number_and_rest(std::string_view word, float weight) {
  const std::size_t part = alike_prefix(word);
  if (part == word.size()) return;
  const std::string_view rest = word.substr(part);
  if (alike_prefix(rest) != rest.size()) return;
  emit(word.substr(0, part), weight);
  emit(rest, weight);
}

void Builder::add_text(std::string_view text, const Field& field) {
  if (text.empty()) return;
  scanner_.scan(text);
  const auto& pieces = scanner_.pieces();
  float length = 0;
  for (const auto& p : pieces) {
    length += p.kind == PieceKind::cjk ? static_cast<float>((p.end - p.begin) / 3) : 1.0F;
  }
  const float weight =
      field.weight / (1.0F - kLengthInfluence + kLengthInfluence * length / field.length_mean);
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const std::string_view word = scanner_.text_of(pieces[i]);
    if (pieces[i].kind == PieceKind::cjk) {
      add_cjk(word, weight);
      continue;
    }
    emit(word, weight);
    const auto* next = i + 1 < pieces.size() ? &pieces[i + 1] : nullptr;
    const auto quantity = quantity_at(scanner_, pieces[i], next);
    if (quantity && quantity->word != word) emit(quantity->word, weight);
    if (pieces[i].kind == PieceKind::word) add_number_and_rest(word, weight);
    if (next != nullptr && next->joint == Joint::hyphen && pieces[i].joint != Joint::hyphen) {
      add_compound(i, weight);
    }
  }
}

void Builder::post(std::uint32_t document) {
  auto& words = words_of_document_;
  std::sort(words.begin(), words.end());
  for (std::size_t i = 0; i < words.size();) {
    const std::uint32_t word = words[i].first;
    float sum = 0;
    for (; i < words.size() && words[i].first == word; ++i) sum += words[i].second;
    const float impact = std::round(255.0F * sum / (kSaturation + sum));
    posted_.emplace_back(
        word, pack_posting(document, static_cast<std::uint8_t>(std::clamp(impact, 1.0F, 255.0F))));
  }
}

std::shared_ptr<const Segment> Builder::finish() {
  // Counting sort by word keeps the order of documents.
  std::vector<std::uint32_t> begin(table_.size() + 1, 0);
  for (const auto& [word, posting] : posted_) ++begin[word + 1];
  std::partial_sum(begin.begin(), begin.end(), begin.begin());
  std::vector<std::uint64_t> by_word(posted_.size());
  auto next = begin;
  for (const auto& [word, posting] : posted_) by_word[next[word]++] = posting;
  posted_ = {};
  std::vector<std::uint32_t> order(table_.size());
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(),
            [&](std::uint32_t a, std::uint32_t b) { return table_.text(a) < table_.text(b); });
  std::vector<std::uint64_t> pairs;
  for (const auto word : order) {
    pairs.assign(by_word.begin() + begin[word], by_word.begin() + begin[word + 1]);
    segment_.append_word(table_.text(word), pairs);
  }
  std::sort(codes_.begin(), codes_.end());
  codes_.erase(std::unique(codes_.begin(), codes_.end()), codes_.end());
  for (const auto& [hash, document] : codes_) {
    segment_.code.push_back(hash);
    segment_.code_document.push_back(document);
  }
  segment_.finish();
  return std::make_shared<const Segment>(std::move(segment_));
}

}  // namespace

View build_view(std::span<const SearchDocument> documents, Values& values) {
  std::vector<std::size_t> order(documents.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return documents[a].product < documents[b].product;
  });
  Builder builder(values);
  std::vector<bool> in_stock;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const SearchDocument& d = documents[order[i]];
    if (i + 1 < order.size() && documents[order[i + 1]].product == d.product) continue;
    builder.add(d);
    in_stock.push_back(d.in_stock);
  }
  Bits stock(in_stock.size(), false);
  for (std::size_t i = 0; i < in_stock.size(); ++i) stock.set(i, in_stock[i]);
  View view;
  view.segment = builder.finish();
  view.live = std::make_shared<const Bits>(in_stock.size(), true);
  view.in_stock = std::make_shared<const Bits>(std::move(stock));
  view.live_count = view.segment->documents();
  return view;
}

}  // namespace fondaco::matching
