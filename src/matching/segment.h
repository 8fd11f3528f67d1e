// An immutable part of the index: words with their postings, columns, codes. Depends on base.
// Documents of a segment are numbered in the order of their ids; any thread may read it.
#pragma once

#include <fondaco/base/ids.h>
#include <fondaco/base/money.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fondaco::matching {

inline constexpr std::uint32_t kNone = UINT32_MAX;

/// One bit per document.
class Bits {
 public:
  Bits() = default;
  Bits(std::size_t size, bool value);
  bool test(std::size_t i) const { return (words_[i / 64] >> (i % 64) & 1) != 0; }
  void set(std::size_t i, bool value) {
    const std::uint64_t bit = std::uint64_t{1} << (i % 64);
    words_[i / 64] = value ? words_[i / 64] | bit : words_[i / 64] & ~bit;
  }
  std::size_t size() const { return size_; }
  std::uint32_t count() const;
  /// Calls with the number of each set bit.
  template <class F>
  void each(F&& f) const {
    for (std::size_t w = 0; w < words_.size(); ++w) {
      for (std::uint64_t rest = words_[w]; rest != 0; rest &= rest - 1) {
        f(static_cast<std::uint32_t>(w * 64 + static_cast<std::size_t>(__builtin_ctzll(rest))));
      }
    }
  }

 private:
  std::vector<std::uint64_t> words_;
  std::size_t size_ = 0;
};

/// A list of numbers per document, in one array.
struct Lists {
  std::vector<std::uint32_t> at{0};
  std::vector<std::uint32_t> values;
  void push(std::uint32_t value) { values.push_back(value); }
  void end_document() { at.push_back(static_cast<std::uint32_t>(values.size())); }
};

/// Three letters of ISO 4217 in 16 bits.
std::uint16_t pack_currency(Currency c);
Currency unpack_currency(std::uint16_t packed);

/// Words as a range [first, second) of their sorted numbers.
using WordRange = std::pair<std::uint32_t, std::uint32_t>;

struct Segment {
  // Words, sorted by bytes. Word w is word_text[word_at[w], word_at[w + 1]).
  std::string word_text;
  std::vector<std::uint32_t> word_at{0};
  std::vector<std::uint32_t> posted{0};      // Documents of all words before; the counts' sum.
  std::vector<std::uint32_t> posting_at{0};  // Where its postings begin, in bytes.
  std::vector<std::uint8_t> postings;        // Varint of the step to the document, impact.

  // Columns, by document.
  std::vector<std::int64_t> id;
  std::vector<std::int64_t> created_us;
  std::vector<std::uint32_t> category;
  std::vector<std::uint32_t> brand;
  Lists merchants;
  Lists attributes;
  std::vector<std::uint32_t> price_at{0};
  std::vector<std::int64_t> price_minor;
  std::vector<std::uint16_t> price_currency;

  std::vector<std::pair<std::uint16_t, std::uint32_t>> documents_priced;  // By currency.

  // Hashes of SKUs and GTINs, sorted, and whose they are.
  std::vector<std::uint64_t> code;
  std::vector<std::uint32_t> code_document;

  std::uint32_t documents() const { return static_cast<std::uint32_t>(id.size()); }
  std::uint32_t words() const { return static_cast<std::uint32_t>(word_at.size() - 1); }
  std::string_view word(std::uint32_t w) const {
    return std::string_view(word_text).substr(word_at[w], word_at[w + 1] - word_at[w]);
  }
  std::uint64_t count(WordRange r) const { return posted[r.second] - posted[r.first]; }

  std::optional<std::uint32_t> find(ProductId product) const;
  WordRange find_word(std::string_view text) const;
  WordRange find_prefix(std::string_view text) const;
  WordRange find_code(std::uint64_t hash) const;
  std::optional<std::int64_t> price(std::uint32_t document, std::uint16_t currency) const {
    for (std::uint32_t i = price_at[document]; i < price_at[document + 1]; ++i) {
      if (price_currency[i] == currency) return price_minor[i];
    }
    return std::nullopt;
  }
  std::size_t bytes() const;

  /// Appends a word larger than all before with its (document, impact) pairs, ascending.
  void append_word(std::string_view text, const std::vector<std::uint64_t>& pairs);
  /// Counts what is counted once, frees what building reserved too much.
  void finish();

  template <class F>
  void each_posting(std::uint32_t w, F&& f) const {
    const std::uint8_t* p = postings.data() + posting_at[w];
    const std::uint8_t* const end = postings.data() + posting_at[w + 1];
    std::uint32_t document = 0;
    while (p != end) {
      std::uint32_t step = *p++;
      if ((step & 0x80) != 0) {
        step &= 0x7f;
        for (int shift = 7;; shift += 7) {
          const std::uint32_t byte = *p++;
          step |= (byte & 0x7f) << shift;
          if ((byte & 0x80) == 0) break;
        }
      }
      document += step;
      f(document, *p++);
    }
  }
};

/// A posting while it is built.
constexpr std::uint64_t pack_posting(std::uint32_t document, std::uint8_t impact) {
  return std::uint64_t{document} << 8 | impact;
}

/// A segment and what changes about it; what it points to never changes.
struct View {
  std::shared_ptr<const Segment> segment;
  std::shared_ptr<const Bits> live;
  std::shared_ptr<const Bits> in_stock;
  std::uint32_t live_count = 0;
};

/// One moment of the index.
struct Snapshot {
  std::vector<View> views;
  std::int64_t documents = 0;
  Currency currency;  // The one most documents have a price in.
};

}  // namespace fondaco::matching
