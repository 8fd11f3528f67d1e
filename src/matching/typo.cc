#include "typo.h"

#include "scan.h"

#include <algorithm>

namespace fondaco::matching {
namespace {

constexpr std::size_t kFoundMax = 64;

/// The words [low, high) share their first `depth` bytes.
struct Branch {
  std::uint32_t low;
  std::uint32_t high;
  std::size_t depth;
};

std::string_view first_letter(std::string_view text) {
  return text.substr(0, sequence_length(text[0]));
}

class Walk {
 public:
  Walk(const Segment& s, bool prefix, int steps) : segment_(s), prefix_(prefix), steps_(steps) {}

  void go(Branch b, std::string_view rest, int errors) {
    if (b.low == b.high || steps_-- <= 0 || found_.size() >= kFoundMax) return;
    if (errors == 0) return finish(narrow(b, rest));
    if (rest.empty()) finish(b);
    if (!rest.empty()) go(b, rest.substr(sequence_length(rest[0])), errors - 1);  // Too much.
    each_child(
        b, [&](std::string_view letter, Branch child) { step_into(letter, child, rest, errors); });
  }
  void go_after_first_letter(std::string_view word, int errors) {
    const std::string_view letter = first_letter(word);
    go(narrow({0, segment_.words(), 0}, letter), word.substr(letter.size()), errors);
  }
  std::vector<std::uint32_t> found() {
    std::sort(found_.begin(), found_.end());
    found_.erase(std::unique(found_.begin(), found_.end()), found_.end());
    return std::move(found_);
  }

 private:
  void step_into(std::string_view letter, Branch child, std::string_view rest, int errors) {
    go(child, rest, errors - 1);  // A letter is missing in what was typed.
    if (rest.empty()) return;
    const std::string_view here = first_letter(rest);
    const std::string_view after = rest.substr(here.size());
    if (letter == here) return go(child, after, errors);
    go(child, after, errors - 1);  // Wrong letter.
    if (after.empty()) return;
    const std::string_view second = first_letter(after);
    if (letter == second) go(narrow(child, here), after.substr(second.size()), errors - 1);
  }

  /// The part of the branch whose words go on with `text`.
  Branch narrow(Branch b, std::string_view text) const {
    const auto tail = [&](std::uint32_t w) {
      return segment_.word(w).substr(b.depth, text.size());
    };
    const auto bound = [&](std::uint32_t low, auto&& before) {
      std::uint32_t high = b.high;
      while (low < high) {
        const std::uint32_t middle = low + (high - low) / 2;
        if (before(middle)) {
          low = middle + 1;
        } else {
          high = middle;
        }
      }
      return low;
    };
    const auto low = bound(b.low, [&](std::uint32_t w) { return tail(w) < text; });
    const auto high = bound(low, [&](std::uint32_t w) { return tail(w) == text; });
    return {low, high, b.depth + text.size()};
  }

  /// Calls with each letter that follows in the branch; characters beyond alphabets are left out.
  template <class F>
  void each_child(Branch b, F&& f) {
    std::uint32_t w = b.low;
    while (w < b.high && segment_.word(w).size() == b.depth) ++w;
    while (w < b.high) {
      const std::string_view letter = first_letter(segment_.word(w).substr(b.depth));
      if (static_cast<unsigned char>(letter[0]) >= 0xe2) return;
      const Branch child = narrow({w, b.high, b.depth}, letter);
      f(letter, child);
      w = child.high;
    }
  }

  void finish(Branch b) {
    if (b.low == b.high) return;
    if (!prefix_) {
      if (segment_.word(b.low).size() == b.depth) found_.push_back(b.low);
      return;
    }
    for (std::uint32_t w = b.low; w < b.high && found_.size() < kFoundMax; ++w) {
      found_.push_back(w);
    }
  }

  const Segment& segment_;
  bool prefix_;
  int steps_;
  std::vector<std::uint32_t> found_;
};

}  // namespace

std::vector<std::uint32_t> find_typos(const Segment& segment, const TypoQuery& query,
                                      int steps_max) {
  Walk walk(segment, query.prefix, steps_max);
  if (query.errors >= 2) {
    walk.go_after_first_letter(query.word, query.errors);
  } else {
    walk.go({0, segment.words(), 0}, query.word, query.errors);
  }
  return walk.found();
}

}  // namespace fondaco::matching
