// Cuts text into folded pieces and pieces into index words. Depends on fold.h.
// The same cutting serves documents and queries; that they agree is what makes search find.
#pragma once

#include "fold.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fondaco::matching {

inline constexpr std::size_t kWordBytesMax = 40;  // Longer words are cut.

enum class PieceKind : std::uint8_t { word, number, cjk };
enum class Joint : std::uint8_t { gap, glued, hyphen };  // How it hangs on the piece before.

struct Piece {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  PieceKind kind = PieceKind::word;
  Joint joint = Joint::gap;
};

/// Reusable: keeps its buffers from text to text. One thread.
class Scanner {
 public:
  static constexpr std::size_t kPiecesMax = 8192;

  void scan(std::string_view text);
  const std::vector<Piece>& pieces() const { return pieces_; }
  std::string_view text_of(const Piece& p) const {
    return std::string_view(buffer_).substr(p.begin, p.end - p.begin);
  }
  /// The text went on to its very end without a gap: its last word may be unfinished.
  bool open_end() const { return open_; }

 private:
  void take(const Folded& f);
  std::size_t take_ascii(std::string_view text);
  void close();
  std::string buffer_;
  std::vector<Piece> pieces_;
  Joint joint_ = Joint::gap;
  bool open_ = false;
};

/// "500ml", "500 毫升" and "500millilitre" are all the word "500ml".
struct Quantity {
  std::string word;
  std::size_t unit_bytes = 0;  // Of the second piece; 0 when all stood in the first.
};
/// For a piece and the one after it (or nullptr).
std::optional<Quantity> quantity_at(const Scanner& s, const Piece& piece, const Piece* next);

/// Bytes of the leading digits (and points) or letters; the whole size when all are alike.
std::size_t alike_prefix(std::string_view word);

/// Length in bytes of the UTF-8 sequence that begins with this byte. Valid text only.
std::size_t sequence_length(char first);

}  // namespace fondaco::matching
