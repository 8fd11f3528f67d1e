// Codes by mail: a new password without the old one, signing in without any. Depends on: shoppers.h
//
// The digits are made of the code's id and the pepper: who writes the mail knows them, no table
// does.
#pragma once

#include <fondaco/events/shoppers.h>
#include <fondaco/shoppers.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace fondaco::shoppers {

inline constexpr Duration kCodeLife = minutes(15);
inline constexpr std::size_t kCodeDigits = 8;

/// Stored as numbers: a released number keeps its meaning.
enum class CodePurpose { password_reset = 1, sign_in = 2 };

/// Digits that only this installation can make of a text (at most 18).
std::string keyed_digits(const Keyring& keyring, std::string_view text, std::size_t digits);
std::string mail_code(const Keyring& keyring, MailCodeId id);

struct CodeGiven {
  std::string email;
  std::string code;
  std::string remote;  // Address of the peer, for the throttle only.
};

enum class CodeRefusal {
  email_malformed,
  password_refused,  // Shoppers' own check says why: check_new_password().
  throttled,
  totp_needed,
  code_wrong,  // Not the newest code, used, older than kCodeLife, or guessed at five times.
  totp_wrong,
};

/// Thread-safe. All members block: they wait for commits or hash a password.
class Codes {
 public:
  explicit Codes(Shoppers& shoppers);
  ~Codes();
  Codes(const Codes&) = delete;
  Codes& operator=(const Codes&) = delete;

  /// Publishes CodeAsked, for whoever writes the mail; five codes in kCodeLife at most. The answer
  /// is the same for an address that nobody has. Refuses email_malformed, throttled.
  Result<Unit, CodeRefusal> ask(std::string_view email, CodePurpose purpose,
                                std::string_view remote);
  /// The newest code, once, five guesses; ends all sessions. Refuses password_refused, throttled,
  /// code_wrong.
  Result<Unit, CodeRefusal> reset_password(const CodeGiven& given, const std::string& new_password);
  /// Instead of a password; a second factor stays one. Refuses throttled, totp_needed, code_wrong,
  /// totp_wrong.
  Result<OpenedSession, CodeRefusal> sign_in(const CodeGiven& given,
                                             std::optional<std::string> totp,
                                             std::string_view device);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace fondaco::shoppers
