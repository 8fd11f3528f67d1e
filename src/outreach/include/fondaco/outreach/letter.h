// What a mail says, and how it looks in two languages. Depends on outreach.h.
#pragma once

#include <fondaco/outreach.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace fondaco::outreach {

/// One parcel of an order: whose it is, what is in it, what it comes to. Amounts are written out.
struct LetterParcel {
  struct Row {
    std::string title;
    std::string quantity;
    std::string amount;
  };
  std::string merchant;
  std::string order;
  std::vector<Row> rows;
  std::vector<std::pair<std::string, std::string>> sums;  // Label, amount.
};

struct Letter {
  KeyId key;  // Under which it is sealed: the person's or the guest order's.
  std::string to;
  std::string locale = "en";  // "en" or "zh".
  std::string shop;           // How the house calls itself.
  /// Replaces {name} in the words of its kind; texts of others are fine.
  std::map<std::string, std::string> values = {};
  bool paid = false;  // Of order_placed: the money is there too.
  std::vector<LetterParcel> parcels = {};
  std::string link = {};  // Absolute, without any secret; empty: none.
};

/// The words of a label in sums: "shipping", "tax_included", "tax", "discount", "total", "refund".
std::string label_of(std::string_view name, std::string_view locale);

/// Subject, text and HTML. Control characters of values become blanks.
MailText render(MailKind kind, const Letter& letter);

}  // namespace fondaco::outreach
