// The test provider's name of a payment holds all it needs to know: "tp_s_0CV3N4W8K2QG0_1990EUR".
// Private to payments.
#pragma once

#include <fondaco/payments/provider.h>

#include <optional>
#include <string>
#include <string_view>

namespace fondaco::payments {

/// What the token asked for; the value is the letter in the ref.
enum class Script : char {
  approve = 'a',
  decline = 'd',
  three_d_secure = 's',
  late = 'l',
  duplicate = 't',
  out_of_order = 'o',
  lost = 'x',
  unknown_token = 'u',
};

struct TestRef {
  Script script = Script::unknown_token;
  EventType type = EventType::charge;  // authorization: the letter is a capital.
  PaymentId payment;
  Money amount;
};

Script script_of(std::string_view token);
std::string format_ref(const TestRef& ref);
/// Nothing when the text is none of format_ref()'s.
std::optional<TestRef> parse_ref(std::string_view text);

}  // namespace fondaco::payments
