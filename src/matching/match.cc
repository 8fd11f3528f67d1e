#include "match.h"

#include "codes.h"
#include "scan.h"
#include "typo.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace fondaco::matching {
namespace {

// How much a found word counts, of 16.
constexpr std::uint32_t kExact = 16;
constexpr std::uint32_t kPlural = 14;
constexpr std::uint32_t kBegun = 10;
constexpr std::uint32_t kTypo = 8;
constexpr std::uint32_t kTwoTypos = 5;
constexpr std::size_t kTypoWordsMax = 16;

struct Alternative {
  std::string text;
  std::uint32_t quality = kExact;
  bool prefix = false;
};

/// One word of the query and all that may stand for it.
struct Group {
  QueryWord word;
  std::vector<Alternative> any_of;
  bool required = true;
  std::uint64_t count = 0;       // Postings in all segments.
  std::uint64_t own_count = 0;   // Of them without misspellings.
  std::uint64_t typo_count = 0;  // Of the commonest misspelling.
  std::uint32_t idf = 0;         // In 64ths.
};

bool letters_only(std::string_view word) {
  return std::none_of(word.begin(), word.end(), [](char c) { return c < 'A' && c >= 0; });
}

WordRange find(const Segment& s, const Alternative& a) {
  return a.prefix ? s.find_prefix(a.text) : s.find_word(a.text);
}

/// "saddles" for "saddle" and back; guesses are harmless, unknown words match nothing.
void add_plurals(std::string_view word, std::vector<Alternative>& out) {
  if (word.size() < 3 || !letters_only(word) || static_cast<signed char>(word.back()) < 0) return;
  const auto add = [&](std::string text) { out.push_back({std::move(text), kPlural, false}); };
  const std::string w(word);
  if (word.ends_with("ies")) add(w.substr(0, w.size() - 3) + "y");
  if (word.ends_with("es")) add(w.substr(0, w.size() - 2));
  if (word.ends_with("s") && !word.ends_with("ss")) return add(w.substr(0, w.size() - 1));
  if (word.ends_with("y")) add(w.substr(0, w.size() - 1) + "ies");
  add(w + "s");
  add(w + "es");
}

/// Arrays as long as the largest segment, kept by the thread from query to query.
struct Scratch {
  struct Slot {
    std::uint32_t score;
    std::uint32_t last;  // What the current group gave.
  };
  std::vector<std::uint8_t> level;  // How many groups the document has matched in turn.
  std::vector<Slot> slot;
  std::vector<std::uint32_t> touched;
};

struct ResolvedGroup {
  const Group* group;
  std::vector<std::pair<WordRange, std::uint32_t>> lists;  // And their quality.
  std::uint64_t count = 0;
};

class Matcher {
 public:
  explicit Matcher(const Snapshot& snapshot) : snapshot_(snapshot) {}

  Matches run(const ParsedQuery& query);

 private:
  Group group_of(const QueryWord& word) const;
  void count(Group& g) const;
  void add_typos(Group& g) const;
  std::vector<Group> groups_of(const std::vector<QueryWord>& words) const;
  std::vector<Group> loosened(const std::vector<QueryWord>& words) const;
  void match(const ParsedQuery& query, Matches& out) const;
  bool match_fewer(std::vector<Group>& groups, Matches& out) const;
  bool evaluate(const std::vector<Group>& groups, Matches& out) const;
  void evaluate(const View& view, const std::vector<Group>& groups, std::vector<Match>& out) const;
  bool add_codes(const std::vector<std::string>& codes, Matches& out) const;

