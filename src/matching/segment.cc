#include "segment.h"

#include <fondaco/base/check.h>

#include <algorithm>
#include <map>

namespace fondaco::matching {
namespace {

template <class T>
std::size_t size_of(const std::vector<T>& v) {
  return v.capacity() * sizeof(T);
}

/// The first word in [low, high) for which `before` is false.
template <class F>
std::uint32_t partition(std::uint32_t low, std::uint32_t high, F&& before) {
  while (low < high) {
    const std::uint32_t middle = low + (high - low) / 2;
    if (before(middle)) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

}  // namespace

Bits::Bits(std::size_t size, bool value)
    : words_((size + 63) / 64, value ? ~std::uint64_t{0} : 0), size_(size) {
  if (value && size % 64 != 0) words_.back() = (std::uint64_t{1} << (size % 64)) - 1;
}

std::uint32_t Bits::count() const {
  std::uint32_t n = 0;
  for (const auto w : words_) n += static_cast<std::uint32_t>(__builtin_popcountll(w));
  return n;
}

std::uint16_t pack_currency(Currency c) {
  std::uint32_t n = 0;
  for (const char letter : c.code()) n = n * 26 + (static_cast<std::uint32_t>(letter - 'A') % 26);
  return static_cast<std::uint16_t>(n);
}

Currency unpack_currency(std::uint16_t packed) {
  const auto letter = [](int n) { return static_cast<char>('A' + n % 26); };
  const std::string code{letter(packed / 676), letter(packed / 26), letter(packed)};
  return Currency::parse(code).value_or(Currency{});
}

std::optional<std::uint32_t> Segment::find(ProductId product) const {
  const auto at = std::lower_bound(id.begin(), id.end(), product.value);
  if (at == id.end() || *at != product.value) return std::nullopt;
  return static_cast<std::uint32_t>(at - id.begin());
}

WordRange Segment::find_word(std::string_view text) const {
  const auto w = partition(0, words(), [&](std::uint32_t i) { return word(i) < text; });
  return {w, w < words() && word(w) == text ? w + 1 : w};
}

WordRange Segment::find_prefix(std::string_view text) const {
  const auto first = partition(0, words(), [&](std::uint32_t i) { return word(i) < text; });
  const auto end = partition(
      first, words(), [&](std::uint32_t i) { return word(i).substr(0, text.size()) == text; });
  return {first, end};
}

WordRange Segment::find_code(std::uint64_t hash) const {
  const auto [first, end] = std::equal_range(code.begin(), code.end(), hash);
  return {static_cast<std::uint32_t>(first - code.begin()),
          static_cast<std::uint32_t>(end - code.begin())};
}

std::size_t Segment::bytes() const {
  return word_text.capacity() + size_of(word_at) + size_of(posted) + size_of(posting_at) +
         size_of(postings) + size_of(id) + size_of(created_us) + size_of(category) +
         size_of(brand) + size_of(merchants.at) + size_of(merchants.values) +
         size_of(attributes.at) + size_of(attributes.values) + size_of(price_at) +
         size_of(price_minor) + size_of(price_currency) + size_of(code) + size_of(code_document);
}

void Segment::append_word(std::string_view text, const std::vector<std::uint64_t>& pairs) {
  word_text += text;
  std::uint32_t last = 0;
  for (const auto pair : pairs) {
    const auto document = static_cast<std::uint32_t>(pair >> 8);
    std::uint32_t step = document - last;
    last = document;
    for (; step >= 0x80; step >>= 7) postings.push_back(static_cast<std::uint8_t>(step | 0x80));
    postings.push_back(static_cast<std::uint8_t>(step));
    postings.push_back(static_cast<std::uint8_t>(pair & 0xff));
  }
  // 32 bits address 4 GiB of postings, some 20 million products: far above what one node holds.
  FONDACO_CHECK(postings.size() < UINT32_MAX && word_text.size() < UINT32_MAX);
  word_at.push_back(static_cast<std::uint32_t>(word_text.size()));
  posting_at.push_back(static_cast<std::uint32_t>(postings.size()));
  posted.push_back(posted.back() + static_cast<std::uint32_t>(pairs.size()));
}

void Segment::finish() {
  std::map<std::uint16_t, std::uint32_t> priced;
  for (const auto c : price_currency) ++priced[c];
  documents_priced.assign(priced.begin(), priced.end());
  word_text.shrink_to_fit();
  for (auto* v :
       {&word_at, &posted, &posting_at, &category, &brand, &merchants.at, &merchants.values,
        &attributes.at, &attributes.values, &price_at, &code_document}) {
    v->shrink_to_fit();
  }
  postings.shrink_to_fit();
  id.shrink_to_fit();
  created_us.shrink_to_fit();
  price_minor.shrink_to_fit();
  price_currency.shrink_to_fit();
  code.shrink_to_fit();
}

}  // namespace fondaco::matching
