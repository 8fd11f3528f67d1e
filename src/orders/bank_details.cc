#include <fondaco/base/text.h>
#include <fondaco/orders/payouts.h>

#include <algorithm>

namespace fondaco::orders {
namespace {

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string compact(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == ' ') continue;
    out += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return out;
}

/// ISO 13616: country, check digits, and the whole modulo 97 is 1 with letters as numbers.
bool good_iban(std::string_view iban) {
  if (iban.size() < 15 || iban.size() > 34) return false;
  if (!is_upper(iban[0]) || !is_upper(iban[1]) || !is_digit(iban[2]) || !is_digit(iban[3])) {
    return false;
  }
  int rest = 0;
  for (std::size_t i = 0; i < iban.size(); ++i) {
    const char c = iban[(i + 4) % iban.size()];
    if (is_digit(c)) {
      rest = (rest * 10 + (c - '0')) % 97;
    } else if (is_upper(c)) {
      rest = (rest * 100 + (c - 'A' + 10)) % 97;
    } else {
      return false;
    }
  }
  return rest == 1;
}

bool good_bic(std::string_view bic) {
  if (bic.size() != 8 && bic.size() != 11) return false;
  return std::all_of(bic.begin(), bic.begin() + 6, is_upper) &&
         std::all_of(bic.begin() + 6, bic.end(), [](char c) { return is_upper(c) || is_digit(c); });
}

bool good_account(std::string_view account) {
  return account.size() <= 64 && std::all_of(account.begin(), account.end(), [](char c) {
           return is_upper(c) || is_digit(c) || (c >= 'a' && c <= 'z') || c == '_';
         });
}

}  // namespace

Result<BankDetails, BankRefusal> checked(BankDetails d) {
  d.holder = trim(d.holder);
  d.iban = compact(d.iban);
  d.bic = compact(d.bic);
  if (d.holder.empty() || d.holder.size() > 70 || !is_utf8(d.holder)) {
    return Refused{BankRefusal::bad_holder};
  }
  if (d.iban.empty() && d.provider_account.empty()) return Refused{BankRefusal::nothing_given};
  if (!d.iban.empty() && !good_iban(d.iban)) return Refused{BankRefusal::bad_iban};
  if (!d.bic.empty() && !good_bic(d.bic)) return Refused{BankRefusal::bad_bic};
  if (!good_account(d.provider_account)) return Refused{BankRefusal::bad_account};
  return d;
}

std::string masked(const BankDetails& d) {
  const auto ends = [](std::string_view text, std::size_t first) {
    if (text.size() <= first + 4) return std::string(text.substr(0, first)) + "…";
    return std::string(text.substr(0, first)) + "…" + std::string(text.substr(text.size() - 4));
  };
  return d.iban.empty() ? ends(d.provider_account, 5) : ends(d.iban, 2);
}

}  // namespace fondaco::orders