  const Snapshot& snapshot_;
};

void Matcher::count(Group& g) const {
  g.count = 0;
  for (const auto& view : snapshot_.views) {
    for (const auto& a : g.any_of) g.count += view.segment->count(find(*view.segment, a));
  }
  const auto all = static_cast<double>(std::max<std::int64_t>(snapshot_.documents, 1));
  const double n = std::min(static_cast<double>(g.count), all);
  g.idf = std::max(1U, static_cast<std::uint32_t>(64 * std::log(1 + (all - n + 0.5) / (n + 0.5))));
}

Group Matcher::group_of(const QueryWord& word) const {
  Group g;
  g.word = word;
  g.any_of.push_back({word.text, kExact, false});
  if (!word.cjk) add_plurals(word.text, g.any_of);
  if (word.prefix) g.any_of.push_back({word.text, kBegun, true});
  count(g);
  g.own_count = g.count;
  return g;
}

/// Replaces what stands for the word by it and its likely misspellings, the commonest first.
void Matcher::add_typos(Group& g) const {
  const std::string& word = g.word.text;
  std::size_t letters = 0;
  for (std::size_t i = 0; i < word.size(); i += sequence_length(word[i])) ++letters;
  if (g.word.cjk || letters < 4 || !letters_only(word)) return;
  const auto attempt = [&](int errors, bool prefix, std::uint32_t quality) {
    std::map<std::string, std::uint64_t, std::less<>> counts;
    for (const auto& view : snapshot_.views) {
      const Segment& s = *view.segment;
      for (const auto w : find_typos(s, {word, errors, prefix})) {
        if (s.word(w) != word) counts[std::string(s.word(w))] += s.count({w, w + 1});
      }
    }
    std::vector<std::pair<std::string, std::uint64_t>> best(counts.begin(), counts.end());
    std::stable_sort(best.begin(), best.end(),
                     [](const auto& a, const auto& b) { return a.second > b.second; });
    if (best.size() > kTypoWordsMax) best.resize(kTypoWordsMax);
    if (!best.empty()) g.typo_count = best[0].second;
    for (auto& b : best) g.any_of.push_back({std::move(b.first), quality, false});
    return !best.empty();
  };
  const bool found = attempt(1, false, kTypo) || (g.word.prefix && attempt(1, true, kTwoTypos)) ||
                     (letters >= 8 && attempt(2, false, kTwoTypos));
  if (found) count(g);
}

/// "iphone14" when only "iphone 14" is known.
void split_unknown(const QueryWord& word, std::vector<QueryWord>& out) {
  const std::string_view text = word.text;
  const std::size_t part = alike_prefix(text);
  if (word.cjk || part == text.size()) return out.push_back(word);
  out.push_back({std::string(text.substr(0, part)), false, false});
  out.push_back({std::string(text.substr(part)), false, word.prefix});
}

std::vector<Group> Matcher::groups_of(const std::vector<QueryWord>& words) const {
  std::vector<Group> groups;
  for (const auto& word : words) {
    Group g = group_of(word);
    if (g.count == 0) {
      std::vector<QueryWord> parts;
      split_unknown(word, parts);
      if (parts.size() > 1) {
        for (const auto& part : parts) groups.push_back(group_of(part));
        continue;
      }
      add_typos(g);
    }
    groups.push_back(std::move(g));
  }
  return groups;
}

/// Misspellings also of known words; characters instead of pairs, which then only add to the
/// score.
std::vector<Group> Matcher::loosened(const std::vector<QueryWord>& words) const {
  std::vector<Group> groups;
  std::vector<QueryWord> singles;
  for (Group& g : groups_of(words)) {
    if (!g.word.cjk) {
      if (g.any_of.back().quality > kTypo) add_typos(g);
      groups.push_back(std::move(g));
      continue;
    }
    for (std::size_t i = 0; i < g.word.text.size(); i += sequence_length(g.word.text[i])) {
      QueryWord one{g.word.text.substr(i, sequence_length(g.word.text[i])), true, false};
      if (std::find(singles.begin(), singles.end(), one) != singles.end()) continue;
      groups.push_back(group_of(one));
      singles.push_back(std::move(one));
    }
    if (sequence_length(g.word.text[0]) == g.word.text.size()) continue;
    g.required = false;
    groups.push_back(std::move(g));
  }
  return groups;
}

void note_corrections(const std::vector<Group>& groups, Matches& out) {
  for (const auto& g : groups) {
    // A known word is called a mistake only beside a far commoner one.
    if (!g.required || g.typo_count <= 10 * g.own_count) continue;
    const auto typo = std::find_if(g.any_of.begin(), g.any_of.end(),
                                   [](const Alternative& a) { return a.quality <= kTypo; });
    if (typo != g.any_of.end()) out.corrected.push_back({g.word.text, typo->text});
  }
}

void Matcher::match(const ParsedQuery& query, Matches& out) const {
  auto groups = groups_of(query.words);
  const bool found = evaluate(groups, out);
  // Who types a SKU wants that product, not those that resemble it.
  if (add_codes(query.codes, out)) return;
  if (!found) {
    groups = loosened(query.words);
    if (!evaluate(groups, out) && !match_fewer(groups, out)) return;
  }
  note_corrections(groups, out);
}

/// Drops words until something is found: the unknown ones, then from the right.
bool Matcher::match_fewer(std::vector<Group>& groups, Matches& out) const {
  const auto known = std::stable_partition(groups.begin(), groups.end(),
                                           [](const Group& g) { return g.count > 0; });
  for (auto g = known; g != groups.end(); ++g) {
    if (g->required) out.ignored.push_back(g->word.text);
  }
  groups.erase(known, groups.end());
  while (!evaluate(groups, out)) {
    if (groups.empty()) {
      out.ignored.clear();
      return false;
    }
    if (groups.back().required) out.ignored.push_back(groups.back().word.text);
    groups.pop_back();
  }
  return true;
}

bool Matcher::evaluate(const std::vector<Group>& groups, Matches& out) const {
  bool any = false;
  const bool asked =
      std::any_of(groups.begin(), groups.end(), [](const Group& g) { return g.required; });
  for (std::size_t v = 0; v < snapshot_.views.size(); ++v) {
    out.by_view[v].clear();
    if (asked) evaluate(snapshot_.views[v], groups, out.by_view[v]);
    any = any || !out.by_view[v].empty();
  }
  return any;
}

std::vector<ResolvedGroup> resolve(const Segment& s, const std::vector<Group>& groups) {
  std::vector<ResolvedGroup> resolved;
  for (const auto& g : groups) {
    ResolvedGroup r{&g, {}, 0};
    for (const auto& a : g.any_of) {
      const WordRange range = find(s, a);
      if (range.first == range.second) continue;
      r.lists.emplace_back(range, a.quality);
      r.count += s.count(range);
    }
    if (g.required && r.lists.empty()) return {};
    resolved.push_back(std::move(r));
  }
  // The rarest word first, so that few documents are touched; those that only add come last.
  std::stable_sort(resolved.begin(), resolved.end(), [](const auto& a, const auto& b) {
    return a.group->required != b.group->required ? a.group->required : a.count < b.count;
  });
  return resolved;
}

void Matcher::evaluate(const View& view, const std::vector<Group>& groups,
                       std::vector<Match>& out) const {
  static thread_local Scratch scratch;
  const Segment& s = *view.segment;
  const auto resolved = resolve(s, groups);
  if (resolved.empty()) return;
  scratch.level.assign(s.documents(), 0);
  if (scratch.slot.size() < s.documents()) scratch.slot.resize(s.documents());
  scratch.touched.clear();
  std::uint8_t level = 0;
  for (const auto& r : resolved) {
    std::uint32_t reached = 0;
    const std::uint32_t factor = r.group->idf;
    for (const auto& [range, quality] : r.lists) {
      for (std::uint32_t w = range.first; w < range.second; ++w) {
        s.each_posting(w, [&, weight = quality](std::uint32_t d, std::uint8_t impact) {
          const std::uint32_t score = factor * weight * impact;
          auto& slot = scratch.slot[d];
          if (scratch.level[d] == level) {
            if (!r.group->required) {
              slot.score += score;
              return;
            }
            if (level == 0) scratch.touched.push_back(d);
            slot.score = level == 0 ? score : slot.score + score;
            slot.last = score;
            scratch.level[d] = static_cast<std::uint8_t>(level + 1);
            ++reached;
          } else if (scratch.level[d] == level + 1 && score > slot.last) {
            slot.score += score - slot.last;
            slot.last = score;
          }
        });
      }
    }
    if (!r.group->required) continue;
    if (reached == 0) return;
    ++level;
  }
  for (const auto d : scratch.touched) {
    if (scratch.level[d] == level && view.live->test(d)) out.push_back({d, scratch.slot[d].score});
  }
}

bool Matcher::add_codes(const std::vector<std::string>& codes, Matches& out) const {
  bool any = false;
  for (std::size_t v = 0; v < snapshot_.views.size(); ++v) {
    const View& view = snapshot_.views[v];
    std::vector<std::uint32_t> documents;
    for (const auto& code : codes) {
      const auto [first, end] = view.segment->find_code(code_hash(code));
      for (std::uint32_t i = first; i < end; ++i) {
        const std::uint32_t d = view.segment->code_document[i];
        if (view.live->test(d)) documents.push_back(d);
      }
    }
    if (documents.empty()) continue;
    any = true;
    std::sort(documents.begin(), documents.end());
    documents.erase(std::unique(documents.begin(), documents.end()), documents.end());
    std::vector<bool> matched(documents.size(), false);
    for (auto& m : out.by_view[v]) {
      const auto at = std::lower_bound(documents.begin(), documents.end(), m.document);
      if (at == documents.end() || *at != m.document) continue;
      m.score |= kCodeScore;
      matched[static_cast<std::size_t>(at - documents.begin())] = true;
    }
    for (std::size_t i = 0; i < documents.size(); ++i) {
      if (!matched[i]) out.by_view[v].push_back({documents[i], kCodeScore});
    }
  }
  return any;
}

Matches Matcher::run(const ParsedQuery& query) {
  Matches out;
  out.by_view.resize(snapshot_.views.size());
  if (query.words.empty() && query.codes.empty()) {
    for (std::size_t v = 0; v < snapshot_.views.size(); ++v) {
      out.by_view[v].reserve(snapshot_.views[v].live_count);
      snapshot_.views[v].live->each([&](std::uint32_t d) { out.by_view[v].push_back({d, 0}); });
    }
    return out;
  }
  match(query, out);
  return out;
}

}  // namespace

Matches find_matches(const Snapshot& snapshot, const ParsedQuery& query) {
  return Matcher(snapshot).run(query);
}

}  // namespace fondaco::matching
