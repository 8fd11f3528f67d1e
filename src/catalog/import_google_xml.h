// Items of a Google Merchant feed in XML, one by one. Private to catalog. Depends on expat.
#pragma once

#include "import_rows.h"

#include <fondaco/catalog/csv.h>

#include <deque>
#include <memory>
#include <string>
#include <vector>

struct XML_ParserStruct;

namespace fondaco::catalog {

struct GoogleItem {
  /// Of the namespace g: under its name ("item_group_id"), else of the feed's own vocabulary
  /// behind a colon (":title"). Members of a member are joined: "country=DE; price=4.90 EUR".
  std::vector<NamedText> members;
  std::string problem;  // Not empty: the item cannot be taken.
};

/// RSS 2.0 and Atom. Memory holds one chunk and its items; an item has at most 1 MB. A document
/// that declares entities is refused: feeds need none, attacks do.
class GoogleXml {
 public:
  explicit GoogleXml(ByteSource& bytes);
  ~GoogleXml();
  GoogleXml(const GoogleXml&) = delete;
  GoogleXml& operator=(const GoogleXml&) = delete;

  /// False at the end, then damage() says whether it came early.
  bool next(GoogleItem& out);
  const std::string& damage() const { return damage_; }

 private:
  static constexpr std::size_t kItemBytes = 1 << 20;

  void feed();
  void begin(const char* name, const char** attributes);
  void end(const char* name);
  void text(const char* data, int size);
  void add(std::string_view bytes);

  ByteSource& bytes_;
  XML_ParserStruct* parser_;
  std::deque<GoogleItem> items_;
  GoogleItem item_;
  std::size_t item_bytes_ = 0;
  int depth_ = 0;       // In the item: 1 is the item itself; 0 outside.
  std::string member_;  // Text of the member that is open.
  std::string damage_;
  bool ended_ = false;
};

}  // namespace fondaco::catalog
