// Turns what a shopper typed into words to look up.
#include "codes.h"
#include "scan.h"

#include <fondaco/base/gtin.h>
#include <fondaco/base/text.h>
#include <fondaco/matching.h>

#include <algorithm>

namespace fondaco::matching {
namespace {

/// At most kQueryBytesMax bytes: cut where a word ends, else where a character ends.
std::string_view cut(std::string_view text) {
  if (text.size() <= kQueryBytesMax) return text;
  const std::string_view head = text.substr(0, kQueryBytesMax);
  if (text[kQueryBytesMax] == ' ') return head;
  const auto space = head.rfind(' ');
  if (space != std::string_view::npos && space > 0) return head.substr(0, space);
  return utf8_prefix(text, kQueryBytesMax);
}

class Collecting {
 public:
  explicit Collecting(std::vector<QueryWord>& words) : words_(words) {}

  void add(std::string_view text, bool cjk, bool prefix) {
    for (auto& word : words_) {
      if (word.text == text) {
        word.prefix = word.prefix || prefix;
        return;
      }
    }
    if (words_.size() < kQueryWordsMax) words_.push_back({std::string(text), cjk, prefix});
  }
  /// Pairs of neighbours; a lone character stands for itself.
  void add_cjk(std::string_view run) {
    if (run.empty()) return;
    std::size_t at = sequence_length(run[0]);
    if (at >= run.size()) return add(run, true, false);
    for (std::size_t before = 0; at < run.size() && words_.size() < kQueryWordsMax;) {
      const std::size_t end = at + sequence_length(run[at]);
      add(run.substr(before, end - before), true, false);
      before = at;
      at = end;
    }
  }

 private:
  std::vector<QueryWord>& words_;
};

}  // namespace

std::string code_key(std::string_view text) {
  std::string out;
  while (!text.empty() && out.size() < 128) {
    const Folded f = fold(next_code_point(text));
    if (f.kind != CharKind::letter && f.kind != CharKind::digit && f.kind != CharKind::cjk) {
      continue;
    }
    for (std::size_t i = 0; i < f.size; ++i) append_utf8(out, f.text[i]);
  }
  return out;
}

std::string gtin_key(std::string_view text) {
  const auto bare = trim(text);
  return is_gtin(bare) ? "gtin " + gtin14(bare) : code_key(bare);
}

ParsedQuery parse_query(std::string_view text) {
  ParsedQuery out;
  const std::string_view typed = text.substr(std::min(text.find_first_not_of(' '), text.size()));
  const std::string_view head = cut(typed);
  out.truncated = head.size() < typed.size();
  Scanner scanner;
  scanner.scan(head);
  Collecting words(out.words);
  const auto& pieces = scanner.pieces();
  std::size_t skip = 0;  // Bytes of this piece that were the unit of the number before.
  for (std::size_t i = 0; i < pieces.size() && out.words.size() < kQueryWordsMax; ++i) {
    const std::string_view whole = scanner.text_of(pieces[i]);
    const std::string_view rest = whole.substr(skip);
    const bool used = skip > 0;
    skip = 0;
    if (rest.empty()) continue;
    const bool last = i + 1 == pieces.size() && scanner.open_end() && !out.truncated;
    if (pieces[i].kind == PieceKind::cjk) {
      words.add_cjk(rest);
      continue;
    }
    const auto* next = i + 1 < pieces.size() ? &pieces[i + 1] : nullptr;
    const auto quantity = used ? std::nullopt : quantity_at(scanner, pieces[i], next);
    if (quantity) skip = quantity->unit_bytes;
    const bool ends = last || (skip > 0 && i + 2 == pieces.size() && scanner.open_end() &&
                               next->kind == PieceKind::word && !out.truncated);
    const std::string_view word = quantity ? std::string_view(quantity->word) : rest;
    // One letter begins too many words to be a question.
    words.add(word, false, ends && word.size() > sequence_length(word[0]));
  }
  const auto code = code_key(head);
  if (!code.empty() && !out.truncated) {
    out.codes.push_back(code);
    if (auto gtin = gtin_key(head); gtin != code) out.codes.push_back(std::move(gtin));
  }
  return out;
}

}  // namespace fondaco::matching
